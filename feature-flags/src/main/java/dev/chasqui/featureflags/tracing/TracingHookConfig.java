package dev.chasqui.featureflags.tracing;

/**
 * What a {@link TracingHook} writes into spans.
 *
 * @param maximumEvents of one span, at least 1. OpenTelemetry's SDK keeps 128 events of a span unless told otherwise, and drops
 *     what comes later: let some be left for others
 * @param contextId whether events say whom the flag was asked for, by the targeting key. That is often a person
 */
public record TracingHookConfig(int maximumEvents, boolean contextId) {
  /** 64 events a span, nobody is named. */
  public static final TracingHookConfig DEFAULT = new TracingHookConfig(64, false);

  public TracingHookConfig {
    if (maximumEvents < 1) {
      throw new IllegalArgumentException("maximumEvents must be at least 1, was " + maximumEvents);
    }
  }

  /** A copy with another bound. */
  public TracingHookConfig withMaximumEvents(int newMaximumEvents) {
    return new TracingHookConfig(newMaximumEvents, contextId);
  }

  /** A copy that names whom flags are asked for, or does not. */
  public TracingHookConfig withContextId(boolean newContextId) {
    return new TracingHookConfig(maximumEvents, newContextId);
  }
}
