package dev.chasqui.tracing.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.GlobalOpenTelemetry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

final class GlobalTest {
  /** As code has it that nobody can give anything. */
  private static final Tracing TRACING = Tracing.of("global");

  @RegisterExtension
  final TraceRecorder traces = TraceRecorder.builder().global().build();

  @RegisterExtension
  final Current context = new Current();

  /** Gives a test JUnit's view of it. */
  static final class Current implements BeforeEachCallback {
    private @Nullable ExtensionContext current;

    @Override
    public void beforeEach(ExtensionContext test) {
      current = test;
    }
  }

  @RepeatedTest(2)
  void spans_ofTheGlobalOpenTelemetry_areOfTheTest() {
    TRACING.run("work", () -> {});
    traces.looksLike("work");
  }

  @Test
  void spans_ofItsOwn_areThereToo() {
    Tracing.of("own", traces.openTelemetry()).run("own", () -> TRACING.run("global", () -> {}));
    traces.looksLike("""
        own
          global
        """);
    assertThat(GlobalOpenTelemetry.isSet()).isTrue();
  }

  @Test
  void recorders_atTheSameTime_areRefused() {
    TraceRecorder other = TraceRecorder.builder().global().build();
    assertThatIllegalStateException()
        .isThrownBy(() -> other.beforeEach(Objects.requireNonNull(context.current)))
        .withMessageContaining("one after the other");
  }
}
