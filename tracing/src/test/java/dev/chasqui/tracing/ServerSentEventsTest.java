package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a stream of events, each with a token in a comment: not in the trace of the request that opened the stream. */
final class ServerSentEventsTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();

  @AfterEach
  void close() {
    spans.close();
  }

  @Test
  void events_areOfTheTracesThatTheyWereSentIn() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/events", exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream body = exchange.getResponseBody()) {
        for (String change : List.of("a", "b")) {
          tracing
              .root("publish " + change)
              .run(() -> body.write((": " + tracing.token() + "\ndata: " + change + "\n\n")
                  .getBytes(StandardCharsets.UTF_8)));
        }
        body.write(": junk\ndata: c\n\n".getBytes(StandardCharsets.UTF_8));
      }
    });
    server.start();
    try {
      HttpRequest request = HttpRequest.newBuilder(
              URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/events"))
          .build();
      tracing.run("listen", () -> {
        try (Stream<String> lines = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofLines())
            .body()) {
          String token = "";
          for (String line : (Iterable<String>) lines::iterator) {
            if (line.startsWith(": ")) {
              token = line.substring(2);
            } else if (line.startsWith("data: ")) {
              tracing.resume("apply " + line.substring(6), token).run(() -> {});
            }
          }
        }
      });
    } finally {
      server.stop(0);
    }
    assertThat(spans.named("apply a").getParentSpanId())
        .isEqualTo(spans.named("publish a").getSpanId());
    assertThat(spans.named("apply b").getParentSpanId())
        .isEqualTo(spans.named("publish b").getSpanId());
    assertThat(spans.named("apply c").getParentSpanContext().isValid()).isFalse();
  }
}
