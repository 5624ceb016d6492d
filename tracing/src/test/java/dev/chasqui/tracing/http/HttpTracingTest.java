package dev.chasqui.tracing.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import dev.chasqui.tracing.RecordedSpans;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HttpTracingTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();
  private final HttpTracing http = new HttpTracing(tracing);
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server
        .createContext("/vehicles", exchange -> {
          int status = exchange.getRequestURI().getPath().endsWith("broken") ? 500 : 200;
          byte[] id = Trace.id().getBytes(java.nio.charset.StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, id.length);
          exchange.getResponseBody().write(id);
          exchange.close();
        })
        .getFilters()
        .add(http.filter("/vehicles/{id}"));
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
    spans.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path));
  }

  private SpanData span(SpanKind kind) {
    List<SpanData> found =
        spans.all().stream().filter(span -> span.getKind() == kind).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  /** The server's span ends a little after the client has its answer. */
  private void await(int count) {
    org.awaitility.Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> spans.all().size() == count);
  }

  @Test
  void request_andItsHandling_areOneTrace_withoutWhatIsSecret() throws Exception {
    String id = tracing.call(
        "click",
        () -> http.send(
                client,
                request("/vehicles/7?password=x")
                    .header("Traceparent", "of somebody else")
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
    await(3);
    SpanData sent = span(SpanKind.CLIENT);
    SpanData handled = span(SpanKind.SERVER);
    assertThat(id).isEqualTo(sent.getTraceId());
    assertThat(handled.getParentSpanId()).isEqualTo(sent.getSpanId());
    assertThat(sent.getName()).isEqualTo("GET");
    assertThat(handled.getName()).isEqualTo("GET /vehicles/{id}");
    assertThat(sent.getAttributes().get(Conventions.URL_FULL))
        .isEqualTo("http://127.0.0.1:" + server.getAddress().getPort() + "/vehicles/7");
    assertThat(sent.getAttributes().get(Conventions.HTTP_STATUS)).isEqualTo(200);
    assertThat(handled.getAttributes().get(Conventions.HTTP_ROUTE)).isEqualTo("/vehicles/{id}");
    assertThat(handled.getAttributes().get(Conventions.URL_PATH)).isEqualTo("/vehicles/7");
    assertThat(spans.all())
        .allSatisfy(span -> assertThat(span.getAttributes().toString()).doesNotContain("password"));
  }

  @Test
  void status_ofAnError_isOneOnBothSides() throws Exception {
    http.sendAsync(
            client, request("/vehicles/broken").build(), HttpResponse.BodyHandlers.discarding())
        .get(30, TimeUnit.SECONDS);
    await(2);
    assertThat(spans.all()).allSatisfy(span -> {
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(span.getAttributes().get(Conventions.ERROR_TYPE)).isEqualTo("500");
    });
  }

  @Test
  void method_thatAnybodyMayMakeUp_isNoName() throws Exception {
    http.send(
        client,
        request("/vehicles/7")
            .method("EAT", HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.discarding());
    await(2);
    assertThat(span(SpanKind.CLIENT).getName()).isEqualTo("HTTP");
    assertThat(span(SpanKind.SERVER).getName()).isEqualTo("HTTP /vehicles/{id}");
    assertThat(span(SpanKind.SERVER).getAttributes().get(Conventions.HTTP_METHOD))
        .isEqualTo("_OTHER");
    assertThat(span(SpanKind.SERVER).getAttributes().get(Conventions.HTTP_METHOD_ORIGINAL))
        .isEqualTo("EAT");
  }

  @Test
  void server_thatIsNotThere_failsAsWithTheClientAlone() {
    HttpRequest request = request("/vehicles/7").build();
    server.stop(0);
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> http.send(client, request, HttpResponse.BodyHandlers.discarding()));
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> http.sendAsync(client, request, HttpResponse.BodyHandlers.discarding())
            .join());
    await(2);
    assertThat(spans.all())
        .extracting(span -> span.getAttributes().get(Conventions.ERROR_TYPE))
        .containsOnly("java.net.ConnectException");
  }
}
