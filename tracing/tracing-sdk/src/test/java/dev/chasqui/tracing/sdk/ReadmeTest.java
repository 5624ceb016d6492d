package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The examples of README.md: compiled, run, and the same text. */
final class ReadmeTest {
  @Test
  void example_works() throws IOException {
    // [example]
    TraceStore store = new TraceStore(20_000, 1_000); // spans in all, and of one trace
    SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(store).build();
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();

    Tracing tracing = Tracing.of("com.acme.checkout", sdk);
    String id = tracing.call("checkout", Trace::id);

    String page = store.find(id).map(Waterfall::page).orElse("no such trace"); // or text, or html
    // [/example]
    sdk.close();
    assertThat(page).contains("<h2>checkout</h2>").contains(id);
    isInReadme("example");
  }

  @Test
  void allTogether_keepsWhatFailed() throws IOException {
    TraceStore batch = new TraceStore(20_000, 1_000);
    // [together]
    SpanBudget budget = new SpanBudget(batch, 50); // children with the same name
    LateKeep keep = new LateKeep(budget, new LateKeep.Limits(Duration.ofSeconds(2), 20_000, 1_000));
    Sampler few = Sampler.parentBased(Sampler.traceIdRatioBased(0.01));
    SdkTracerProvider provider = SdkTracerProvider.builder()
        .setSampler(new ForcingSampler(keep.sampler(budget.sampler(few))))
        .addSpanProcessor(new CardinalityGuard())
        .addSpanProcessor(keep)
        .build();
    // [/together]
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    Tracing tracing = Tracing.of("com.acme.checkout", sdk);
    String failed = tracing.call("checkout", () -> {
      tracing.step("pay").run(step -> step.fail("timeout"));
      return Trace.id();
    });
    String forced = Trace.force(() -> tracing.call("checkout", Trace::id));
    sdk.close();
    assertThat(batch.find(failed).orElseThrow().spans())
        .extracting(SpanData::getName)
        .containsExactly("checkout", "pay");
    assertThat(batch.find(forced)).isPresent();
    isInReadme("together");
  }

  private static void isInReadme(String example) throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/chasqui/tracing/sdk/ReadmeTest.java"));
    String begin = "    // [" + example + "]\n";
    String code = source.substring(
        source.indexOf(begin) + begin.length(), source.indexOf("    // [/" + example + "]"));
    assertThat(Files.readString(Path.of("README.md")))
        .contains("```java\n" + code.replaceAll("(?m)^    ", "") + "```");
  }
}
