package dev.chasqui.pooledredis;

import io.lettuce.core.RedisException;
import java.util.Map;

/**
 * Some keys of a {@link MultiKey} call could not be served, others were: the slots of a cluster fail one by one.
 */
public final class PartlyDoneException extends RedisException {
  private static final long serialVersionUID = 1L;

  /** Not serialized: an exception from another process has none. */
  private final transient Map<?, Throwable> failures;

  private final transient Object done;

  PartlyDoneException(Map<?, Throwable> failures, int keys, Object done) {
    super(
        failures.size() + " of " + keys + " keys failed, the others were served: "
            + failures.values().iterator().next().getMessage(),
        failures.values().iterator().next());
    this.failures = Map.copyOf(failures);
    this.done = done;
  }

  /** Returns what each failed key failed with. */
  public Map<?, Throwable> failures() {
    return failures == null ? Map.of() : failures;
  }

  /** Returns what the call would have returned, of the keys that were served. */
  public Object done() {
    return done;
  }
}
