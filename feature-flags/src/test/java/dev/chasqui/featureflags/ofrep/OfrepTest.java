package dev.chasqui.featureflags.ofrep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import dev.openfeature.sdk.ImmutableContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What clients are answered; the clients of JavaScript themselves are asked in reference-app. */
final class OfrepTest {
  private static final String FLAGS = """
      {"metadata": {"flagSetId": "shop", "version": 7}, "flags": {
        "on": {"state": "ENABLED", "variants": {"yes": true, "no": false}, "defaultVariant": "yes", "metadata": {"owner": "ana"}},
        "colour": {"state": "ENABLED", "variants": {"red": "#f00", "blue": "#00f"}, "defaultVariant": "red",
          "targeting": {"if": [{"==": [{"var": "country"}, "DE"]}, "blue"]}},
        "limit": {"state": "ENABLED", "variants": {"few": 3, "many": 2.5}, "defaultVariant": "few"},
        "shape": {"state": "ENABLED", "variants": {"a": {"corners": [1, 2]}}, "defaultVariant": "a"},
        "off": {"state": "DISABLED", "variants": {"yes": true}, "defaultVariant": "yes"},
        "yours": {"state": "ENABLED", "variants": {"yes": true}, "defaultVariant": null},
        "wrong": {"state": "ENABLED", "variants": {}, "defaultVariant": "yes"},
        "failing": {"state": "ENABLED", "variants": {"yes": true}, "defaultVariant": "yes", "targeting": {"var": "word"}},
        "echo": {"state": "ENABLED", "variants": {"int": 1, "other": 2}, "defaultVariant": "other",
          "targeting": {"if": [{"===": [{"var": "n"}, 9007199254740993]}, "int"]}}
      }}""";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final AtomicReference<FlagSet> flags = new AtomicReference<>(set(FLAGS, 41));
  private final Ofrep ofrep = Ofrep.of(flags::get);

  private static FlagSet set(String document, long revision) {
    return FlagSet.of(FlagDocument.parse(document).withRevision(revision));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode json(OfrepAnswer answer) {
    assertThat(answer.headers()).containsEntry("Content-Type", "application/json");
    return JSON.readTree(answer.body());
  }

  private OfrepAnswer all(String body) {
    return ofrep.evaluateAll(bytes(body), null, null);
  }

  private static JsonNode flag(JsonNode all, String key) {
    for (JsonNode flag : all.get("flags")) {
      if (flag.get("key").stringValue().equals(key)) {
        return flag;
      }
    }
    throw new AssertionError(key + " is not in " + all);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
      on | {} | {"key":"on","reason":"STATIC","variant":"yes","value":true,"metadata":{"flagSetId":"shop","owner":"ana","version":7}}
      colour | {"context":{"targetingKey":"u","country":"DE"}} | {"key":"colour","reason":"TARGETING_MATCH","variant":"blue","value":"#00f","metadata":{"flagSetId":"shop","version":7}}
      colour | {"context":{"targetingKey":"u","country":"FR"}} | {"key":"colour","reason":"DEFAULT","variant":"red","value":"#f00","metadata":{"flagSetId":"shop","version":7}}
      limit | {"context":{}} | {"key":"limit","reason":"STATIC","variant":"few","value":3,"metadata":{"flagSetId":"shop","version":7}}
      shape | {} | {"key":"shape","reason":"STATIC","variant":"a","value":{"corners":[1,2]},"metadata":{"flagSetId":"shop","version":7}}
      off | {} | {"key":"off","reason":"DISABLED","metadata":{"flagSetId":"shop","version":7}}
      yours | {} | {"key":"yours","reason":"DEFAULT","metadata":{"flagSetId":"shop","version":7}}
      """)
  void evaluate_flagThatIsRight_isAnsweredAsTheProtocolSays(
      String key, String body, String expected) {
    OfrepAnswer answer = ofrep.evaluate(key, bytes(body));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(json(answer)).isEqualTo(JSON.readTree(expected));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
      nothing | {} | 404 | FLAG_NOT_FOUND
      wrong | {} | 400 | PARSE_ERROR
      failing | {"context":{"word":"unheard of"}} | 500 | GENERAL
      on | {"context": | 400 | PARSE_ERROR
      on | [] | 400 | PARSE_ERROR
      on | {} {} | 400 | PARSE_ERROR
      on | {"context":{},"context":{}} | 400 | PARSE_ERROR
      on | {"context":{"a":NaN}} | 400 | PARSE_ERROR
      on | {"context":null} | 400 | INVALID_CONTEXT
      on | {"context":"ana"} | 400 | INVALID_CONTEXT
      on | {"context":{"targetingKey":7}} | 400 | INVALID_CONTEXT
      on | {"context":{"a":[1e999]}} | 400 | INVALID_CONTEXT
      """)
  void evaluate_flagOrRequestThatIsWrong_saysWhat(
      String key, String body, int status, String code) {
    OfrepAnswer answer = ofrep.evaluate(key, bytes(body));

    assertThat(answer.status()).as("%s", json(answer)).isEqualTo(status);
    assertThat(json(answer).get("key").stringValue()).isEqualTo(key);
    assertThat(json(answer).get("errorCode").stringValue()).isEqualTo(code);
    assertThat(json(answer).get("errorDetails").stringValue()).isNotBlank();
  }

  @Test
  void evaluate_bodyTooLargeOrDeep_is400() {
    String large = "{\"context\":{\"a\":\"" + "x".repeat(Ofrep.LARGEST_BODY) + "\"}}";
    String deep = "{\"context\":{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}}";

    for (String body : List.of(large, deep)) {
      OfrepAnswer answer = ofrep.evaluate("on", bytes(body));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(json(answer).get("errorCode").stringValue()).isEqualTo("PARSE_ERROR");
      assertThat(answer.body().length).isLessThan(1000);
    }
  }

  @Test
  void evaluate_wholeNumberBeyondADouble_isNotRounded() {
    assertThat(variant("echo", "{\"context\":{\"n\":9007199254740993}}")).isEqualTo("int");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "", "{\"context\":{}}", "{\"context\":{\"targetingKey\":null}}"})
  void evaluate_withoutContext_isOfNobody(String body) {
    assertThat(variant("colour", body)).isEqualTo("red");
  }

