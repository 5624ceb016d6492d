package dev.chasqui.app.pipeline;

import org.slf4j.MDC;

/** W3C traces of changes, as logs name them. */
public final class Traces {
  private static final int TRACE_ID_START = 3;
  private static final int TRACE_ID_END = 35;

  private Traces() {}

  /** Runs {@code task} with the trace id in the log's context. */
  public static void inLog(String traceParent, Runnable task) {
    if (traceParent.length() < TRACE_ID_END) {
      task.run();
      return;
    }
    MDC.put("trace_id", traceParent.substring(TRACE_ID_START, TRACE_ID_END));
    try {
      task.run();
    } finally {
      MDC.remove("trace_id");
    }
  }
}
