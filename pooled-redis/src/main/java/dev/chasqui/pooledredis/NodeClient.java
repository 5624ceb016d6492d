package dev.chasqui.pooledredis;

import io.lettuce.core.RedisChannelWriter;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.pubsub.PubSubEndpoint;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnectionImpl;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Opens connections for exclusive use, which know what is done with them. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class NodeClient<K, V> extends RedisClient {
  private final Lettuce lettuce;
  private final RedisConfig config;
  private final RedisCodec<K, V> codec;
  private final CommandObservers observers;

  NodeClient(
      ClientResources resources,
      Lettuce lettuce,
      RedisConfig config,
      RedisCodec<K, V> codec,
      CommandObservers observers) {
    super(resources, new RedisURI());
    this.lettuce = lettuce;
    this.config = config;
    this.codec = codec;
    this.observers = observers;
    setOptions(lettuce.options());
  }

  CompletionStage<TrackedConnection<K, V>> connectExclusive(RedisURI uri) {
    return connectPubSubAsync(codec, uri).thenApply(connection -> {
      @SuppressWarnings("unchecked") // made below
      TrackedConnection<K, V> tracked = (TrackedConnection<K, V>) connection;
      tracked.setOptions(lettuce.patient(tracked.getOptions()));
      tracked.setTimeout(config.commandTimeout());
      return tracked;
    });
  }

  @Override
  protected <A, B> StatefulRedisPubSubConnectionImpl<A, B> newStatefulRedisPubSubConnection(
      PubSubEndpoint<A, B> endpoint,
      RedisChannelWriter writer,
      RedisCodec<A, B> connectionCodec,
      Duration timeout) {
    ExclusiveWriter tracking = new ExclusiveWriter(writer, observers, config.commandTimeout());
    return new TrackedConnection<>(
        endpoint, tracking, connectionCodec, config.commandTimeout(), config.database());
  }
}
