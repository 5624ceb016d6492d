package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RestApiTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private Office office;

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // the machine may be busy
    office = new Office(postgres);
    SampleFleet.fill(office);
  }

  @AfterAll
  void close() {
    office.close();
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      /api/v1/settings?q=camera | 200
      /api/v1/settings/camera.fps | 200
      /api/v1/settings/nothing | 404
      /api/v1/scopes/company:northwind | 200
      /api/v1/scopes/company:nobody | 404
      /api/v1/scopes/planet:x | 404
      /api/v1/scopes/company | 404
      /api/v1/scopes/company:northwind/children?level=vehicle&limit=5 | 200
      /api/v1/scopes/group:northwind-pilot/children | 200
      /api/v1/scopes/company:northwind/children?level=planet | 400
      /api/v1/scopes/company:northwind/children?limit=0 | 400
      /api/v1/scopes/company:northwind/children?limit=1001 | 400
      /api/v1/scopes/company:northwind/children?limit=many | 400
      /api/v1/scopes/company:northwind/children?limit=1&limit=2 | 400
      /api/v1/scopes/company:northwind/children?nonsense=1 | 400
      /api/v1/scopes/company:northwind/profile | 200
      /api/v1/scopes/group:northwind-pilot/effective | 200
      /api/v1/scopes/vehicle:northwind-001/effective?q=lane | 200
      /api/v1/devices/northwind-001-cam | 200
      /api/v1/devices/northwind-001-cam/effective | 200
      /api/v1/devices/nobody | 404
      /api/v1/devices/%00 | 404
      /api/v1/devices/northwind-001-cam/explain/camera.fps | 200
      /api/v1/devices/northwind-001-cam/explain/nothing | 404
      /api/v1/changes?limit=3 | 200
      /api/v1/changes?before=-1 | 400
      /api/v1/changes/1 | 200
      /api/v1/changes/999 | 404
      /api/v1/changes/x | 404
      /api/v1/changes/2/convergence | 200
      /api/v1/changes/999/convergence | 404
      /api/v1/nothing | 404
      /api/v1/settings?q=%00 | 400
      /openapi.yaml | 200
      /metrics | 200
      /health/live | 200
      /health/ready | 200
      """)
  void get_eachRoute_answersAsDocumented(String path, int status) {
    HttpResponse<String> response = office.get(path);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("traceresponse")).isPresent();
    if (status >= 400) {
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("application/problem+json");
      assertThat(json(response).get("status").intValue()).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      {"author": | 400 | malformed-json | line 1
      [] | 400 | wrong-type |
      {"author":"a","author":"b","edits":[]} | 400 | malformed-json | line 1
      {"author":"a","edits":[]} x | 400 | malformed-json | line 1
      {"author":"a\\u0000","edits":[]} | 400 | bad-text | /author
      {"author":"a","edits":[{"scope":"global:all","key":"camera.bitrate","value":1e999}]} | 400 | bad-number | /edits/0/value
      {"author":"a\\ud800","edits":[]} | 400 | bad-text | /author
      {"author":"a","reason":"\\udc00","edits":[]} | 400 | bad-text | /reason
      {"author":"a","edits":[{"scope":"global:all","key":"gateway.apn","value":"x\\u0000"}]} | 400 | bad-text | /edits/0/value
      {"author":"a","edits":[{"scope":"global:all","key":"gateway.apn","value":"x\\ud83d"}]} | 400 | bad-text | /edits/0/value
      {"author":"a","edits":[{"scope":"global:all","key":"model.lane.tuning","value":{"a":["\\u0000"]}}]} | 400 | bad-text | /edits/0/value/a/0
      {"author":"a","edits":[{"scope":"global:all","key":"model.lane.tuning","value":{"\\udfff":1}}]} | 400 | malformed-json | line 1
      {"author":"a","edits":[{"scope":"company:\\u0000","key":"camera.fps","value":1}]} | 400 | bad-text | /edits/0/scope
      {"author":"a","edits":[{"scope":"global:all","key":"camera.\\ud800","value":1}]} | 400 | bad-text | /edits/0/key
      {"edits":[]} | 422 | missing | /author
      {"author":"a"} | 422 | missing | /edits
      {"author":7,"edits":[]} | 422 | wrong-type | /author
      {"author":" ","edits":[]} | 422 | bad-author | author
      {"author":"a","edits":[],"more":1} | 422 | unknown-member | /more
      {"author":"a","edits":[7]} | 422 | wrong-type | /edits/0
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps"}]} | 422 | value-or-remove | /edits/0
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps","value":1,"remove":true}]} | 422 | value-or-remove | /edits/0
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps","value":null}]} | 422 | wrong-type | /edits/0/value
      {"author":"a","edits":[{"scope":"northwind","key":"camera.fps","value":1}]} | 422 | bad-scope | /edits/0/scope
      {"author":"a","edits":[{"scope":"company:nobody","key":"camera.fps","value":1}]} | 422 | unknown-scope | /edits/0/value
      {"author":"a","edits":[{"scope":"company:northwind","key":"nothing","value":1}]} | 422 | unknown-setting | /edits/0/value
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps","value":"x"}]} | 422 | wrong-type | /edits/0/value
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps","value":61}]} | 422 | out-of-range | /edits/0/value
      {"author":"a","edits":[{"scope":"company:northwind","key":"camera.fps","value":5},{"scope":"company:northwind","key":"camera.resolution","value":"8k"}]} | 422 | not-a-choice | /edits/1/value
      """)
  void commit_badBody_namesFieldAndRuleAndChangesNothing(
      String body, int status, String rule, String field) {
    long before = office.changes.latestRevision();

    HttpResponse<String> response = office.post("/api/v1/changes", "application/json", body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = json(response).get("errors").get(0);
    assertThat(error.get("rule").stringValue()).isEqualTo(rule);
    assertThat(error.get("field").stringValue()).startsWith(field == null ? "" : field);
    assertThat(office.changes.latestRevision()).isEqualTo(before);
  }

  @Test
  void commit_goodThenSame_createsThenSaysUnchanged() {
    String body = """
        {"author":"a","reason":"r","edits":[{"scope":"vehicle:tuk-001","key":"camera.fps","value":7}]}""";
    String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    HttpResponse<String> created =
        office.post("/api/v1/changes", "application/json", body, "traceparent", parent);
    HttpResponse<String> again = office.post("/api/v1/changes", "application/json", body);

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location"))
        .hasValue("/api/v1/changes/" + json(created).get("revision").longValue());
    assertThat(json(created).get("traceParent").stringValue()).startsWith(parent.substring(0, 36));
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).get("unchanged").booleanValue()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      DELETE | /api/v1/changes | application/json | {} | 405
      POST | /api/v1/changes | text/plain | {} | 415
      POST | /api/v1/imports | text/plain | {} | 415
      PUT | /api/v1/settings | application/json | {"settings":[{"key":"a b","type":"int","default":1}]} | 422
      PUT | /api/v1/settings | application/json | {"settings":[{"key":"a","type":"int","default":1},{"key":"a","type":"int","default":1}]} | 422
      PUT | /api/v1/settings | application/json | {"settings":[{"key":"rest.new","type":"int","default":1}]} | 200
      POST | /api/v1/fleet | application/json | {"nodes":[{"scope":"vehicle:v","parent":"company:nobody"}]} | 422
      POST | /api/v1/fleet | application/json | {"nodes":[{"scope":"company:late","name":"Late"}]} | 200
      POST | /api/v1/imports | application/json | {"nonsense": | 422
      POST | /api/v1/imports?keepGoing=perhaps | application/json | {} | 400
      """)
  void write_eachDoor_answersAsDocumented(
      String method, String path, String type, String body, int status) {
    HttpResponse<String> response = office.send(method, path, type, body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    if (status == 405) {
      assertThat(response.headers().firstValue("Allow")).hasValue("GET, HEAD, POST");
    }
  }

  @Test
  void commit_tooLarge_is413() {
    String body = "{\"author\":\"" + "a".repeat(1 << 20) + "\"}";

    assertThat(office.post("/api/v1/changes", "application/json", body).statusCode())
        .isEqualTo(413);
  }

  @Test
  void import_ofAFile_goesInAndIsReported() {
    String file = """
        settings:
          - {key: imported.one, type: int, default: 1}
        fleet:
          - {scope: "company:imported", name: Imported, parent: "global:all"}
        profiles:
          - scope: "company:imported"
            entries: {imported.one: 5, camera.fps: 12}
        """;

    HttpResponse<String> response = office.post("/api/v1/imports", "application/yaml", file);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(json(response).get("edits").intValue()).isEqualTo(2);
    JsonNode profile = json(office.get("/api/v1/scopes/company:imported/profile"));
    assertThat(profile.toString()).contains("imported.one", "camera.fps");
  }

  @Test
  void import_saidToBeTooLarge_isRefusedBeforeItIsSent() throws IOException {
    try (Socket socket = importing((512L << 20) + 1)) {
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void import_brokenOff_isNoFaultOfOurs() throws IOException {
    Logger logger = (Logger) LoggerFactory.getLogger(Failures.class);
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.list = new CopyOnWriteArrayList<>();
    logged.start();
    logger.addAppender(logged);
    try {
      importing(1000).close();

      await()
          .untilAsserted(() -> assertThat(logged.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.INFO);
            assertThat(event.getFormattedMessage()).contains("broke off");
          }));
    } finally {
      logger.detachAppender(logged);
    }
  }

  /** Has begun to send a file of so many bytes. */
  private Socket importing(long length) throws IOException {
    URI at = URI.create(office.url("/api/v1/imports"));
    Socket socket = new Socket(at.getHost(), at.getPort());
    socket.setSoTimeout(60_000);
    String head =
        "POST /api/v1/imports HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            + "Content-Length: " + length + "\r\n\r\n{";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @ParameterizedTest
  @CsvSource({"Sec-Fetch-Site, cross-site", "Origin, https://evil.example", "Origin, null"})
  void write_fromAnotherSite_isForbidden(String header, String value) {
    long before = office.changes.latestRevision();
    String body = """
        {"author":"a","edits":[{"scope":"company:tuk","key":"camera.fps","value":3}]}""";

    assertThat(office
            .post("/api/v1/changes", "application/json", body, header, value)
            .statusCode())
        .isEqualTo(403);
    assertThat(office.changes.latestRevision()).isEqualTo(before);
  }

  @Test
  void explain_asText_isForPeople() {
    HttpResponse<String> response =
        office.get("/api/v1/devices/northwind-001-cam/explain/camera.fps", "Accept", "text/plain");

    assertThat(response.body()).contains("camera.fps = 10", "not company:northwind: 30");
  }

  @Test
  void ready_partDown_is503AndNamesIt() {
    office.sickness = Optional.of("no answer");

    HttpResponse<String> response = office.get("/health/ready");
    office.sickness = Optional.empty();

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(json(response).at("/parts/postgresql/problem").stringValue()).isEqualTo("no answer");
  }

  @Test
  void openApi_andRoutes_areTheSame() {
    JsonNode document = new YAMLMapper().readTree(office.get("/openapi.yaml").body());
    Set<String> documented = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(path -> path.getValue().propertyNames().forEach(method -> {
          Set<String> parameters = new TreeSet<>();
          for (JsonNode parameter : path.getValue().get(method).path("parameters")) {
            JsonNode described = parameter.has("$ref")
                ? document.at(parameter.get("$ref").stringValue().substring(1))
                : parameter;
            if (described.get("in").stringValue().equals("query")) {
              parameters.add(described.get("name").stringValue());
            }
          }
          documented.add(method + ' ' + path.getKey() + ' ' + parameters);
        }));
    Set<String> routed = new TreeSet<>();
    for (Endpoint endpoint : office.backOffice.endpoints()) {
      String path = endpoint.path().replaceAll(":([a-z]+)", "{$1}");
      if (path.matches("/(api/v1|health|ofrep)/.*|/flags/.*/ofrep/.*|/metrics|/openapi.yaml")) {
        routed.add(endpoint.method().name().toLowerCase(java.util.Locale.ROOT)
            + ' '
            + path
            + ' '
            + new TreeSet<>(endpoint.parameters()));
      }
    }

    assertThat(routed).isEqualTo(documented);
  }

  @ParameterizedTest
  @CsvSource({
    "/",
    "/scopes/global:all",
    "/scopes/company:northwind",
    "/scopes/group:northwind-pilot",
    "/scopes/vehicle:northwind-001",
    "/scopes/device:northwind-001-cam?tab=changes",
    "/changes",
    "/changes/2",
    "/changes/5",
    "/settings",
    "/api",
    "/scopes/company:northwind/settings/camera.fps",
    "/scopes/company:northwind/settings/camera.fps/edit"
  })
  void page_anyOfFilledFleet_rendersEscapedUnderStrictPolicy(String path) {
    HttpResponse<String> response = office.get(path, "Accept", "text/html");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("</html>")
        .doesNotContain("<script>alert", "Rosa <b>", " style=");
    assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("script-src 'self';");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
  }

  @Test
  void form_plainPost_keepsWhatWasTypedThenLeadsToTheChange() {
    String path = "/scopes/company:andes/settings/upload.interval/edit";
    String form = "application/x-www-form-urlencoded";

    HttpResponse<String> refused =
        office.post(path, form, "value=8h&author=Ana&reason=try&action=set");
    HttpResponse<String> saved =
        office.post(path, form, "value=90s&author=Ana&reason=try&action=set");

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(refused.body()).contains("must be between", "value=\"8h\"", "value=\"try\"");
    assertThat(saved.statusCode()).isEqualTo(303);
    assertThat(saved.headers().firstValue("Location"))
        .hasValue("/changes/" + office.changes.latestRevision());
    assertThat(office.changes.editsOf(office.changes.latestRevision(), 9).get(0).after())
        .hasToString("\"PT1M30S\"");
  }

  @Test
  void form_ofAnEntryWithRules_showsThem_andKeepsThem() {
    String edit = "/scopes/company:tuk/settings/camera.fps/edit";
    HttpResponse<String> committed = office.post("/api/v1/changes", "application/json", """
        {"author": "Ana", "edits": [{"scope": "company:tuk", "key": "camera.fps", "value": 21,
          "when": {"==": [{"var": "software"}, "<b>dashcam</b>"]},
          "variants": {"seed": "fps/", "by": "device", "arms": [
            {"name": "slow", "weight": 1, "value": 11}, {"name": "fast", "weight": 3, "value": 22}]}}]}""");
    assertThat(committed.statusCode()).as(committed.body()).isEqualTo(201);

    HttpResponse<String> form = office.get(edit, "Accept", "text/html");
    assertThat(form.body())
        .contains("value=\"21\"", "&lt;b&gt;dashcam", "slow 25 %: 11, fast 75 %: 22")
        .doesNotContain("<b>dashcam");
    HttpResponse<String> saved = office.post(
        edit, "application/x-www-form-urlencoded", "value=20&author=Ana&reason=&action=set");

    assertThat(saved.statusCode()).isEqualTo(303);
    JsonNode entry =
        json(office.get("/api/v1/scopes/company:tuk/profile")).at("/entries/camera.fps");
    assertThat(entry.at("/value").intValue()).isEqualTo(20);
    assertThat(entry.at("/when/==/1").asString()).isEqualTo("<b>dashcam</b>");
    assertThat(entry.at("/variants/arms/1/name").asString()).isEqualTo("fast");
    HttpResponse<String> page =
        office.get(saved.headers().firstValue("Location").orElseThrow(), "Accept", "text/html");
    assertThat(page.body()).contains("&lt;b&gt;dashcam").doesNotContain("<b>dashcam");
  }

  @Test
  void page_missing_isAPageWith404() {
    HttpResponse<String> response = office.get("/scopes/company:nobody", "Accept", "text/html");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("there is no scope company:nobody", "</html>");
  }

  @ParameterizedTest
  @CsvSource({
    "/scopes/company:andes/settings/gateway.apn/edit, value=x%00&author=A&reason=&action=set",
    "/scopes/company:andes/settings/gateway.apn/edit, value=x&author=A%00&reason=&action=set",
    "/scopes/company:andes/settings/model.lane.tuning/edit, value=%7B%22a%22%3A%22%5Cu0000%22%7D&author=A&action=set",
    "/scopes/company:andes/settings/model.lane.tuning/edit, value=%7B%22a%22%3A%22%5Cud800%22%7D&author=A&action=set"
  })
  void form_textThatCannotBeStored_isRefused(String path, String form) {
    long before = office.changes.latestRevision();

    HttpResponse<String> response = office.post(path, "application/x-www-form-urlencoded", form);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
    assertThat(office.changes.latestRevision()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/scopes/company:andes/settings/%00", "/scopes/company:%00", "/find?q=%00"})
  void page_ofAddressWithNul_isNotOurFault(String path) {
    assertThat(office.get(path).statusCode()).isBetween(400, 499);
  }

  @Test
  void page_ofEmptyFleet_saysWhatIsMissing(RealPostgres postgres) throws IOException {
    try (RealPostgres empty = postgres.emptyDatabase();
        Office bare = new Office(empty)) {
      for (String path : List.of(
          "/",
          "/fleet/live",
          "/scopes/global:all",
          "/scopes/global:all?tab=devices",
          "/scopes/global:all?tab=changes",
          "/scopes/global:all/tree",
          "/changes",
          "/settings")) {
        HttpResponse<String> response = bare.get(path, "Accept", "text/html");
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        if (!path.matches(".*/(live|tree)")) {
          assertThat(response.body()).as(path).contains("class=\"empty\"", "</html>");
        }
      }
    }
  }

  @Test
  void page_withoutDatabase_isAPageWith503(RealPostgres postgres) throws IOException {
    try (RealPostgres other = postgres.emptyDatabase();
        Office cut = new Office(other)) {
      cut.database.close();

      HttpResponse<String> page = cut.get("/", "Accept", "text/html");
      HttpResponse<String> api = cut.get("/api/v1/changes");

      assertThat(page.statusCode()).isEqualTo(503);
      assertThat(page.body()).contains("the database does not answer", "</html>");
      assertThat(page.headers().firstValue("Retry-After")).hasValue("5");
      assertThat(json(api).get("status").intValue()).isEqualTo(503);
    }
  }
}
