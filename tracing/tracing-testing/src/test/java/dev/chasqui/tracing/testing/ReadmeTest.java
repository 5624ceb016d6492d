package dev.chasqui.tracing.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The examples of README.md: compiled, run, and the same text. */
final class ReadmeTest {
  /** What is tested. */
  private static final class Checkout {
    private final Tracing tracing;
    private final ExecutorService mailers = Executors.newSingleThreadExecutor();

    private Checkout(OpenTelemetry openTelemetry) {
      tracing = Tracing.of("com.acme.checkout", openTelemetry);
    }

    private void pay(int amount) {
      tracing.run("checkout", () -> {
        tracing.run("reserve stock", () -> {});
        tracing.step("charge").run(step -> {
          if (amount > 100) {
            step.fail("declined");
          }
        });
      });
    }

    private void mail() throws Exception {
      tracing.run("checkout", () -> {
        mailers.submit(() -> tracing.run("send mail", () -> {})).get();
      });
    }
  }

  @Tag("fixture")
  static final class CheckoutTest {
    // [example]
    @RegisterExtension
    final TraceRecorder traces = TraceRecorder.create();

    private final Checkout checkout = new Checkout(traces.openTelemetry());

    @Test
    void pay_ofTooMuch_isDeclined() {
      checkout.pay(1_000);

      traces.tells("checkout > charge!"); // came of it, however deep, and failed

      traces.looksLike("""
          checkout
            reserve stock
            charge, failed: declined
          """);
    }
    // [/example]

    @Test
    void mail_afterwards_isSent() throws Exception {
      checkout.mail();
    }
  }

  @Test
  void example_works() throws IOException {
    String problem = EngineTestKit.engine("junit-jupiter")
        .selectors(DiscoverySelectors.selectClass(CheckoutTest.class))
        .execute()
        .testEvents()
        .assertStatistics(statistics -> statistics.succeeded(1).failed(1))
        .failed()
        .stream()
        .map(event -> event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class))
        .map(result -> result.getThrowable().orElseThrow().getMessage())
        .findFirst()
        .orElseThrow();
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme).contains(example());
    String shown = problem
        .replace("dev.chasqui.tracing.testing.ReadmeTest$", "com.acme.")
        .replaceAll("ReadmeTest.java:\\d+", "Checkout.java:31")
        .replaceAll("thread '[^']+'", "thread 'pool-1-thread-1'");
    assertThat(readme).contains(shown);
  }

  private static String example() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/chasqui/tracing/testing/ReadmeTest.java"));
    String marked = source.substring(
        source.indexOf("// [example]\n") + "// [example]\n".length(),
        source.indexOf("    // [/example]"));
    return marked.stripTrailing().stripIndent();
  }
}
