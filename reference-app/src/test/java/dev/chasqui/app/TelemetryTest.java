package dev.chasqui.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.sdk.RecordedTrace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TelemetryTest {
  private static void read(Tracing tracing, String failure) {
    tracing
        .root("GET /changes")
        .kind(SpanKind.SERVER)
        .set("http.request.method", "GET")
        .run(step -> {
          if (!failure.isEmpty()) {
            step.fail(failure);
          }
        });
  }

  @Test
  void reads_areInMemoryIfTheyFail_withTheNameOfTheNode() {
    try (Telemetry telemetry = new Telemetry("node, one=1", Map.of())) {
      read(telemetry.tracing(), "");
      assertThat(telemetry.store().recent()).isEmpty();
      read(telemetry.tracing(), "500");
      List<RecordedTrace> recent = telemetry.store().recent();
      assertThat(recent).hasSize(1);
      SpanData span = recent.get(0).spans().get(0);
      assertThat(span.getAttributes().get(AttributeKey.stringKey("chasqui.kept")))
          .isEqualTo("failed");
      assertThat(span.getResource().getAttributes().asMap())
          .containsEntry(AttributeKey.stringKey("service.name"), "chasqui")
          .containsEntry(AttributeKey.stringKey("service.instance.id"), "node, one=1");
    }
  }

  @Test
  void changes_ofManyParts_areRolledUp() {
    try (Telemetry telemetry = new Telemetry("node", Map.of())) {
      telemetry.tracing().run("change", () -> {
        for (int i = 0; i < 80; i++) {
          telemetry.tracing().run("part", () -> {});
        }
      });
      assertThat(telemetry.store().recent().get(0).spans())
          .hasSize(52)
          .extracting(SpanData::getName)
          .contains("part (rolled up)");
    }
  }

  @Test
  void exporter_thatThereIsNot_isRefusedByName() {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> new Telemetry("node", Map.of("otel.traces.exporter", "pigeon")))
        .withMessageContaining("pigeon");
  }
}
