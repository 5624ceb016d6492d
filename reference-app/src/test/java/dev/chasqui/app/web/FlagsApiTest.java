package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What people and programs may do to flags over REST; what clients are sent is in FlagStreamsTest. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FlagsApiTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final String JSON = "application/json";

  private Office office;
  private int sets;
  private String set = "";

  @BeforeAll
  void open(RealPostgres postgres) throws IOException {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // the machine may be busy
    office = new Office(postgres);
  }

  @AfterAll
  void close() {
    office.close();
  }

  @BeforeEach
  void make() {
    set = "set-" + ++sets;
    assertThat(put("?author=ana&revision=0", SampleFlags.JSON).statusCode()).isEqualTo(201);
  }

  private String path(String more) {
    return "/api/v1/flags/" + set + more;
  }

  private HttpResponse<String> put(String more, String body) {
    return office.send("PUT", path(more), JSON, body);
  }

  private HttpResponse<String> delete(String more) {
    return office.send("DELETE", path(more), JSON, "");
  }

  private static JsonNode json(HttpResponse<String> response) {
    return MAPPER.readTree(response.body());
  }

  private JsonNode flag(String key) {
    return Objects.requireNonNull(office.flags.find(set).orElseThrow().flag(key));
  }

  private long revision() {
    return office.flags.find(set).orElseThrow().revision();
  }

  private void awaitKnown() {
    await().until(() -> office.flagHub.get(set).revision() == revision());
  }

  @Test
  void get_ofASet_isTheDocumentWithItsValidator() {
    HttpResponse<String> response = office.get(path(""));
    String etag = response.headers().firstValue("ETag").orElseThrow();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response)).isEqualTo(MAPPER.readTree(SampleFlags.JSON));
    assertThat(response.headers().firstValue("Flag-Revision")).hasValue("1");
    assertThat(office.get(path(""), "If-None-Match", etag).statusCode()).isEqualTo(304);

    put("/page-size?author=ana", flag("page-size").toString().replace("50", "60"));
    awaitKnown();
    HttpResponse<String> changed = office.get(path(""), "If-None-Match", etag);
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(changed.headers().firstValue("Flag-Revision")).hasValue("2");
  }

  @Test
  void put_ofAnOlderDocument_isAConflict() {
    String newer = SampleFlags.JSON.replace("Spring sale", "Summer sale");

    assertThat(json(put("?author=ana&revision=1", newer)).get("revision").longValue())
        .isEqualTo(2);
    HttpResponse<String> late = put("?author=bob&revision=1", SampleFlags.JSON);
    assertThat(late.statusCode()).isEqualTo(409);
    assertThat(json(late).get("detail").stringValue())
        .contains("revision 2")
        .contains("revision 1");
    assertThat(put("?author=bob&revision=0", newer).statusCode()).isEqualTo(409);
    assertThat(json(put("?author=bob&revision=2", newer)).get("unchanged").booleanValue())
        .isTrue();
    assertThat(revision()).isEqualTo(2);
  }

  @Test
  void putFlag_thatSomebodyChangedSince_isAConflict_anotherIsNot() {
    String banner = flag("banner").toString();

    assertThat(put("/banner?author=ana&revision=1", banner.replace("DE", "ES")).statusCode())
        .isEqualTo(200);
    assertThat(put("/banner?author=bob&revision=1", banner.replace("DE", "PT")).statusCode())
        .isEqualTo(409);
    assertThat(delete("/banner?author=bob&revision=1").statusCode()).isEqualTo(409);
    assertThat(delete("/theme?author=bob&revision=1").statusCode()).isEqualTo(200);
    assertThat(put("/banner?author=bob&revision=99", banner).statusCode()).isEqualTo(409);
    assertThat(put("/banner?author=bob", banner).statusCode()).isEqualTo(200);
    assertThat(office.flags.find(set).orElseThrow().keys()).doesNotContain("theme");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      PUT | ?author=a | {"flags":{}} | 400 | revision
      PUT | ?revision=1 | {"flags":{}} | 422 | author
      PUT | ?author=a&revision=x | {"flags":{}} | 400 | revision
      PUT | ?author=a&revision=1 | {"flags": | 400 | line 1
      PUT | ?author=a&revision=1 | {"flags":{},"flags":{}} | 400 | line 1
      PUT | ?author=a&revision=1 | {} | 422 | /flags
      PUT | ?author=a&revision=1 | [] | 422 |
      PUT | ?author=a&revision=1 | {"flags":{"a":{"state":"ENABLED","variants":{}}}} | 422 | /flags/a/variants
      PUT | ?author=a&revision=1 | {"flags":{"":{"state":"ENABLED","variants":{"a":1}}}} | 422 | key
      PUT | ?author=a&revision=1 | {"flags":{".":{"state":"ENABLED","variants":{"a":1}}}} | 422 | key
      PUT | ?author=a&revision=1 | {"flags":{"..":{"state":"ENABLED","variants":{"a":1}}}} | 422 | key
      PUT | /a%00b?author=a | {"state":"ENABLED","variants":{"on":true}} | 404 | key
      DELETE | /a%00b?author=a | | 404 | key
      POST | /a%00b/kill | {"author":"a","reason":"r"} | 404 | key
      PUT | /new?author=a | {"state":"ON","variants":{"on":true}} | 422 | /flags/new/state
      PUT | /new?author=a | {"state":"ENABLED","variants":{"on":true},"targeting":{"nonsense":1}} | 422 | /flags/new/targeting
      PUT | /new?author=a | [] | 400 |
      DELETE | /new-checkout?author=a | | 422 | /flags/express/x-prerequisites/0/flag
      DELETE | /nothing?author=a | | 404 | key
      DELETE | /banner | | 422 | author
      POST | /banner/kill | {"author":"a"} | 422 | /reason
      POST | /banner/kill | {"author":"a","reason":" "} | 422 | /reason
      POST | /banner/kill | {"author":"","reason":"r"} | 422 | author
      POST | /banner/kill | {"author":"a","reason":"r","more":1} | 422 | /more
      POST | /nothing/kill | {"author":"a","reason":"r"} | 404 | key
      POST | /trips | {"flag":"banner","action":"kill"} | 422 | /variant
      POST | /trips | {"flag":"banner","variant":"spring","action":"explode"} | 422 | /action
      POST | /trips | {"flag":"banner","variant":"nosuch","action":"rollBack","baseline":{"variant":"none"}} | 422 | /variant
      POST | /trips | {"flag":"banner","variant":"nosuch","action":"kill","revision":1} | 422 | /variant
      POST | /trips | {"flag":"banner","variant":"nosuch","action":"hold"} | 422 | /variant
      POST | /trips | {"flag":"banner","variant":"spring","action":"rollBack","baseline":{"variant":"spring"}} | 422 | /baseline/variant
      POST | /trips | {"flag":"nothing","variant":"spring","action":"kill"} | 404 | key
      """)
  void write_thatIsWrong_namesFieldAndChangesNothing(
      String method, String more, String body, int status, String field) {
    HttpResponse<String> response = office.send(method, path(more), JSON, body == null ? "" : body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(json(response).at("/errors/0/field").stringValue())
        .startsWith(field == null ? "" : field);
    assertThat(revision()).isEqualTo(1);
    assertThat(office.flags.trips(set, "", 10)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a\u0000b", "half \ud83d", "\ude00 half"})
  void put_ofAKeyThatCannotBeKeptOrAskedFor_isRefused(String key) {
    ObjectNode document = MAPPER.createObjectNode();
    document
        .putObject("flags")
        .putObject(key)
        .put("state", "ENABLED")
        .putObject("variants")
        .put("a", 1);

    assertThatThrownBy(() ->
            office.flags.put(set, new Signature("ana", ""), 1, Flags.parse(document.toString())))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.problems())
                .extracting(Problem::rule)
                .containsExactly("bad-key"));
  }

  @Test
  void put_withoutAKeyThatIsRefusedToday_takesItAway() {
    office.jdbi.useHandle(handle -> handle.execute(
        "update flag_set set document = replace(document::text, '\"page-size\"', '\"..\"')::json where name = ?",
        set)); // as before it was refused

    assertThat(put("?author=ana&revision=1", SampleFlags.JSON).statusCode()).isEqualTo(200);
    assertThat(office.flags.find(set).orElseThrow().keys()).doesNotContain("..");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/v1/flags/de%00fault",
    "GET, /api/v1/flags/de%00fault/trips",
    "GET, /flags/de%00fault",
    "GET, /flags/default/a%00b",
    "POST, /flags/de%00fault/ofrep/v1/evaluate/flags",
    "POST, /ofrep/v1/evaluate/flags/a%00b"
  })
  void ask_forANameWithNul_is404(String method, String path) {
    assertThat(office.send(method, path, JSON, "").statusCode()).isEqualTo(404);
  }

  @Test
  void put_ofMoreFlagsThanAMebibyte_isReadAndFollowed() throws IOException {
    StringBuilder large = new StringBuilder("{\"flags\":{");
    for (int i = 0; i < 20_000; i++) {
      large
          .append(i == 0 ? "" : ",")
          .append("\"flag-")
          .append(i)
          .append("\":{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},")
          .append("\"defaultVariant\":\"off\",\"x-off\":\"off\"}");
    }
    String document = large.append("}}").toString();
    try (EventReader follower = EventReader.open(office.url(path("")))) {
      await().until(() -> follower.events.size() == 1);

      HttpResponse<String> response =
          office.send(HttpRequest.newBuilder(URI.create(office.url(path("?author=ana&revision=1"))))
              .timeout(Duration.ofMinutes(2)) // the machine may be busy
              .header("Content-Type", JSON)
              .PUT(HttpRequest.BodyPublishers.ofString(document)));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      await().until(() -> follower.events.size() == 2);
      EventReader.Event all = follower.events.get(1);
      assertThat(all.id()).startsWith("2");
      assertThat(all.data().at("/document/flags").size()).isEqualTo(20_000);

      office.flags.kill(set, new Signature("ana", "It burns"), "flag-19999", true);
      await().until(() -> follower.events.stream().anyMatch(event -> event.id().startsWith("3-")));
    }
    assertThat(json(office.get(path(""))).get("flags").size()).isEqualTo(20_000);
  }

  @Test
  void put_ofMoreThan32MiB_isRefusedBeforeItIsRead() throws IOException {
    int port = office.backOffice.address().getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String head = "PUT " + path("?author=ana&revision=1") + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
          + "\r\nContent-Type: application/json\r\nContent-Length: " + ((32 << 20) + 1)
          + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      BufferedReader lines = new BufferedReader(
          new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(lines.readLine()).startsWith("HTTP/1.1 413");
      assertThat(lines.lines().anyMatch(line -> line.contains("at most 32 MiB")))
          .isTrue();
    }
  }

  @Test
  void anything_ofAnUnknownSet_is404() {
    String there = set;
    set = "nowhere";

    assertThat(office.get(path("")).statusCode()).isEqualTo(404);
    assertThat(office.get(path("/trips")).statusCode()).isEqualTo(404);
    assertThat(office.get(path(""), "Accept", "text/event-stream").statusCode()).isEqualTo(404);
    assertThat(put("?author=a&revision=1", SampleFlags.JSON).statusCode()).isEqualTo(404);
    assertThat(put("/banner?author=a", "{}").statusCode()).isEqualTo(404);
    assertThat(office
            .send("PUT", "/api/v1/flags/Bad%20name?author=a&revision=0", JSON, SampleFlags.JSON)
            .statusCode())
        .isEqualTo(422);
    set = there;
  }

  @Test
  void putFlag_whileAnotherIsWrong_isNotHeldUp() {
    office.jdbi.useHandle(handle -> handle.execute(
        "update flag_set set document = replace(document::text, '\"large\":50', '\"large\":null')::json where name = ?",
        set)); // as after an upgrade that is stricter

    assertThat(put("/banner?author=a", flag("banner").toString().replace("DE", "ES"))
            .statusCode())
        .isEqualTo(200);
    assertThat(office
            .post(path("/page-size/kill"), JSON, "{\"author\":\"a\",\"reason\":\"r\"}")
            .statusCode())
        .isEqualTo(200);
  }

  @Test
  void kill_andUnkill_changeOnlyThat() {
    JsonNode before = flag("new-checkout");
    String body = "{\"author\":\"ana\",\"reason\":\"It burns\"}";

    assertThat(json(office.post(path("/new-checkout/kill"), JSON, body))
            .get("revision")
            .longValue())
        .isEqualTo(2);
    assertThat(flag("new-checkout").get("x-killed").booleanValue()).isTrue();
    assertThat(json(office.post(path("/new-checkout/kill"), JSON, body)).has("unchanged"))
        .isTrue();
    office.post(path("/new-checkout/unkill"), JSON, body);
    assertThat(flag("new-checkout")).isEqualTo(before);
    assertThat(office.flags.history(set, "new-checkout", 10))
        .extracting(edit -> edit.change().kind())
        .containsExactly("unkill", "kill", "document");
  }

  @Test
  void trip_byItsAction_isActedOnAndListed() {
    List<String> outcomes = new ArrayList<>();
    for (String decision : List.of(
        "{\"flag\":\"banner\",\"variant\":\"spring\",\"action\":\"hold\",\"eValue\":31.5}",
        "{\"flag\":\"new-checkout\",\"variant\":\"on\",\"action\":\"rollBack\",\"revision\":1,\"baseline\":{\"variant\":\"off\"}}",
        "{\"flag\":\"new-checkout\",\"variant\":\"on\",\"action\":\"kill\",\"revision\":1}",
        "{\"flag\":\"banner\",\"variant\":\"spring\",\"action\":\"kill\"}",
        "{\"flag\":\"banner\",\"variant\":\"spring\",\"action\":\"kill\"}",
        "{\"flag\":\"page-size\",\"variant\":\"large\",\"action\":\"rollBack\"}")) {
      HttpResponse<String> response = office.post(path("/trips"), JSON, decision);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
      assertThat(json(response).get("decision")).isEqualTo(MAPPER.readTree(decision));
      outcomes.add(json(response).get("outcome").stringValue());
    }

    assertThat(outcomes)
        .containsExactly("told", "acted", "too-late", "acted", "no-change", "acted");
    assertThat(flag("new-checkout").has("targeting")).isFalse();
    assertThat(flag("new-checkout").get("defaultVariant").stringValue()).isEqualTo("off");
    assertThat(flag("new-checkout").has("x-killed")).isFalse();
    assertThat(flag("banner").get("x-killed").booleanValue()).isTrue();
    assertThat(flag("page-size").get("state").stringValue()).isEqualTo("DISABLED");
    JsonNode listed = json(office.get(path("/trips?flag=banner"))).get("trips");
    assertThat(listed.size()).isEqualTo(3);
    assertThat(listed.get(1).get("revision").longValue()).isEqualTo(3);
    assertThat(listed.get(2).at("/decision/eValue").doubleValue()).isEqualTo(31.5);
  }

  @Test
  void put_manyAtOnce_oneWinsEachRevision() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String key = "flag-" + i;
      Thread thread = new Thread(() -> {
        for (int n = 0; n < 5; n++) {
          put(
              "/" + key + "?author=" + key,
              "{\"state\":\"ENABLED\",\"variants\":{\"n\":" + n + "}}");
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join(30_000);
    }

    assertThat(revision()).isEqualTo(41);
    awaitKnown();
    assertThat(office.flagHub.get(set).documentJson())
        .as("changes one by one lead to the document")
        .isEqualTo(office.flags.find(set).orElseThrow().toJson());
    assertThat(office.flags.lately(set, office.flagHub.get(set).version(), 40))
        .extracting(delta -> delta.change().revision())
        .containsExactlyElementsOf(
            java.util.stream.LongStream.rangeClosed(2, 41).boxed().toList());
  }

  /** Nor to show their pages, which would take longer with each document and each change. */
  @Test
  void sets_areListed_withoutReadingDocuments() {
    awaitKnown();
    office.jdbi.useHandle(
        handle -> handle.execute("update flag_set set document = '[]' where name = ?", set));
    try {
      JsonNode listed = json(office.get("/api/v1/flags")).get("sets");
      assertThat(
              listed.valueStream().filter(each -> each.get("set").stringValue().equals(set)))
          .singleElement()
          .satisfies(each -> assertThat(each.get("flags").intValue()).isEqualTo(6));
      assertThat(office.get("/flags/" + set).body()).contains("new-checkout", "page-size");
    } finally {
      office.jdbi.useHandle(handle -> handle.execute(
          "update flag_set set document = ?::json where name = ?", SampleFlags.JSON, set));
    }
  }

  @Test
  void latestOfFlags_isOfEachThatIsAskedFor() {
    Signature ben = new Signature("ben", "");
    office.flags.kill(set, ben, "banner", true);
    office.flags.kill(set, ben, "theme", true);
    office.flags.kill(set, ben, "banner", false);

    assertThat(office.flags.latestOfFlags(set, List.of("banner", "theme", "page-size", "none")))
        .extractingFromEntries(
            latest -> latest.getKey() + " " + latest.getValue().revision())
        .containsExactlyInAnyOrder("banner 4", "theme 3", "page-size 1");
  }

  @Test
  void sets_listsEachWithItsNewestChange() {
    JsonNode listed = json(office.get("/api/v1/flags")).get("sets");

    assertThat(listed.valueStream().map(each -> each.get("set").stringValue())).contains(set);
    assertThat(listed.get(0).get("author").stringValue()).isNotEmpty();
  }
}
