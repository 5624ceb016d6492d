package dev.chasqui.tracing.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.RecordedSpans;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With the registry that its users have. */
final class TraceExemplarsTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();
  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(
      PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM, new TraceExemplars());

  @AfterEach
  void close() {
    spans.close();
  }

  @Test
  void timer_ofASampledStep_showsItsTrace() {
    Timer timer = Timer.builder("ask").publishPercentileHistogram().register(registry);
    String id = tracing.call("ask", () -> {
      timer.record(Duration.ofMillis(5));
      return Trace.id();
    });
    assertThat(registry.scrape("application/openmetrics-text")).contains("trace_id=\"" + id + "\"");
  }

  @Test
  void timer_ofNoTrace_showsNone() {
    Timer timer = Timer.builder("ask").publishPercentileHistogram().register(registry);
    timer.record(Duration.ofMillis(5));
    Trace.mute(() -> timer.record(Duration.ofMillis(50)));
    assertThat(registry.scrape("application/openmetrics-text"))
        .contains("ask_seconds_bucket")
        .doesNotContain("trace_id");
  }
}
