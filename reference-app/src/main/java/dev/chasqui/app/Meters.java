package dev.chasqui.app;

import dev.chasqui.tracing.prometheus.TraceExemplars;
import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The metrics of a node, whose buckets name traces. */
final class Meters {
  private Meters() {}

  static PrometheusMeterRegistry withExemplars() {
    return new PrometheusMeterRegistry(
        new PrometheusConfig() {
          @Override
          public @Nullable String get(String key) {
            return null;
          }

          // Prometheus before 2.43 refuses all metrics if any but buckets and counters have
          // exemplars.
          @Override
          public Properties prometheusProperties() {
            Properties properties = new Properties();
            properties.setProperty("io.prometheus.exporter.exemplarsOnAllMetricTypes", "false");
            return properties;
          }
        },
        new PrometheusRegistry(),
        Clock.SYSTEM,
        new TraceExemplars());
  }
}
