package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.chasqui.pointcache.StoredValue.Kind;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Java keeps to the fixtures of SPEC.md, which all languages share. */
@ExtendWith(RealServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FixturesTest {
  private static final Path FIXTURES = Path.of("fixtures");
  private static final Map<String, Kind> KINDS =
      Map.of("R", Kind.ROW, "N", Kind.NO_ROW, "I", Kind.KEYS, "X", Kind.TOO_MANY);

  /** One of a file; its name is that of the test. */
  record Case(JsonNode json) {
    String text(String name) {
      return json.required(name).asString();
    }

    List<@Nullable String> texts(String name) {
      return FixturesTest.texts(json.required(name));
    }

    @Override
    public String toString() {
      return text("name") + " (" + String.join(", ", strings(json.required("rules"))) + ")";
    }
  }

  private @Nullable Steps steps;

  @BeforeAll
  void start(RedisProcess server) {
    steps = new Steps(RedisConfig.parse(server.uri()));
  }

  @AfterAll
  void stop() {
    steps().close();
  }

  private Steps steps() {
    Steps started = steps;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  private static Stream<Case> cases(String file) throws Exception {
    JsonNode json = JsonMapper.shared().readTree(Files.readString(FIXTURES.resolve(file)));
    List<Case> cases = new ArrayList<>();
    json.required("cases").forEach(each -> cases.add(new Case(each)));
    return cases.stream();
  }

  private static List<@Nullable String> texts(JsonNode array) {
    List<@Nullable String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.isNull() ? null : each.asString()));
    return texts;
  }

  private static List<String> strings(JsonNode array) {
    return texts(array).stream().map(String::valueOf).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Stream<Case> keys() throws Exception {
    return cases("keys.json");
  }

  @ParameterizedTest
  @MethodSource
  void keys(Case each) {
    String table = each.text("table");
    int dot = table.indexOf('.');
    String kind = each.text("kind");
    String column = kind.equals("pk") ? "id" : each.text("column");
    Table of = new Table(
        table.substring(0, dot),
        table.substring(dot + 1),
        List.of(new Column("id", "text")),
        "id",
        kind.equals("u") ? Set.of(column) : Set.of(),
        kind.equals("n") ? Set.of(column) : Set.of());
    Keys keys = new Keys(each.text("namespace"));
    String key = keys.beginning(each.json.required("generation").asLong(), of, column)
        + Keys.value(each.text("value"));
    assertThat(key).isEqualTo(each.text("key"));
    String end = key.substring(key.lastIndexOf(':') + 1);
    if (!end.startsWith("#")) {
      assertThat(Keys.unescape(end)).isEqualTo(each.text("value"));
    }
  }

  static Stream<Case> fingerprints() throws Exception {
    return cases("fingerprints.json");
  }

  @ParameterizedTest
  @MethodSource
  void fingerprints(Case each) {
    List<Column> columns = new ArrayList<>();
    each.json
        .required("columns")
        .forEach(column -> columns.add(new Column(
            column.required("name").asString(), column.required("type").asString())));
    Table table = new Table("public", "t", columns, columns.get(0).name(), Set.of(), Set.of());
    assertThat(table.fingerprint()).isEqualTo(each.text("fingerprint"));
  }

  static Stream<Case> payloads() throws Exception {
    return cases("payloads.json");
  }

  @ParameterizedTest
  @MethodSource
  void payloads(Case each) {
    if (each.json.has("refused")) {
      assertThat(Payload.read(bytes(each.text("refused")), 0)).isNull();
      return;
    }
    List<@Nullable String> texts = each.texts("texts");
    for (String json : strings(each.json.required("json"))) {
      assertThat(Payload.read(bytes(json), 0)).as(json).isEqualTo(texts);
      assertThat(Payload.read(bytes("ñ|" + json), 3)).as(json).isEqualTo(texts);
    }
    assertThat(Payload.read(bytes(Payload.write(texts)), 0)).isEqualTo(texts);
  }

  static Stream<Case> values() throws Exception {
    return cases("values.json");
  }

  @ParameterizedTest
  @MethodSource
  void values(Case each) {
    byte[] stored = bytes(each.text("stored"));
    StoredValue value = StoredValue.read(stored, each.text("fingerprint"));
    if (each.json.has("hit")) {
      Case hit = new Case(each.json.required("hit"));
      if (value == null) {
        throw new AssertionError("it is a miss");
      }
      assertThat(value.kind()).isEqualTo(KINDS.get(hit.text("kind")));
      assertThat(value.payload()).isEqualTo(hit.texts("payload"));
      long expiry = hit.json.required("expiry").asLong();
      assertThat(value.isDue(expiry - 1, 1e-9, 0)).isFalse();
      assertThat(value.isDue(expiry, 1e-9, 0)).isTrue();
      assertThat(StoredValue.head(
              value.kind(), each.text("fingerprint"), hit.json.required("load").asLong()))
          .isEqualTo(each.text("stored").replaceFirst("V\\|[^|]*\\|([^|]*),\\d+\\|(?s:.*)", "$1"));
    } else {
      assertThat(value == null || value.payload() == null).isTrue();
      JsonNode replace = each.json.required("miss").required("replace");
      assertThat(StoredValue.beginning(stored))
          .isEqualTo(replace.isNull() ? null : replace.asString());
    }
  }

  static Stream<Case> snapshots() throws Exception {
    return cases("snapshots.json");
  }

  @ParameterizedTest
  @MethodSource
  void snapshots(Case each) {
    String snapshot = each.text("snapshot");
    for (String seen : strings(each.json.required("seen"))) {
      assertThat(fenceAValue(snapshot, seen)).as(seen).isEqualTo("0");
    }
    for (String unseen : strings(each.json.required("unseen"))) {
      assertThat(fenceAValue(snapshot, unseen)).as(unseen).isEqualTo("2");
    }
  }

  private String fenceAValue(String snapshot, String transaction) {
    String key = "snapshot " + snapshot + " " + transaction;
    steps().lease(key, "a");
    assertThat(steps().fill(key, "a", snapshot, "[]")).isEqualTo("1");
    return steps().fence(key, Long.parseLong(transaction));
  }

  static Stream<Case> transcripts() throws Exception {
    return cases("transcripts.json");
  }

  @ParameterizedTest
  @MethodSource
  void transcripts(Case each) {
    String key = "transcript " + each;
    for (JsonNode step : each.json.required("steps")) {
      if (step.has("put")) {
        steps().set(key, step.required("put").asString());
      } else {
        play(key, step);
      }
      JsonNode stored = step.required("stored");
      assertThat(steps().masked(key))
          .as("%s", step)
          .isEqualTo(stored.isNull() ? null : stored.asString());
    }
  }

  private void play(String key, JsonNode step) {
    List<String> arguments = strings(step.required("arguments")).stream()
        .map(argument -> argument.equals("$beginning")
            ? Steps.beginning(String.valueOf(steps().get(key)))
            : argument)
        .toList();
    String script = step.required("script").asString();
    if (step.has("error")) {
      assertThat(catchThrowable(() -> steps().call(script, key, arguments)))
          .as("%s", step)
          .hasMessageStartingWith(step.required("error").asString());
      return;
    }
    JsonNode reply = step.required("reply");
    assertThat(Steps.withoutMoments(steps().call(script, key, arguments)))
        .as("%s", step)
        .isEqualTo(reply.isNull() ? null : reply.asString());
  }

  /** Each rule that is numbered in bold is a rule of SPEC.md, and a fixture names no other. */
  @Test
  void rules_ofAllCases_areInTheSpecification() throws Exception {
    Set<String> rules = Pattern.compile("\\*\\*(\\d+\\.\\d+)\\b")
        .matcher(Files.readString(Path.of("SPEC.md")))
        .results()
        .map(rule -> rule.group(1))
        .collect(Collectors.toSet());
    List<Path> files;
    try (Stream<Path> found = Files.list(FIXTURES)) {
      files = found.toList();
    }
    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .as("each is played above")
        .containsExactlyInAnyOrder(
            "fingerprints.json",
            "keys.json",
            "payloads.json",
            "snapshots.json",
            "transcripts.json",
            "values.json");
    for (Path file : files) {
      assertThat(cases(file.getFileName().toString()))
          .isNotEmpty()
          .allSatisfy(each ->
              assertThat(strings(each.json.required("rules"))).isNotEmpty().isSubsetOf(rules));
    }
  }
}
