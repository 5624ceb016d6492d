package dev.chasqui.tracing.log4j;

import dev.chasqui.tracing.Trace;
import java.util.Map;
import org.apache.logging.log4j.core.util.ContextDataProvider;

/**
 * Gives Log4j's events the {@code trace_id} and {@code span_id} of where they were logged, once they are: {@code
 * %X{trace_id}} in a pattern. Log4j finds it by itself on the class path, and whoever logs nothing pays nothing.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class TraceContextData implements ContextDataProvider {
  /** For Log4j, which makes it. */
  public TraceContextData() {}

  @Override
  public Map<String, String> supplyContextData() {
    String trace = Trace.id();
    return trace.isEmpty() ? Map.of() : Map.of("trace_id", trace, "span_id", Trace.spanId());
  }
}
