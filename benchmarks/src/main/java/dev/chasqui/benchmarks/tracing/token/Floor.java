package dev.chasqui.benchmarks.tracing.token;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** OpenTelemetry's propagator, into a map and from it. */
public class Floor extends TokenBenchmark {
  private static final TextMapGetter<Map<?, ?>> GETTER = new TextMapGetter<>() {
    @Override
    public @Nullable String get(@Nullable Map<?, ?> map, String key) {
      return map == null ? null : (String) map.get(key);
    }
  };

  @Override
  Object write() {
    Map<String, String> map = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(Context.current(), map, (to, key, value) -> {
      if (to != null) {
        to.put(key, value);
      }
    });
    return map;
  }

  @Override
  Object read(Object written) {
    return W3CTraceContextPropagator.getInstance()
        .extract(Context.root(), (Map<?, ?>) written, GETTER);
  }
}
