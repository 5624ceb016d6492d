package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.Tracing;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is not there yet is waited for, by what is told and at the end. */
final class PatienceTest {
  @RegisterExtension
  final TraceRecorder traces = TraceRecorder.create();

  private final Tracing tracing = Tracing.of("test", traces.openTelemetry());

  private void later(String name) {
    CompletableFuture<String> future = tracing.async(name, CompletableFuture::new);
    CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS).execute(() -> future.complete(""));
  }

  @Test
  void sentences_thatEndInTheBackground_areWaitedFor() {
    later("later");
    traces.tells("later");
  }

  @Test
  void trees_withSpansThatHaveNotEnded_areWaitedFor() {
    tracing.run("now", () -> {});
    later("later");
    traces.looksLike("now\nlater\n");
  }

  @Test
  void spans_thatEndAfterTheTest_areNoLeak() {
    later("later");
  }
}
