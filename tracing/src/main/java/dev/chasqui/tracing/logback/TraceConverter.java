package dev.chasqui.tracing.logback;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.chasqui.tracing.Trace;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * The id of the trace that a line belongs to, in Logback's patterns; nothing where there is none. It is looked up when a line
 * is written, so whoever logs nothing pays nothing.
 *
 * <pre>{@code
 * <conversionRule conversionWord="trace" class="dev.chasqui.tracing.logback.TraceConverter"/>
 * ... <pattern>%d %-5level [%trace] %logger - %msg%n</pattern>
 * }</pre>
 *
 * <p>Lines that another thread writes, as those of an {@code AsyncAppender}, have to pass a {@link TraceAppender} first.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class TraceConverter extends ClassicConverter {
  /** For Logback, which makes it. */
  public TraceConverter() {}

  @Override
  public String convert(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        if (TraceAppender.TRACE_ID.equals(pair.key)) {
          return String.valueOf(pair.value);
        }
      }
    }
    return Trace.id();
  }
}
