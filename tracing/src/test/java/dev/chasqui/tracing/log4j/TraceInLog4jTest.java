package dev.chasqui.tracing.log4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.RecordedSpans;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without a word of configuration but the pattern. */
final class TraceInLog4jTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();

  @AfterEach
  void close() {
    spans.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pattern_namesTheTraceThatALineBelongsTo(boolean asynchronous, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("log.txt");
    try (LoggerContext context = Configurator.initialize(configuration(file, asynchronous))) {
      Logger log = context.getLogger("test");
      log.info("before");
      String ids = tracing.call("step", () -> {
        log.info("within");
        return "[" + Trace.id() + " " + Trace.spanId() + "] within";
      });
      context.stop();
      assertThat(Files.readAllLines(file)).containsExactly("[ ] before", ids);
    }
  }

  private static BuiltConfiguration configuration(Path file, boolean asynchronous) {
    ConfigurationBuilder<BuiltConfiguration> builder =
        ConfigurationBuilderFactory.newConfigurationBuilder();
    builder.add(builder
        .newAppender("file", "File")
        .addAttribute("fileName", file.toString())
        .add(builder
            .newLayout("PatternLayout")
            .addAttribute("pattern", "[%X{trace_id} %X{span_id}] %msg%n")));
    builder.add(builder.newAppender("async", "Async").addComponent(builder.newAppenderRef("file")));
    builder.add(
        builder.newRootLogger("info").add(builder.newAppenderRef(asynchronous ? "async" : "file")));
    return builder.build(false);
  }

  @Test
  void nothing_isSuppliedWithoutATrace() {
    assertThat(new TraceContextData().supplyContextData()).isEmpty();
  }
}
