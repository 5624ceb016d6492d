package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
    Map<String, String> processed = changes.process(sent, fields -> fields);
    assertThat(processed).isEqualTo(Map.of("body", "x"));
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
  void process_ofAnOldMessage_isATraceOfItsOwn_linked() {
    Map<String, String> sent = new HashMap<>(sent());
    sent.computeIfPresent(
        "tracesent",
        (key, at) -> Long.toString(Long.parseLong(at) - Duration.ofMinutes(2).toMillis()));
    changes.process(sent, fields -> fields);
    SpanData process = spans.named("process config.changes");
    assertThat(process.getParentSpanContext().isValid()).isFalse();
    assertThat(process.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(spans.named("send config.changes").getSpanId());
  }

  @Test
  void process_withinAnotherSpan_isAPartOfThat_linked() {
    Map<String, String> sent = sent();
    tracing.run("batch", () -> changes.process(sent, fields -> fields));
    assertThat(spans.named("process config.changes").getParentSpanId())
        .isEqualTo(spans.named("batch").getSpanId());
    assertThat(spans.named("process config.changes").getLinks()).hasSize(1);
  }

  @Test
  void process_ofJunk_isATraceOfItsOwn() {
    changes.process(
        Map.of("traceparent", "junk", "tracesent", "then", "body", "x"), fields -> fields);
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
    int size = changes.processAll(batch, message -> message, batch::size);
    assertThat(size).isEqualTo(5);
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
    CompletableFuture<Map<String, String>> sending = new CompletableFuture<>();
    changes.sendAsync(Map.of(), fields -> {
      sending.obtrudeValue(fields);
      return new CompletableFuture<String>();
    });
    assertThat(spans.all()).isEmpty();
    CompletableFuture<String> processing =
        changes.processAsync(sending.join(), fields -> new CompletableFuture<String>());
    processing.complete("");
    assertThat(spans.only().getName()).isEqualTo("process config.changes");
  }

  @Test
  void noSdk_sendsAndProcessesWithout_butATraceGoesThrough() {
    Messages off = Tracing.of("off", io.opentelemetry.api.OpenTelemetry.noop())
        .messages("redis", "config.changes");
    Map<String, String> unchanged = off.send(Map.of("body", "x"), fields -> fields);
    assertThat(unchanged).isEqualTo(Map.of("body", "x"));
    Map<String, String> sent = sent();
    Map<String, String> on =
        off.process(sent, fields -> off.send(Map.of("body", "y"), further -> further));
    assertThat(on).containsEntry("traceparent", sent.get("traceparent"));
  }
}
