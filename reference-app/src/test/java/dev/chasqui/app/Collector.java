package dev.chasqui.app;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;

/** Takes spans by OTLP over HTTP, as anybody's own server of traces does. */
final class Collector implements AutoCloseable {
  private final Map<String, Span> spans = new ConcurrentHashMap<>();
  private final HttpServer server;

  Collector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", exchange -> {
      try (InputStream body = exchange.getRequestBody();
          InputStream plain =
              "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))
                  ? new GZIPInputStream(body)
                  : body) {
        ExportTraceServiceRequest.parseFrom(plain).getResourceSpansList().stream()
            .flatMap(ofResource -> ofResource.getScopeSpansList().stream())
            .flatMap(ofScope -> ofScope.getSpansList().stream())
            .forEach(span -> spans.put(id(span.getSpanId().toByteArray()), span));
      }
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.start();
  }

  private static String id(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** What {@code otel.exporter.otlp.endpoint} is to be. */
  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The names of each span and of those above it, the first one first. */
  List<String> paths() {
    return spans.values().stream().map(this::path).sorted().toList();
  }

  private String path(Span span) {
    List<String> names = new ArrayList<>();
    for (Span at = span; at != null; at = spans.get(id(at.getParentSpanId().toByteArray()))) {
      names.add(0, at.getName());
    }
    return String.join(" > ", names);
  }

  /** Ids of all traces. */
  Set<String> traces() {
    Set<String> ids = new HashSet<>();
    spans.values().forEach(span -> ids.add(id(span.getTraceId().toByteArray())));
    return ids;
  }

  /** Whether each span lies within the one above it, which holds where nothing goes on in the background. */
  boolean isWithinItsParent(String name) {
    return spans.values().stream().filter(span -> span.getName().equals(name)).allMatch(span -> {
      Span parent = spans.get(id(span.getParentSpanId().toByteArray()));
      return parent != null
          && parent.getStartTimeUnixNano() <= span.getStartTimeUnixNano()
          && span.getEndTimeUnixNano() <= parent.getEndTimeUnixNano();
    });
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
