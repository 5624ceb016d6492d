package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example of README.md: compiled, run, and the same text. */
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
    String source =
        Files.readString(Path.of("src/test/java/dev/chasqui/tracing/sdk/ReadmeTest.java"));
    String code = source.substring(
        source.indexOf("// [example]\n") + 13, source.indexOf("    // [/example]"));
    assertThat(Files.readString(Path.of("README.md")))
        .contains("```java\n" + code.replaceAll("(?m)^    ", "") + "```");
  }
}
