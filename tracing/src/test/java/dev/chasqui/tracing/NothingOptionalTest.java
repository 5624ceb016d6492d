package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever adds this artifact has the API of OpenTelemetry and annotations, and no more. */
final class NothingOptionalTest {
  private static final String OURS = "tracing/target/classes";

  private static boolean isNeeded(String jar) {
    String unix = jar.replace('\\', '/');
    return unix.endsWith(OURS)
        || Stream.of(
                "opentelemetry-api-",
                "opentelemetry-context-",
                "opentelemetry-common-",
                "jspecify-")
            .anyMatch(name -> unix.contains("/" + name));
  }

  @Test
  void module_withNothingElse_isResolved() throws Exception {
    String version = ChildJvm.withModules(
        NothingOptionalTest::isNeeded, "--add-modules", "dev.chasqui.tracing", "-version");
    assertThat(version).contains(System.getProperty("java.version"));
  }
}
