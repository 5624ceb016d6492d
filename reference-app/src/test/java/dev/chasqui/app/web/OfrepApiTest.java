package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OFREP over HTTP, as far as it is the server's; what flags evaluate to is tested in feature-flags. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OfrepApiTest {
  private static final String JSON = "application/json";
  private static final String SHOP = "https://shop.example";
  private static final String ALL = "/flags/shop/ofrep/v1/evaluate/flags";
  private static final String EVENTS = "/flags/shop/ofrep/v1/events";

  private Office office;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    office = new Office(postgres, Set.of(SHOP, "http://127.0.0.1:3000"));
    for (String set : new String[] {"shop", Flags.DEFAULT_SET}) {
      office.flags.put(set, new Signature("ana", ""), 0, Flags.parse(SampleFlags.JSON));
    }
  }

  @AfterAll
  void close() {
    office.close();
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private HttpResponse<String> preflight(String path, String origin, String method) {
    return office.send(HttpRequest.newBuilder(URI.create(office.url(path)))
        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
        .headers(
            "Origin",
            origin,
            "Sec-Fetch-Site",
            "cross-site",
            "Access-Control-Request-Method",
            method,
            "Access-Control-Request-Headers",
            "content-type,if-none-match"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ALL,
        ALL + "/page-size",
        "/ofrep/v1/evaluate/flags",
        "/ofrep/v1/evaluate/flags/page-size"
      })
  void page_ofAKnownOrigin_mayAskForFlags(String path) {
    HttpResponse<String> first = preflight(path, SHOP, "POST");
    assertThat(first.statusCode()).isEqualTo(204);
    assertThat(header(first, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
    assertThat(header(first, "Access-Control-Allow-Methods")).isEqualTo("POST");
    assertThat(header(first, "Access-Control-Allow-Headers"))
        .isEqualTo("content-type,if-none-match");
    assertThat(header(first, "Vary")).isEqualTo("Origin");

    HttpResponse<String> answer =
        office.post(path, JSON, "{}", "Origin", SHOP, "Sec-Fetch-Site", "cross-site");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
    assertThat(header(answer, "Access-Control-Expose-Headers")).isEqualTo("ETag");
    assertThat(header(answer, "Vary")).isEqualTo("Origin");
    assertThat(answer.headers().map()).doesNotContainKey("access-control-allow-credentials");
  }

  @Test
  void page_ofAKnownOrigin_mayReadErrorsAndUnchanged() {
    HttpResponse<String> wrong = office.post(ALL + "/nothing", JSON, "{}", "Origin", SHOP);
    assertThat(wrong.statusCode()).isEqualTo(404);
    assertThat(header(wrong, "Access-Control-Allow-Origin")).isEqualTo(SHOP);

    String etag = header(office.post(ALL, JSON, "{}"), "ETag");
    HttpResponse<String> same = office.post(ALL, JSON, "{}", "Origin", SHOP, "If-None-Match", etag);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(header(same, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
  }

  @Test
  void events_forAKnownOrigin_mayBeRead() throws Exception {
    HttpResponse<InputStream> stream = HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(office.url(EVENTS)))
                .header("Origin", SHOP)
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    stream.body().close();

    assertThat(stream.statusCode()).isEqualTo(200);
    assertThat(header(stream, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
  }

  @ParameterizedTest
  @CsvSource({
    "https://other.example, /flags/shop/ofrep/v1/evaluate/flags",
    "http://shop.example, /flags/shop/ofrep/v1/evaluate/flags",
    "https://shop.example:8443, /ofrep/v1/evaluate/flags",
    "null, /ofrep/v1/evaluate/flags",
    "https://shop.example, /api/v1/changes",
    "https://shop.example, /api/v1/flags/shop/banner/kill"
  })
  void page_ofAnotherOrigin_orThatAsksForAnythingElse_isRefused(String origin, String path) {
    HttpResponse<String> first = preflight(path, origin, "POST");
    assertThat(first.statusCode()).isEqualTo(405);
    assertThat(first.headers().map()).doesNotContainKey("access-control-allow-origin");

    HttpResponse<String> answer = office.post(path, JSON, "{}", "Origin", origin);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.headers().map()).doesNotContainKey("access-control-allow-origin");
  }
}
