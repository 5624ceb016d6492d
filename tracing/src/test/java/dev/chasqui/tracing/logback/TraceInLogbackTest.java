package dev.chasqui.tracing.logback;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.chasqui.tracing.RecordedSpans;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As its users configure it, in XML. */
final class TraceInLogbackTest {
  private static final String CONFIGURATION = """
      <configuration>
        <conversionRule conversionWord="trace" class="dev.chasqui.tracing.logback.TraceConverter"/>
        <appender name="FILE" class="ch.qos.logback.core.FileAppender">
          <file>FILE-NAME</file>
          <encoder><pattern>%level [%trace] %msg|%kvp%n</pattern></encoder>
        </appender>
        <appender name="ASYNC" class="ch.qos.logback.classic.AsyncAppender">
          <appender-ref ref="FILE"/>
        </appender>
        <appender name="TRACED" class="dev.chasqui.tracing.logback.TraceAppender">
          <appender-ref ref="ASYNC"/>
        </appender>
        <root level="INFO"><appender-ref ref="ROOT-APPENDER"/></root>
      </configuration>
      """;

  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();
  private final LoggerContext logback = new LoggerContext();
  private final Logger log = logback.getLogger("test");
  private @TempDir Path directory;
  private Path file;

  @BeforeEach
  void choose() {
    logback.setMDCAdapter(new LogbackMDCAdapter()); // as SLF4J does with its own
    file = directory.resolve("log.txt");
  }

  @AfterEach
  void close() {
    logback.stop();
    spans.close();
  }

  private void configure(String root) throws JoranException {
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(logback);
    configurator.doConfigure(new ByteArrayInputStream(CONFIGURATION
        .replace("FILE-NAME", file.toString())
        .replace("ROOT-APPENDER", root)
        .getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void pattern_namesTheTraceThatALineBelongsTo() throws Exception {
    configure("FILE");
    log.info("before");
    String id = tracing.call("step", () -> {
      log.info("within");
      return Trace.id();
    });
    logback.stop();
    assertThat(id).hasSize(32);
    assertThat(Files.readAllLines(file))
        .containsExactly("INFO [] before|", "INFO [" + id + "] within|");
  }

  @Test
  void asynchronously_itIsTheTraceOfWhoLogged() throws Exception {
    configure("TRACED");
    log.info("before");
    String ids = tracing.call("step", () -> {
      log.info("within");
      return "[" + Trace.id() + "] within|trace_id=\"" + Trace.id() + "\" span_id=\""
          + Trace.spanId() + "\"";
    });
    logback.stop(); // waits for what is under way
    assertThat(Files.readAllLines(file)).containsExactly("INFO [] before|", "INFO " + ids);
  }

  @Test
  void appender_ofLogback_isOneLikeOthers() throws Exception {
    configure("TRACED");
    TraceAppender traced =
        (TraceAppender) logback.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("TRACED");
    AsyncAppender async = (AsyncAppender) Objects.requireNonNull(traced.getAppender("ASYNC"));
    assertThat(traced.isAttached(async)).isTrue();
    assertThat(traced.iteratorForAppenders()).toIterable().hasSize(1);
    OutputStreamAppender<ILoggingEvent> other = new OutputStreamAppender<>();
    other.setName("other");
    traced.addAppender(other);
    assertThat(traced.detachAppender("other")).isTrue();
    assertThat(traced.detachAppender(other)).isFalse();
  }
}
