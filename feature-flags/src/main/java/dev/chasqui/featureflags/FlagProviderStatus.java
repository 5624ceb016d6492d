package dev.chasqui.featureflags;

import dev.openfeature.sdk.ProviderState;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link FlagProvider} is.
 *
 * @param state {@code NOT_READY} until it is initialized and after it is shut down; {@code READY}; {@code STALE} if flags are held
 *     that may be old; {@code ERROR} if none are held
 * @param revision of the document that is held; 0 if there is none, or its source has no order
 * @param since when it came to this state
 * @param lastError why the source is out of touch; null if it is not
 * @param lastContact when the source was last in touch; null if it never was
 * @param killed flags that are off since they were killed, and no document has come that is as new; whatever the document that is held
 *     says of them
 */
public record FlagProviderStatus(
    ProviderState state,
    long revision,
    Instant since,
    @Nullable String lastError,
    @Nullable Instant lastContact,
    Set<String> killed) {
  /** Copies the set. */
  public FlagProviderStatus {
    killed = Set.copyOf(killed);
  }
}
