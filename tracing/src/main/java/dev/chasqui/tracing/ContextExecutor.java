package dev.chasqui.tracing;

import io.opentelemetry.context.Context;
import java.util.concurrent.Executor;

/** Hands over what is current with each task. */
final class ContextExecutor implements Executor {
  private final Executor executor;

  ContextExecutor(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable command) {
    executor.execute(Context.current().wrap(command));
  }
}
