package dev.chasqui.benchmarks.tracing.span;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.tracing.Sdk;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Starts a span, makes it current, gives it three fields and ends it. */
public abstract class SpanBenchmark extends Measured {
  static final AttributeKey<String> TENANT = AttributeKey.stringKey("app.tenant");
  static final AttributeKey<Long> COUNT = AttributeKey.longKey("app.count");
  static final AttributeKey<String> ROUTE = AttributeKey.stringKey("app.route");

  private static final SpanContext UNSAMPLED = SpanContext.create(
      "12345678901234567890123456789012",
      "1234567890123456",
      TraceFlags.getDefault(),
      TraceState.getDefault());

  /** Nobody traces; somebody does, but not what is current; all is traced. */
  public enum Traced {
    OFF,
    UNSAMPLED,
    ON
  }

  @Param
  public Traced traced = Traced.ON;

  public String tenant = "acme";
  public long count = 42;
  public String route = "/v1/things/{id}";

  private OpenTelemetry telemetry = OpenTelemetry.noop();
  private Scope current = Scope.noop();

  @Setup
  public final void start() {
    telemetry = traced == Traced.OFF ? OpenTelemetry.noop() : Sdk.start();
    setUp(telemetry);
    if (traced == Traced.UNSAMPLED) {
      current = unsampled();
    }
  }

  abstract void setUp(OpenTelemetry telemetry);

  /** Makes a span current that is not sampled. */
  @SuppressWarnings("MustBeClosedChecker") // closed at the end
  Scope unsampled() {
    return Context.root().with(Span.wrap(UNSAMPLED)).makeCurrent();
  }

  @TearDown
  public final void stop() {
    current.close();
    if (telemetry instanceof OpenTelemetrySdk sdk) {
      sdk.close();
    }
  }

  @Benchmark
  public Object span() {
    return make();
  }

  /** What came of it. */
  abstract Object make();
}
