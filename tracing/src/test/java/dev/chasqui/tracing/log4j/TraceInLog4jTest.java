package dev.chasqui.tracing.log4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.ChildJvm;
import dev.chasqui.tracing.RecordedSpans;
import dev.chasqui.tracing.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without a word of configuration but the pattern, in a JVM that has all on its class path. */
final class TraceInLog4jTest {
  @ParameterizedTest
  @ValueSource(strings = {"file", "async"})
  void pattern_namesTheTraceThatALineBelongsTo(String appender, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("log.txt");
    String ids = ChildJvm.onClassPath(Program.class, file.toString(), appender).strip();
    assertThat(ids).matches("[0-9a-f]{32} [0-9a-f]{16}");
    assertThat(Files.readAllLines(file)).containsExactly("[ ] before", "[" + ids + "] within");
  }

  /** Logs before a step and within, and prints the ids of that. */
  static final class Program {
    @SuppressWarnings("SystemOut") // which the test reads
    public static void main(String[] arguments) {
      try (RecordedSpans spans = new RecordedSpans();
          LoggerContext context =
              Configurator.initialize(configuration(arguments[0], arguments[1]))) {
        Logger log = context.getLogger("test");
        log.info("before");
        spans.tracing().run("step", () -> {
          log.info("within");
          System.out.println(Trace.id() + " " + Trace.spanId());
        });
      }
    }

    private static BuiltConfiguration configuration(String file, String appender) {
      ConfigurationBuilder<BuiltConfiguration> builder =
          ConfigurationBuilderFactory.newConfigurationBuilder();
      builder.add(builder
          .newAppender("file", "File")
          .addAttribute("fileName", file)
          .add(builder
              .newLayout("PatternLayout")
              .addAttribute("pattern", "[%X{trace_id} %X{span_id}] %msg%n")));
      builder.add(
          builder.newAppender("async", "Async").addComponent(builder.newAppenderRef("file")));
      builder.add(builder.newRootLogger("info").add(builder.newAppenderRef(appender)));
      return builder.build(false);
    }
  }

  @Test
  void nothing_isSuppliedWithoutATrace() {
    assertThat(new TraceContextData().supplyContextData()).isEmpty();
  }
}
