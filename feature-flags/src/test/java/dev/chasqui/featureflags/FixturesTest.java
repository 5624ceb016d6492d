package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fixtures of SPEC.md, which other languages run too. */
final class FixturesTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path FIXTURES = Path.of("fixtures");

  private static JsonNode read(String file) {
    try {
      return JSON.readTree(Files.readString(FIXTURES.resolve(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static EvaluationContext context(JsonNode data) {
    Map<String, Value> attributes = new LinkedHashMap<>();
    data.properties().forEach(entry -> attributes.put(entry.getKey(), value(entry.getValue())));
    Value key = attributes.remove("targetingKey");
    return key == null || !key.isString()
        ? new ImmutableContext(attributes)
        : new ImmutableContext(Objects.requireNonNull(key.asString()), attributes);
  }

  private static Value value(JsonNode json) {
    if (json.isArray()) {
      List<Value> elements = new ArrayList<>();
      json.forEach(element -> elements.add(value(element)));
      return new Value(elements);
    }
    if (json.isObject()) {
      Map<String, Value> members = new LinkedHashMap<>();
      json.properties().forEach(entry -> members.put(entry.getKey(), value(entry.getValue())));
      return new Value(new ImmutableStructure(members));
    }
    if (json.isString()) {
      return new Value(json.stringValue());
    }
    if (json.isBoolean()) {
      return new Value(json.booleanValue());
    }
    if (json.isInt()) {
      return new Value(json.intValue());
    }
    return json.isNumber() ? new Value(json.doubleValue()) : new Value();
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.stream()
          .map(element -> String.valueOf(plain(Coercion.plain(element))))
          .toList();
    }
    return value instanceof Number number ? (Object) number.doubleValue() : value;
  }

  private static RuleReader reader() {
    return new RuleReader(
        Attributes.OF_CONTEXTS_ALONE, "flag", "flag", Bucketing.V2, JSON.createObjectNode());
  }

  static Stream<Arguments> rules() {
    return read("rules.json")
        .get("cases")
        .valueStream()
        .map(one -> Arguments.of(one.get("rule"), one.get("data"), one.get("result")));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rule_hasItsResult(JsonNode rule, JsonNode data, JsonNode result) {
    Rule read = reader().read(rule, "");
    Object expected = plain(new Rule.Literal(Coercion.plain(value(result))).value());
    assertThat(plain(read.value(context(data), 0, null))).isEqualTo(expected);
    assertThat(plain(Shortcuts.of(read).value(context(data), 0, null))).isEqualTo(expected);
  }

  static Stream<Arguments> refused() {
    return read("rules.json")
        .get("refused")
        .valueStream()
        .map(one -> Arguments.of(one.get("rule"), one.get("at").stringValue()));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void rule_thatIsWrong_isRefusedByItsPlace(JsonNode rule, String pointer) {
    assertThatThrownBy(() -> reader().read(rule, ""))
        .isInstanceOfSatisfying(
            FlagFormatException.class, e -> assertThat(e.pointer()).isEqualTo(pointer));
  }

  static Stream<Arguments> evaluations() {
    return read("evaluation.json").get("documents").valueStream().flatMap(document -> {
      FlagSet set = FlagSet.of(FlagDocument.parse(document.get("document").toString()));
      return document.get("cases").valueStream().map(one -> Arguments.of(set, one));
    });
  }

  @ParameterizedTest
  @MethodSource("evaluations")
  void flag_isWhatTheFixtureSays(FlagSet set, JsonNode expected) {
    String key = expected.get("flag").stringValue();
    EvaluationContext context = context(expected.get("context"));
    FlagEvaluation evaluation = expected.has("at")
        ? set.evaluate(key, context, Instant.parse(expected.get("at").stringValue()))
        : set.evaluate(key, context);
    assertThat(evaluation.variant())
        .as("%s", evaluation)
        .isEqualTo(expected.get("variant").stringValue(null));
    assertThat(evaluation.reason()).isEqualTo(expected.get("reason").stringValue());
    assertThat(evaluation.errorCode() == null ? null : evaluation.errorCode().name())
        .isEqualTo(expected.has("errorCode") ? expected.get("errorCode").stringValue() : null);
    if (expected.has("metadata")) {
      assertThat(JSON.<JsonNode>valueToTree(evaluation.metadata()))
          .isEqualTo(expected.get("metadata"));
    }
  }
}
