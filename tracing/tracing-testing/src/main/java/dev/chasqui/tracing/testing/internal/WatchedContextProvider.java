package dev.chasqui.tracing.testing.internal;

import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.ContextStorageProvider;

/** Has OpenTelemetry keep its contexts where they are watched. */
public final class WatchedContextProvider implements ContextStorageProvider {
  /** For OpenTelemetry. */
  public WatchedContextProvider() {}

  @Override
  public ContextStorage get() {
    return ContextWatch.INSTANCE;
  }
}
