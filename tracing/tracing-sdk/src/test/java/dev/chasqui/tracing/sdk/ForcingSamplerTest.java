package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ForcingSamplerTest {
  private final TraceStore store = new TraceStore(100, 100);
  private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
      .setTracerProvider(SdkTracerProvider.builder()
          .setSampler(new ForcingSampler(Sampler.parentBased(Sampler.alwaysOff())))
          .addSpanProcessor(store)
          .build())
      .build();
  private final Tracing tracing = Tracing.of("test", sdk);

  @AfterEach
  void close() {
    sdk.close();
  }

  @Test
  void forced_isSampled_hereAndElsewhere_othersAreNot() {
    tracing.run("other", () -> {});
    String token = Trace.force(() -> tracing.call("forced", tracing::token));
    tracing.resume("elsewhere", token).run(() -> tracing.run("below", () -> {}));
    assertThat(store.recent())
        .singleElement()
        .satisfies(trace -> assertThat(trace.spans())
            .extracting(SpanData::getName)
            .containsExactly("forced", "elsewhere", "below"));
    assertThat(sdk.toString()).contains("ForcingSampler{ParentBased");
  }
}
