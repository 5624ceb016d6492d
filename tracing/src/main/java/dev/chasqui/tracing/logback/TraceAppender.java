package dev.chasqui.tracing.logback;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import dev.chasqui.tracing.Trace;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Puts {@code trace_id} and {@code span_id} on each event of Logback before it goes on, as key-value pairs: for what is
 * written by another thread, and for encoders that write all pairs, such as those of JSON.
 *
 * <pre>{@code
 * <appender name="TRACED" class="dev.chasqui.tracing.logback.TraceAppender">
 *   <appender-ref ref="ASYNC"/>
 * </appender>
 * }</pre>
 *
 * <p>Nothing that hands events to another thread may stand before it or beside it: it changes the event.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class TraceAppender extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {
  static final String TRACE_ID = "trace_id";
  private static final String SPAN_ID = "span_id";

  private final AppenderAttachableImpl<ILoggingEvent> next = new AppenderAttachableImpl<>();

  /** For Logback, which makes it. */
  public TraceAppender() {}

  @Override
  protected void append(ILoggingEvent event) {
    if (event instanceof LoggingEvent own && !isTraced(own)) {
      String trace = Trace.id();
      if (!trace.isEmpty()) {
        own.addKeyValuePair(new KeyValuePair(TRACE_ID, trace));
        own.addKeyValuePair(new KeyValuePair(SPAN_ID, Trace.spanId()));
      }
    }
    next.appendLoopOnAppenders(event);
  }

  private static boolean isTraced(LoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs != null && pairs.stream().anyMatch(pair -> TRACE_ID.equals(pair.key));
  }

  @Override
  public void addAppender(Appender<ILoggingEvent> appender) {
    next.addAppender(appender);
  }

  @Override
  public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
    return next.iteratorForAppenders();
  }

  @Override
  public @Nullable Appender<ILoggingEvent> getAppender(String name) {
    return next.getAppender(name);
  }

  @Override
  public boolean isAttached(Appender<ILoggingEvent> appender) {
    return next.isAttached(appender);
  }

  @Override
  public void detachAndStopAllAppenders() {
    next.detachAndStopAllAppenders();
  }

  @Override
  public boolean detachAppender(Appender<ILoggingEvent> appender) {
    return next.detachAppender(appender);
  }

  @Override
  public boolean detachAppender(String name) {
    return next.detachAppender(name);
  }

  @Override
  public void stop() {
    super.stop();
    detachAndStopAllAppenders();
  }
}
