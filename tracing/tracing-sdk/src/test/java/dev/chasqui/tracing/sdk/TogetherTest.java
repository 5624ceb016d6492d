package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All parts of one SDK, in either order. */
final class TogetherTest {
  private static final LateKeep.Limits LIMITS =
      new LateKeep.Limits(Duration.ofHours(1), 1_000, 100);

  private final Arrived arrived = new Arrived();
  private final List<String> warnings = new ArrayList<>();

  private Tracing tracing(boolean isKeepOutside, Sampler otherwise) {
    SpanBudget budget;
    LateKeep keep;
    SpanProcessor first;
    Sampler sampler;
    if (isKeepOutside) {
      budget = new SpanBudget(arrived, 2);
      keep = new LateKeep(budget, LIMITS);
      first = keep;
      sampler = new ForcingSampler(keep.sampler(budget.sampler(otherwise)));
    } else {
      keep = new LateKeep(arrived, LIMITS);
      budget = new SpanBudget(keep, 2);
      first = budget;
      sampler = budget.sampler(keep.sampler(new ForcingSampler(otherwise)));
    }
    SdkTracerProvider provider = SdkTracerProvider.builder()
        .setSampler(sampler)
        .addSpanProcessor(new CardinalityGuard(CardinalityGuard.Limits.DEFAULT, warnings::add))
        .addSpanProcessor(first)
        .build();
    return Tracing.of(
        "test", OpenTelemetrySdk.builder().setTracerProvider(provider).build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sampled_isRolledUp_andNothingBelowIsRecorded(boolean isKeepOutside) {
    Tracing tracing = tracing(isKeepOutside, Sampler.parentBased(Sampler.alwaysOn()));
    List<Boolean> recorded = new ArrayList<>();
    tracing.run("root", () -> {
      for (int i = 1; i <= 4; i++) {
        tracing.run(
            "row " + i,
            () -> tracing.run("below", () -> recorded.add(Span.current().isRecording())));
      }
    });
    assertThat(recorded).containsExactly(true, true, false, false);
    assertThat(arrived.names())
        .containsExactly("below", "row {id}", "below", "row {id}", "row {id} (rolled up)", "root");
    assertThat(warnings).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void unsampled_thatFailed_isKeptWhole_andForced_goesStraightOn(boolean isKeepOutside) {
    Tracing tracing = tracing(isKeepOutside, Sampler.parentBased(Sampler.alwaysOff()));
    tracing.run("fine", () -> tracing.run("child", () -> {}));
    assertThat(arrived.names()).isEmpty();
    tracing.run("root", () -> {
      for (int i = 1; i <= 4; i++) {
        tracing.step("row").run(step -> step.fail("timeout"));
      }
    });
    assertThat(arrived.names()).containsExactly("root", "row", "row", "row", "row");
    Trace.force(() -> tracing.run("forced", () -> {}));
    assertThat(arrived.names()).hasSize(6).endsWith("forced");
  }
}
