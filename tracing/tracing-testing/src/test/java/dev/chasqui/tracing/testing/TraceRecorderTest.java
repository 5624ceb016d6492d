package dev.chasqui.tracing.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.chasqui.tracing.Messages;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

final class TraceRecorderTest {
  @RegisterExtension
  final TraceRecorder traces =
      TraceRecorder.builder().patience(Duration.ofMillis(200)).build();

  private final Tracing tracing = Tracing.of("test", traces.openTelemetry());

  private void order() {
    Map<String, String> message = new HashMap<>();
    Messages orders = tracing.messages("redis", "orders");
    tracing.run("checkout", () -> {
      tracing.run("reserve stock", () -> tracing.run("select", () -> {}));
      try {
        tracing.run("charge", () -> {
          throw new IOException("declined");
        });
      } catch (IOException e) {
        Trace.field("paid", false);
      }
      orders.send(message, fields -> {
        message.putAll(fields);
        return "";
      });
    });
    orders.process(message, fields -> tracing.run("ship", () -> {}));
  }

  @Test
  void sentences_ofWhatHappened_areTold() {
    order();
    traces.tells("checkout");
    traces.tells("checkout > select");
    traces.tells("checkout > reserve stock > select");
    traces.tells("checkout > charge!");
    traces.tells("checkout > send orders > process orders > ship");
    assertThat(traces.span("checkout").getAttributes().get(AttributeKey.booleanKey("paid")))
        .isFalse();
    assertThat(traces.spans()).hasSize(7);
  }

  @Test
  void sentences_ofWhatDidNotHappen_failWithAllThatDid() {
    order();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> traces.tells("checkout > charge > ship"))
        .withMessageContaining("do not tell 'checkout > charge > ship', only 'checkout'")
        .withMessageContaining("\n  charge, failed: IOException\n");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> traces.tells("ship > checkout"))
        .withMessageContaining("only 'ship'");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> traces.tells("refund"))
        .withMessageContaining("not even its beginning");
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> traces.span("refund"));
    assertThatIllegalArgumentException().isThrownBy(() -> traces.tells("checkout > > ship"));
  }

  @Test
  void tree_ofWhatHappened_isAsApproved() {
    order();
    traces.looksLike("""
        checkout
          reserve stock
            select
          charge, failed: IOException
          send orders
            process orders
              ship
        """);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> traces.looksLike("checkout"))
        .withMessageContaining("  reserve stock\n    select\n");
  }

  @Test
  void links_toWhatIsElsewhere_areSaid() {
    Span other = tracing.call("other", Span::current);
    tracing.root("own").link(other.getSpanContext()).run(() -> {});
    traces.looksLike("other\nown, of other\n");
    traces.tells("other > own");
  }

  @Test
  void builder_withNoPatience_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TraceRecorder.builder().patience(Duration.ZERO));
  }

  /** Tests that are to fail, run by others only. */
  @Tag("fixture")
  static final class Fixture {
    @RegisterExtension
    final TraceRecorder traces = TraceRecorder.builder()
        .patience(Duration.ofMillis(100))
        .allowLossesAt("dev.chasqui.tracing.testing.TraceRecorderTest$Fixture.allowed")
        .build();

    private final Tracing tracing = Tracing.of("test", traces.openTelemetry());

    @Test
    void forgetsASpan() {
      var unused = tracing.async("endless", CompletableFuture::new);
    }

    @Test
    @SuppressWarnings("MustBeClosed")
    void forgetsAScope() {
      Span span = tracing.call("ended", Span::current);
      Scope unused = Context.current().with(span).makeCurrent();
    }

    @Test
    @SuppressWarnings("MustBeClosed")
    void closesOnAnotherThread() throws InterruptedException {
      Span span = tracing.call("ended", Span::current);
      Scope scope = Context.current().with(span).makeCurrent();
      Thread other = new Thread(scope::close);
      other.start();
      other.join();
    }

    @Test
    @SuppressWarnings("MustBeClosed")
    void closesInTheWrongOrder() {
      Span span = tracing.call("ended", Span::current);
      Scope first = Context.current().with(span).makeCurrent();
      Scope second = Context.current().with(span).makeCurrent();
      first.close();
      second.close();
    }

    @Test
    void losesAContext() throws InterruptedException {
      Thread thread = new Thread(() -> tracing.run("lost", () -> {}));
      tracing.run("request", thread::start);
      thread.join();
    }

    @Test
    void allowed() throws InterruptedException {
      Thread thread = new Thread(() -> tracing.run("on purpose", () -> {}));
      tracing.run("request", () -> thread.start());
      thread.join();
    }

    @Test
    void doesAllWell() {
      tracing.run("request", () -> tracing.run("part", () -> {}));
    }

    @Test
    void fails() {
      tracing.run("request", () -> {
        throw new IllegalStateException("of its own");
      });
    }
  }

  @Test
  void problems_ofTests_failThem() throws IOException {
    Path page =
        Path.of("target", "traces", Fixture.class.getName().replace('$', '_') + ".fails.html");
    Files.deleteIfExists(page);
    Events tests = EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(Fixture.class))
        .execute()
        .testEvents();
    Map<String, String> failures = new HashMap<>();
    Map<String, String> shown = new HashMap<>();
    tests.failed().stream().forEach(event -> {
      Throwable failure =
          event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow();
      String test = event.getTestDescriptor().getDisplayName();
      failures.put(test, String.valueOf(failure.getMessage()));
      shown.put(test, String.valueOf(failure.getSuppressed()[0].getMessage()));
    });
    assertThat(failures.keySet())
        .containsExactlyInAnyOrder(
            "forgetsASpan()",
            "forgetsAScope()",
            "closesOnAnotherThread()",
            "closesInTheWrongOrder()",
            "losesAContext()",
            "fails()");
    assertThat(failures.get("forgetsASpan()"))
        .contains("a problem with traces", "span 'endless' has not ended")
        .containsPattern("begun at .+Fixture\\.forgetsASpan\\(TraceRecorderTest\\.java:\\d+\\)");
    assertThat(failures.get("forgetsAScope()"))
        .contains("a context is still current on thread '")
        .containsPattern("made so at .+forgetsAScope\\(TraceRecorderTest\\.java:\\d+\\)");
    assertThat(failures.get("closesOnAnotherThread()")).contains("was taken back on thread '");
    assertThat(failures.get("closesInTheWrongOrder()"))
        .contains("before one that was made current later");
    assertThat(failures.get("losesAContext()"))
        .contains("a context was lost on its way to thread '")
        .containsPattern("handed over at .+losesAContext\\(TraceRecorderTest\\.java:\\d+\\)")
        .containsPattern("missed at .+losesAContext.*\\(TraceRecorderTest\\.java:\\d+\\)");
    assertThat(failures.get("fails()")).isEqualTo("of its own");
    assertThat(shown.get("fails()"))
        .contains(
            "request  ====",
            "failed: IllegalStateException: of its own",
            page.toUri().toString());
    assertThat(page).content().contains("request", "of its own").doesNotContain("<script");
  }
}
