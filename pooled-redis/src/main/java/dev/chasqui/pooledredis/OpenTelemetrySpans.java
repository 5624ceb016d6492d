package dev.chasqui.pooledredis;

import io.lettuce.core.RedisCommandExecutionException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import org.jspecify.annotations.Nullable;

/**
 * A span for each command, a child of whatever span is current where the command is given away. Names and attributes are
 * those of <a href="https://opentelemetry.io/docs/specs/semconv/database/redis/">OpenTelemetry's conventions for
 * Redis</a>. Keys and values are never recorded.
 */
final class OpenTelemetrySpans implements CommandObserver {
  private final Tracer tracer;
  private final RedisConfig config;

  OpenTelemetrySpans(OpenTelemetry telemetry, RedisConfig config) {
    this.tracer = telemetry.getTracer("dev.chasqui.pooledredis");
    this.config = config;
  }

  @Override
  public @Nullable Sent sending(Lane lane, String command) {
    Span span = tracer
        .spanBuilder(command)
        .setSpanKind(SpanKind.CLIENT)
        .setAttribute("db.system.name", "redis")
        .setAttribute("db.operation.name", command)
        .setAttribute("db.namespace", Integer.toString(config.database()))
        .startSpan();
    if (config.servers() instanceof RedisServers.Standalone one) {
      span.setAttribute("server.address", one.address().host());
      span.setAttribute("server.port", (long) one.address().port());
    }
    return failure -> {
      if (failure != null) {
        span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
        span.setAttribute("error.type", errorType(failure));
      }
      span.end();
    };
  }

  /** Redis's own prefix, such as WRONGTYPE, or what became of the command. */
  private static String errorType(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof RedisCommandExecutionException && message != null) {
      int end = message.indexOf(' ');
      return end < 0 ? message : message.substring(0, end);
    }
    return failure.getClass().getName();
  }
}
