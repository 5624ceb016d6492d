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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      /flags/nowhere/ofrep/v1/evaluate/flags | application/json | {} | 404 | GENERAL | no set of flags "nowhere"
      /flags/nowhere/ofrep/v1/evaluate/flags/a | application/json | {} | 404 | FLAG_NOT_FOUND | no set of flags "nowhere"
      /flags/no%00/ofrep/v1/evaluate/flags | application/json | {} | 404 | GENERAL | NUL
      /ofrep/v1/evaluate/flags/a | application/json | {} | 404 | FLAG_NOT_FOUND | a
      /ofrep/v1/evaluate/flags | text/plain | {} | 400 | PARSE_ERROR | Content-Type
      /ofrep/v1/evaluate/flags/a | application/x-www-form-urlencoded | a=b | 400 | PARSE_ERROR | Content-Type
      /ofrep/v1/evaluate/flags | application/json | [ | 400 | PARSE_ERROR | JSON
      /ofrep/v1/evaluate/flags?flagConfigEtag=1&flagConfigEtag=2 | application/json | {} | 400 | PARSE_ERROR | once
      """)
  void failure_isToldInTheProtocolsWords(
      String path, String type, String body, int status, String code, String details) {
    HttpResponse<String> response = office.post(path, type, body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).isEqualTo(JSON);
    JsonNode json = JsonMapper.shared().readTree(response.body());
    assertThat(json.propertyNames()).isSubsetOf("key", "errorCode", "errorDetails");
    assertThat(json.path("key").asString("")).isEqualTo(path.endsWith("/a") ? "a" : "");
    assertThat(json.get("errorCode").stringValue()).isEqualTo(code);
    assertThat(json.get("errorDetails").stringValue()).contains(details);
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 18, 1 << 19, 1 << 20})
  void body_thatIsTooLarge_isToldTheSameWay(int bytes) {
    HttpResponse<String> response = office.post(ALL, JSON, " ".repeat(bytes) + "{}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(JsonMapper.shared().readTree(response.body()).get("errorCode").stringValue())
        .isEqualTo("PARSE_ERROR");
    assertThat(response.body()).contains("at most 256 KiB");
  }

  @Test
  void method_thatTheProtocolHasNot_isToldInItsWordsToo() {
    HttpResponse<String> response = office.get(ALL);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(header(response, "Allow")).isEqualTo("POST");
    assertThat(response.body()).contains("\"errorCode\":\"GENERAL\"");
  }

  @Test
  void ask_withoutContentTypeAndWithAParameterOfNewerClients_isAnswered() {
    for (String path : new String[] {ALL, ALL + "/page-size"}) {
      HttpResponse<String> response = office.send(HttpRequest.newBuilder(
              URI.create(office.url(path + "?mood=good")))
          .POST(HttpRequest.BodyPublishers.ofString("{\"context\":{\"targetingKey\":\"u1\"}}")));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
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
