package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class WritesSampledTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final AtomicLong now = new AtomicLong();
  private final Sampler sampler =
      new WritesSampled(Sampler.parentBased(Sampler.alwaysOn()), now::get);

  private boolean isSampled(Context parent, SpanKind kind, String method) {
    Attributes attributes =
        method.isEmpty() ? Attributes.empty() : Attributes.of(WritesSampled.METHOD, method);
    return sampler
        .shouldSample(parent, TRACE, "request", kind, attributes, List.of())
        .getDecision()
        .equals(SamplingDecision.RECORD_AND_SAMPLE);
  }

  private static Context caller(TraceFlags flags) {
    return Context.root()
        .with(Span.wrap(SpanContext.createFromRemoteParent(
            TRACE, "00f067aa0ba902b7", flags, TraceState.getDefault())));
  }

  @Test
  void requests_thatWrite_areSampled_thoseThatReadNot() {
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
      assertThat(isSampled(Context.root(), SpanKind.SERVER, method)).as(method).isTrue();
    }
    for (String method : List.of("GET", "HEAD", "OPTIONS", "_OTHER")) {
      assertThat(isSampled(Context.root(), SpanKind.SERVER, method)).as(method).isFalse();
    }
  }

  @Test
  void requests_thatEvaluateFlags_areNotSampled() {
    Attributes attributes = Attributes.of(
        WritesSampled.METHOD, "POST", WritesSampled.PATH, "/flags/shop/ofrep/v1/evaluate/flags/a");

    assertThat(sampler
            .shouldSample(Context.root(), TRACE, "request", SpanKind.SERVER, attributes, List.of())
            .getDecision())
        .isEqualTo(SamplingDecision.DROP);
  }

  @Test
  void requests_ofCallers_areAsTheySay() {
    assertThat(isSampled(caller(TraceFlags.getSampled()), SpanKind.SERVER, "GET"))
        .isTrue();
    assertThat(isSampled(caller(TraceFlags.getDefault()), SpanKind.SERVER, "POST"))
        .isFalse();
  }

  @Test
  void requests_thatAreTooMany_areNotSampled_untilTheSecondIsOver() {
    for (int i = 0; i < 50; i++) {
      assertThat(isSampled(Context.root(), SpanKind.SERVER, "POST")).isTrue();
    }
    assertThat(isSampled(Context.root(), SpanKind.SERVER, "POST")).isFalse();
    assertThat(isSampled(caller(TraceFlags.getSampled()), SpanKind.SERVER, "GET"))
        .isFalse();
    assertThat(isSampled(Context.root(), SpanKind.INTERNAL, "")).isTrue();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(isSampled(Context.root(), SpanKind.SERVER, "POST")).isTrue();
  }
}
