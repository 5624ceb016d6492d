package dev.chasqui.pooledredis;

import io.lettuce.core.RedisCommandExecutionException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A span for each command, a child of whatever span is current where the command is given away. Names and attributes are
 * those of <a href="https://opentelemetry.io/docs/specs/semconv/db/redis/">OpenTelemetry's conventions for Redis</a>:
 *
 * <ul>
 *   <li>{@code db.namespace} is the database that connections begin with; {@code SELECT} on a borrowed one does not
 *       change it.
 *   <li>{@code db.response.status_code} and {@code error.type} are the code that Redis's error begins with, such as
 *       {@code WRONGTYPE}. If that is none of Redis's own, there is no status code, and the type is {@code _OTHER}.
 *   <li>{@code error.type} of a command without an answer is the name of the exception's class.
 *   <li>{@code server.address} is that of a single server; behind sentinels and in a cluster nobody knows it beforehand.
 * </ul>
 *
 * <p>Keys and values are never recorded. So no message of an error is either: Redis quotes arguments in them, scripts and
 * codecs write what they like.
 */
final class OpenTelemetrySpans implements CommandObserver {
  /** What Redis, its sentinels and its scripting say by themselves; scripts may begin an error with anything. */
  private static final Set<String> CODES = Set.of(
      "ASK",
      "BUSY",
      "BUSYGROUP",
      "BUSYKEY",
      "CLUSTERDOWN",
      "CROSSSLOT",
      "DENIED",
      "ERR",
      "EXECABORT",
      "INPROG",
      "INVALIDOBJ",
      "IOERR",
      "LOADING",
      "MASTERDOWN",
      "MISCONF",
      "MOVED",
      "NOAUTH",
      "NOGOODSLAVE",
      "NOGROUP",
      "NOMASTERLINK",
      "NOPERM",
      "NOPROTO",
      "NOQUORUM",
      "NOREPLICAS",
      "NOSCRIPT",
      "NOTBUSY",
      "NOTREADY",
      "OOM",
      "READONLY",
      "TRYAGAIN",
      "UNBLOCKED",
      "UNKILLABLE",
      "WRONGPASS",
      "WRONGTYPE");

  private final Tracer tracer;
  private final Attributes always;

  OpenTelemetrySpans(OpenTelemetry telemetry, RedisConfig config) {
    this.tracer = telemetry.getTracer("dev.chasqui.pooledredis");
    this.always = Attributes.builder()
        .put("db.system.name", "redis")
        .put("db.namespace", Integer.toString(config.database()))
        .putAll(server(config.servers()))
        .build();
  }

  private static Attributes server(RedisServers servers) {
    if (servers instanceof RedisServers.Standalone one) {
      return Attributes.builder()
          .put("server.address", one.address().host())
          .put("server.port", one.address().port())
          .build();
    }
    return servers instanceof RedisServers.UnixSocket socket
        ? Attributes.builder().put("server.address", socket.path().toString()).build()
        : Attributes.empty();
  }

  @Override
  public Sent sending(Lane lane, String command) {
    Span span = tracer
        .spanBuilder(command)
        .setSpanKind(SpanKind.CLIENT)
        .setAllAttributes(always)
        .setAttribute("db.operation.name", command)
        .startSpan();
    return failure -> {
      if (failure != null) {
        failed(span, failure);
      }
      span.end();
    };
  }

  private static void failed(Span span, Throwable failure) {
    span.setStatus(StatusCode.ERROR);
    if (!(failure instanceof RedisCommandExecutionException)) {
      span.setAttribute("error.type", failure.getClass().getName());
      return;
    }
    String code = code(failure.getMessage());
    if (code == null) {
      span.setAttribute("error.type", "_OTHER");
    } else {
      span.setAttribute("db.response.status_code", code);
      span.setAttribute("error.type", code);
    }
  }

  /** The code that {@code message} begins with; null if it is none of Redis's own. */
  private static @Nullable String code(@Nullable String message) {
    if (message == null) {
      return null;
    }
    int end = message.indexOf(' ');
    String code = end < 0 ? message : message.substring(0, end);
    return CODES.contains(code) ? code : null;
  }
}
