package dev.chasqui.tracing;

import io.opentelemetry.context.Context;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/** Hands over what is current to each thread that does one task. */
final class ContextThreadFactory implements ThreadFactory {
  private final ThreadFactory factory;

  ContextThreadFactory(ThreadFactory factory) {
    this.factory = factory;
  }

  @Override
  public @Nullable Thread newThread(Runnable task) {
    return factory.newThread(isOfAPool(task) ? task : Context.current().wrap(task));
  }

  private static boolean isOfAPool(Runnable task) {
    return task.getClass().getNestHost() == ThreadPoolExecutor.class;
  }
}
