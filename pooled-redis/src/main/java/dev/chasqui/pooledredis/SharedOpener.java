package dev.chasqui.pooledredis;

import io.lettuce.core.api.StatefulConnection;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens one of the shared connections, and opens it anew when it has ended.
 *
 * @param loop the event loop of all those connections, null if it is Lettuce's affair
 */
record SharedOpener<K, V>(
    Supplier<CompletionStage<StatefulConnection<K, V>>> connection,
    @Nullable SharedLoop loop) {}
