package dev.chasqui.featureflags.guard;

import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A call that has begun, and that ends on whatever thread. How it ends first is what counts. A call that never
 * ends counts as well: as slow, and in time as one without an error; see {@link ReleaseGuard.Builder#longestCall}.
 *
 * <pre>{@code
 * GuardedCall call = guard.begin(details);
 * checkout(details.getValue()).whenComplete((receipt, failure) -> call.ended(failure));
 * }</pre>
 */
public final class GuardedCall {
  private final Period.@Nullable Tally tally;
  private final ReleaseGuard guard;
  private final long began;
  private final AtomicBoolean ended = new AtomicBoolean();

  GuardedCall(Period.@Nullable Tally tally, ReleaseGuard guard, long began) {
    this.tally = tally;
    this.guard = guard;
    this.began = began;
  }

  /** It has ended well. */
  public void succeeded() {
    end(false);
  }

  /** It has failed, with or without an exception. */
  public void failed() {
    end(true);
  }

  /**
   * It has ended.
   *
   * @param failure why it failed, of which a {@link CompletionException}'s cause counts; null if it did not
   */
  public void ended(@Nullable Throwable failure) {
    end(failure != null && guard.isError(failure));
  }

  private void end(boolean failed) {
    if (tally != null && ended.compareAndSet(false, true)) {
      tally.end(failed, guard.nanosSince(began));
    }
  }
}