  private String variant(String key, String body) {
    return json(ofrep.evaluate(key, bytes(body))).get("variant").stringValue();
  }

  @Test
  void evaluateAll_listsEveryFlag_thoseOffOrWrongToo() {
    JsonNode all = json(all("{}"));

    assertThat(all.get("flags").size()).isEqualTo(9);
    assertThat(flag(all, "off").has("value")).isFalse();
    assertThat(flag(all, "wrong").get("errorCode").stringValue()).isEqualTo("PARSE_ERROR");
    assertThat(flag(all, "shape").get("value")).isEqualTo(JSON.readTree("{\"corners\":[1,2]}"));
    assertThat(all.get("metadata"))
        .isEqualTo(JSON.readTree("{\"flagSetId\":\"shop\",\"version\":7}"));
    assertThat(all.has("eventStreams")).isFalse();
  }

  @Test
  void evaluateAll_badBody_is400WithoutKey() {
    OfrepAnswer answer = all("nonsense");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).get("errorCode").stringValue()).isEqualTo("PARSE_ERROR");
    assertThat(json(answer).has("key")).isFalse();
  }

  @Test
  void evaluateAll_sameAnswerAsBefore_isNotModified() {
    String etag = etag(all("{\"context\":{\"country\":\"DE\"}}"));

    for (String header : List.of(etag, "W/" + etag, "\"x\", " + etag, "*")) {
      OfrepAnswer again =
          ofrep.evaluateAll(bytes("{\"context\":{\"country\":\"DE\"}}"), header, null);
      assertThat(again.status()).as(header).isEqualTo(304);
      assertThat(again.body()).isEmpty();
      assertThat(again.headers()).containsEntry("ETag", etag);
    }
    for (String header : List.of("\"x\"", "", "W/")) {
      assertThat(ofrep
              .evaluateAll(bytes("{\"context\":{\"country\":\"DE\"}}"), header, null)
              .status())
          .as(header)
          .isEqualTo(200);
    }
    assertThat(ofrep
            .evaluateAll(bytes("{\"context\":{\"country\":\"FR\"}}"), etag, null)
            .status())
        .as("another context")
        .isEqualTo(200);
    flags.set(set(FLAGS.replace("#00f", "#00e"), 42));
    assertThat(ofrep
            .evaluateAll(bytes("{\"context\":{\"country\":\"DE\"}}"), etag, null)
            .status())
        .as("other flags")
        .isEqualTo(200);
  }

  private static String etag(OfrepAnswer answer) {
    return Objects.requireNonNull(answer.headers().get("ETag"));
  }

  @Test
  void evaluateAll_ruleThatGoesByTime_isModifiedWithIt() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(99));
    InstantSource clock = now::get;
    flags.set(FlagSet.empty(clock, new ImmutableContext()).next(FlagDocument.parse("""
            {"flags": {"late": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
              "targeting": {"if": [{">=": [{"var": "$flagd.timestamp"}, 100]}, "on"]}}}}""")));
    String etag = etag(all("{}"));

    assertThat(ofrep.evaluateAll(bytes("{}"), etag, null).status()).isEqualTo(304);
    now.set(Instant.ofEpochSecond(100));
    assertThat(ofrep.evaluateAll(bytes("{}"), etag, null).status()).isEqualTo(200);
  }

  @Test
  void evaluateAll_afterEventOfNewerFlags_isNeverNotModified() {
    String etag = etag(all("{}"));
    String old = ofrep.version();
    Ofrep elsewhere = Ofrep.of(() -> set(FLAGS.replace("#f00", "#e00"), 42));

    assertThat(ofrep.isOlderThan(old)).isFalse();
    assertThat(ofrep.isOlderThan('"' + old + '"')).isFalse();
    assertThat(ofrep.isOlderThan(elsewhere.version())).isTrue();
    assertThat(elsewhere.isOlderThan(old)).isFalse();
    assertThat(ofrep.isOlderThan("nonsense")).isFalse();
    assertThat(ofrep.isOlderThan("-1")).isFalse();
    assertThat(ofrep.evaluateAll(bytes("{}"), etag, old).status()).isEqualTo(304);
    assertThat(ofrep.evaluateAll(bytes("{}"), etag, elsewhere.version()).status())
        .isEqualTo(200);
  }

  @Test
  void evaluateAll_withEvents_saysWhereTheyAre() {
    Ofrep path = ofrep.withEvents(new EventStream("/events?a=b", EventStream.USUAL_INACTIVITY));
    Ofrep url = ofrep.withEvents(new EventStream("https://e.example/s", Duration.ofSeconds(9)));

    assertThat(json(path.evaluateAll(bytes("{}"), null, null)).get("eventStreams"))
        .isEqualTo(
            JSON.readTree(
                "[{\"type\":\"sse\",\"endpoint\":{\"requestUri\":\"/events?a=b\"},\"inactivityDelaySec\":120}]"));
    assertThat(json(url.evaluateAll(bytes("{}"), null, null)).get("eventStreams"))
        .isEqualTo(JSON.readTree(
            "[{\"type\":\"sse\",\"url\":\"https://e.example/s\",\"inactivityDelaySec\":9}]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"//evil.example/x", "ftp://e.example/", "events?token=secret", "http:", ""})
  void eventStream_badAddress_isRefusedWithoutTellingIt(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EventStream(address, Duration.ofSeconds(1)))
        .withMessageNotContaining("secret");
    assertThat(new EventStream("/s?token=secret", Duration.ofSeconds(1)).toString())
        .doesNotContain("secret");
  }

  @Test
  void refetchEvent_isAnEventOfThisVersion() {
    String event = ofrep.refetchEvent(Instant.ofEpochSecond(1771622898));

    assertThat(event)
        .startsWith("id: " + ofrep.version() + "\nevent: message\ndata: {")
        .endsWith("}\n\n");
    JsonNode data = JSON.readTree(event.substring(event.indexOf("data: ") + 6));
    assertThat(data.get("type").stringValue()).isEqualTo("refetchEvaluation");
    assertThat(data.get("etag").stringValue()).isEqualTo('"' + ofrep.version() + '"');
    assertThat(data.get("lastModified").longValue()).isEqualTo(1771622898);
  }

  @Test
  void version_killedFlags_isAnother() {
    String before = ofrep.version();
    FlagSet set = flags.get();
    flags.set(set.next(set.document().killed(Set.of("on"))));

    assertThat(ofrep.version()).isNotEqualTo(before).startsWith("41-");
    assertThat(ofrep.isOlderThan(before)).as("equal revisions: cannot know").isTrue();
  }

  /** Bodies of random bytes, and good ones that were damaged, for good and for bad keys. */
  @Test
  void evaluate_anyBytes_isAnAnswer() {
    Random random = new Random(7);
    byte[] good = bytes(
        "{\"context\":{\"targetingKey\":\"u\u00e9\\ud83d\",\"a\":[1,{\"b\":-2.5e3}],\"c\":null,\"d\":true}}");
    int right = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] body = i % 2 == 0 ? random(random) : damaged(good, random);
      String key = i % 3 == 0 ? "colour" : "\ud800" + i;
      OfrepAnswer one = ofrep.evaluate(key, body);
      OfrepAnswer all = ofrep.evaluateAll(body, header(random), header(random));

      assertThat(one.status()).isIn(200, 400, 404);
      assertThat(all.status()).isIn(200, 304, 400);
      assertThat(json(one).has("key")).isTrue();
      right += all.status() == 200 ? 1 : 0;
    }
    assertThat(right).as("bodies that were still right").isBetween(500, 15_000);
  }

  private static byte[] random(Random random) {
    byte[] body = new byte[random.nextInt(40)];
    random.nextBytes(body);
    if (random.nextBoolean()) {
      byte[] likely = bytes("{}[]\":,context0-1eE.tfn\\u ");
      for (int i = 0; i < body.length; i++) {
        body[i] = likely[Math.floorMod(body[i], likely.length)];
      }
    }
    return body;
  }

  private static byte[] damaged(byte[] good, Random random) {
    byte[] body =
        Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
    for (int n = random.nextInt(3); n > 0 && body.length > 0; n--) {
      body[random.nextInt(body.length)] = (byte) random.nextInt(256);
    }
    return body;
  }

  private static @Nullable String header(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> null;
      case 1 -> "\"x\", W/,,*".substring(random.nextInt(9));
      default -> random.nextInt(100) + "-" + random.nextLong();
    };
  }
}
