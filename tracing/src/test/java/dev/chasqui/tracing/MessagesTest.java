package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MessagesTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();
  private final Messages changes = tracing.messages("redis", "config.changes");

  @AfterEach
  void close() {
    spans.close();
  }

  private Map<String, String> sent() {
    return changes.send(Map.of("body", "x"), fields -> fields);
  }

  @Test
  void send_andProcess_areOneTrace() {
    Map<String, String> sent = sent();
    assertThat(sent).containsKeys("body", "traceparent");
    changes.process(sent, fields -> assertThat(fields).isEqualTo(Map.of("body", "x")));
    SpanData send = spans.named("send config.changes");
    SpanData process = spans.named("process config.changes");
    assertThat(send.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(process.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(process.getParentSpanId()).isEqualTo(send.getSpanId());
    assertThat(process.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(send.getSpanId());
    assertThat(process.getAttributes().get(Conventions.MESSAGING_DESTINATION))
        .isEqualTo("config.changes");
    assertThat(process.getAttributes().get(Conventions.MESSAGING_SYSTEM)).isEqualTo("redis");
    assertThat(process.getAttributes().get(Conventions.MESSAGING_OPERATION_TYPE))
        .isEqualTo("process");
    assertThat(send.getAttributes().get(Conventions.MESSAGING_OPERATION_TYPE)).isEqualTo("send");
  }

  @Test
  void process_ofAMessageOlderThanIsFresh_isATraceOfItsOwn_linked() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-27T12:00:00Z"));
    Messages clocked = Tracing.builder("test")
        .openTelemetry(spans.sdk)
        .config(TracingConfig.DEFAULT.withFreshness(Duration.ofSeconds(10)))
        .clock(now::get)
        .build()
        .messages("redis", "clocked");
    Map<String, String> sent = clocked.send(Map.of(), fields -> fields);
    now.set(now.get().plusSeconds(10));
    clocked.process(sent, fields -> {});
    assertThat(spans.named("process clocked").getParentSpanId())
        .isEqualTo(spans.named("send clocked").getSpanId());
    now.set(now.get().plusMillis(1));
    clocked.process(sent, fields -> {});
    SpanData old = spans.all().get(2);
    assertThat(old.getParentSpanContext().isValid()).isFalse();
    assertThat(old.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(spans.named("send clocked").getSpanId());
  }

  @Test
  void send_ofFieldsThatCameWithAnother_takesNothingOfThatAlong() {
    Map<String, String> sent = changes.send(
        Map.of(
            "body", "x",
            "traceparent", "00-12345678901234567890123456789012-1234567890123456-01",
            "tracestate", "a=1",
            "baggage", "user.name=x",
            "tracesent", "1"),
        fields -> fields);
    assertThat(sent).containsOnlyKeys("body", "traceparent", "tracesent");
    assertThat(sent.get("traceparent")).contains(spans.only().getSpanId());
    assertThat(sent.get("tracesent")).hasSizeGreaterThan(10);
  }

  @Test
  void process_withinAnotherSpan_takesCarriedFieldsAlong() {
    Tracing carrying = spans.tracing(TracingConfig.DEFAULT.withCarried("change.id"));
    Messages carried = carrying.messages("redis", "carried");
    Map<String, String> sent =
        carrying.carry("change.id", "c7", () -> carried.send(Map.of(), fields -> fields));
    carrying.run("batch", () -> carried.process(sent, fields -> carrying.run("below", () -> {})));
    assertThat(spans.named("below").getAttributes().asMap().toString()).contains("c7");
  }

  @Test
  void poll_thatGivesNullOrCannotBeCounted_isNotInTheWay() {
    List<String> none = changes.poll(MessagesTest::nothing, List::size);
    assertThat(none).isNull();
    List<String> some = changes.poll(() -> List.of("a"), came -> {
      throw new IllegalStateException("on purpose");
    });
    assertThat(some).containsExactly("a");
    assertThat(spans.all()).isEmpty();
  }

  @SuppressWarnings("NullAway") // as some clients do when nothing came
  private static List<String> nothing() {
    return null;
  }

  @Test
  void process_withinAnotherSpan_isAPartOfThat_linked() {
    Map<String, String> sent = sent();
    tracing.run("batch", () -> changes.process(sent, fields -> {}));
    assertThat(spans.named("process config.changes").getParentSpanId())
        .isEqualTo(spans.named("batch").getSpanId());
    assertThat(spans.named("process config.changes").getLinks()).hasSize(1);
  }

  @Test
  void process_ofJunk_isATraceOfItsOwn() {
    changes.process(Map.of("traceparent", "junk", "tracesent", "then", "body", "x"), fields -> {});
    assertThat(spans.only().getParentSpanContext().isValid()).isFalse();
    assertThat(spans.only().getLinks()).isEmpty();
  }

  @Test
  void processAll_isOneSpan_linkedToEachSenderOnce() {
    List<Map<String, String>> batch = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      batch.add(sent());
    }
    batch.add(batch.get(0));
    batch.add(Map.of("body", "of nobody"));
    changes.processAll(batch, message -> message, () -> assertThat(Trace.id()).isNotEmpty());
    SpanData process = spans.named("process config.changes");
    assertThat(process.getLinks())
        .extracting(LinkData::getSpanContext)
        .doesNotHaveDuplicates()
        .hasSize(3);
    assertThat(process.getAttributes().get(Conventions.MESSAGING_BATCH_COUNT)).isEqualTo(5);
  }

  @Test
  void poll_thatFindsNothing_makesNoSpan() {
    List<String> came = changes.poll(
        () -> {
          tracing.run("of the client", () -> {});
          return List.<String>of();
        },
        List::size);
    assertThat(came).isEmpty();
    assertThat(spans.all()).isEmpty();
  }

  @Test
  void poll_thatFindsSomethingOrFails_makesOneThatBeganBefore() {
    long before = System.currentTimeMillis();
    changes.poll(() -> List.of("a", "b"), List::size);
    assertThat(spans.only().getName()).isEqualTo("receive config.changes");
    assertThat(spans.only().getAttributes().get(Conventions.MESSAGING_BATCH_COUNT))
        .isEqualTo(2);
    assertThat(spans.only().getStartEpochNanos())
        .isBetween(before * 1_000_000, spans.only().getEndEpochNanos());
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> changes.poll(
            () -> {
              throw new IOException("cut");
            },
            (List<String> none) -> 0));
    assertThat(spans.all().get(1).getStatus().getDescription()).isEqualTo("cut");
  }

  @Test
  void async_endsWithItsStage() {
    List<Map<String, String>> sent = new ArrayList<>();
    CompletableFuture<String> sending = changes.sendAsync(Map.of(), fields -> {
      sent.add(fields);
      return new CompletableFuture<>();
    });
    assertThat(spans.all()).isEmpty();
    sending.complete("1-0");
    assertThat(spans.only().getName()).isEqualTo("send config.changes");
    CompletableFuture<String> processing =
        changes.processAsync(sent.get(0), fields -> new CompletableFuture<>());
    assertThat(spans.all()).hasSize(1);
    processing.complete("");
    assertThat(spans.all()).hasSize(2);
  }

  @Test
  void noSdk_sendsAndProcessesWithout_butATraceGoesThrough() {
    Messages off = Tracing.of("off", io.opentelemetry.api.OpenTelemetry.noop())
        .messages("redis", "config.changes");
    Map<String, String> unchanged = off.send(Map.of("body", "x"), fields -> fields);
    assertThat(unchanged).isEqualTo(Map.of("body", "x"));
    Map<String, String> sent = sent();
    off.process(sent, fields -> {
      Map<String, String> on = off.send(Map.of("body", "y"), further -> further);
      assertThat(on).containsEntry("traceparent", sent.get("traceparent"));
    });
  }
}
