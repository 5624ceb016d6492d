package dev.chasqui.tracing;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Says on a span how its step failed. Each exception is recorded once in a trace, on the span that it left first: its stack trace is by
 * far the largest part of a trace. All spans that it leaves have the status and the type.
 */
final class Failures {
  /** Most that are remembered: exceptions that are on their way up at the same time. */
  private static final int REMEMBERED = 64;
  /** Causes may well go round in circles. */
  private static final int DEEPEST_CAUSE = 20;

  /**
   * Static, for an exception is the same one to all libraries that it passes, each with a {@link Tracing} of its own.
   * Who is forgotten is recorded twice, which harms nobody.
   */
  private static final AtomicReferenceArray<Recorded> RECORDED =
      new AtomicReferenceArray<>(REMEMBERED);

  /** Several traces may wait for the same future, and fail of the same exception. */
  private record Recorded(WeakReference<Throwable> failure, String traceId) {}

  private static final AtomicInteger NEXT = new AtomicInteger();

  private final TracingConfig config;

  Failures(TracingConfig config) {
    this.config = config;
  }

  /** @param context in which the span is current */
  void record(Span span, Context context, Logger logger, Throwable thrown) {
    if (!span.isRecording()) {
      return;
    }
    Throwable failure = unwrapped(thrown);
    if (isOutcome(failure)) {
      span.setAttribute(Conventions.OUTCOME, failure.getClass().getName());
      return;
    }
    String message = failure.getMessage();
    span.setStatus(StatusCode.ERROR, message == null ? "" : message);
    span.setAttribute(Conventions.ERROR_TYPE, failure.getClass().getName());
    if (!isFirst(failure, span.getSpanContext().getTraceId())) {
      return;
    }
    if (config.exceptions() != ExceptionSignal.LOG) {
      span.recordException(failure);
    }
    if (config.exceptions() != ExceptionSignal.SPAN_EVENT) {
      logger
          .logRecordBuilder()
          .setContext(context)
          .setSeverity(Severity.ERROR)
          .setEventName(Conventions.EXCEPTION_EVENT)
          .setException(failure)
          .emit();
    }
  }

  /** What really failed, out of what the JDK wraps it in on its way. */
  private static Throwable unwrapped(Throwable thrown) {
    Throwable failure = thrown;
    for (int depth = 0; depth < DEEPEST_CAUSE && failure.getCause() != null; depth++) {
      if (!(failure instanceof CompletionException
          || failure instanceof ExecutionException
          || failure instanceof InvocationTargetException)) {
        break;
      }
      failure = failure.getCause();
    }
    return failure;
  }

  private boolean isOutcome(Throwable failure) {
    return failure instanceof CancellationException
        || failure instanceof InterruptedException
        || config.outcomes().stream().anyMatch(type -> type.isInstance(failure));
  }

  private static boolean isFirst(Throwable failure, String traceId) {
    for (int i = 0; i < REMEMBERED; i++) {
      Recorded recorded = RECORDED.get(i);
      if (recorded != null
          && recorded.failure.refersTo(failure)
          && recorded.traceId.equals(traceId)) {
        return false;
      }
    }
    RECORDED.set(
        Math.floorMod(NEXT.getAndIncrement(), REMEMBERED),
        new Recorded(new WeakReference<>(failure), traceId));
    return true;
  }
}
