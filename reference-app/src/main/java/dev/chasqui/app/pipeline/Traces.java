package dev.chasqui.app.pipeline;

import org.slf4j.MDC;

/** W3C traces of changes, as logs name them. */
public final class Traces {
  private static final int TRACE_ID_START = 3;
  private static final int TRACE_ID_END = 35;

  private Traces() {}

  /** Puts the trace id into the log's context until closed. */
  public static MDC.MDCCloseable inLog(String traceParent) {
    String id = traceParent.length() < TRACE_ID_END
        ? ""
        : traceParent.substring(TRACE_ID_START, TRACE_ID_END);
    return MDC.putCloseable("trace_id", id);
  }
}
