package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.chasqui.hierarchicalconfig.Violation.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

final class SettingTest {
  /** What a value of each type is read from. */
  public record Zone(String name, int speed) {
    public Zone {
      if (speed < 0) {
        throw new IllegalArgumentException("speed must not be negative, was " + speed);
      }
    }
  }

  /** How a camera sees. */
  public enum Quality {
    LOW,
    HIGH
  }

  /** Has no equals of its own. */
  public static final class Opaque {
    public int id = 7;
  }

  private static final Setting<Integer> INT = Setting.ofInt("int").withDefault(1);
  private static final Setting<Long> LONG = Setting.ofLong("long").withDefault(1L);
  private static final Setting<Double> DOUBLE = Setting.ofDouble("double").withDefault(1.0);
  private static final Setting<Boolean> BOOLEAN = Setting.ofBoolean("boolean").withDefault(true);
  private static final Setting<String> STRING = Setting.ofString("string").withDefault("");
  private static final Setting<Quality> ENUM =
      Setting.ofEnum("enum", Quality.class).withDefault(Quality.LOW);
  private static final Setting<Duration> DURATION =
      Setting.ofDuration("duration").withDefault(Duration.ZERO);
  private static final Setting<Zone> OBJECT =
      Setting.ofObject("object", Zone.class).withDefault(new Zone("city", 30));
  private static final Setting<List<Integer>> LIST =
      Setting.ofList("list", Integer.class).withDefault(List.of());
  private static final Setting<List<Quality>> ENUMS =
      Setting.ofList("enums", Quality.class).withDefault(List.of());
  private static final Setting<?> ANY_OBJECT =
      Manifest.readSetting(json("{'key': 'any', 'type': 'object', 'default': {}}"));
  private static final Setting<?> ANY_LIST =
      Manifest.readSetting(json("{'key': 'any', 'type': 'list', 'default': []}"));

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  static Stream<Arguments> accepted() {
    return Stream.of(
        arguments(INT, "15", 15),
        arguments(INT, "15.0", 15),
        arguments(INT, "1.5e1", 15),
        arguments(INT, "-0.0", 0),
        arguments(INT, "2147483647", Integer.MAX_VALUE),
        arguments(INT, "-2147483648", Integer.MIN_VALUE),
        arguments(LONG, "9223372036854775807", Long.MAX_VALUE),
        arguments(LONG, "-9223372036854775808.0", Long.MIN_VALUE),
        arguments(LONG, "1e18", 1_000_000_000_000_000_000L),
        arguments(DOUBLE, "1", 1.0),
        arguments(DOUBLE, "-0.0", 0.0),
        arguments(DOUBLE, "4.9e-324", Double.MIN_VALUE),
        arguments(DOUBLE, "1e308", 1e308),
        arguments(DOUBLE, "1000000000000000000000000", 1e24),
        arguments(BOOLEAN, "false", false),
        arguments(STRING, "''", ""),
        arguments(STRING, "'\\ud83d\\ude00'", "\ud83d\ude00"),
        arguments(ENUM, "'HIGH'", Quality.HIGH),
        arguments(DURATION, "'PT0.5S'", Duration.ofMillis(500)),
        arguments(DURATION, "'P1D'", Duration.ofHours(24)),
        arguments(DURATION, "'-PT1S'", Duration.ofSeconds(-1)),
        arguments(OBJECT, "{'name': 'dock', 'speed': 5.0}", new Zone("dock", 5)),
        arguments(OBJECT, "{'name': 'dock', 'speed': 5, 'new': 1}", new Zone("dock", 5)),
        arguments(LIST, "[1, 2.0]", List.of(1, 2)),
        arguments(LIST, "[]", List.of()),
        arguments(ENUMS, "['HIGH']", List.of(Quality.HIGH)),
        arguments(ANY_OBJECT, "{'a': null}", json("{'a': null}")),
        arguments(ANY_LIST, nested(65), json(nested(65))));
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void read_valueOfTheType_isThatValue(Setting<?> setting, String value, Object expected) {
    assertThat((Object) setting.read(json(value))).isEqualTo(expected);
    assertThat(setting.check(json(value))).isNull();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments(INT, "1.5", "must be a whole number of 32 bits, was 1.5"),
        arguments(INT, "2147483648", "must be a whole number of 32 bits, was 2147483648"),
        arguments(INT, "1e10", "must be a whole number of 32 bits"),
        arguments(INT, "'15'", "must be a whole number of 32 bits, was \"15\""),
        arguments(INT, "true", "must be a whole number of 32 bits, was true"),
        arguments(INT, "null", "must be a whole number of 32 bits, was null"),
        arguments(INT, "[]", "must be a whole number of 32 bits, was a list"),
        arguments(INT, "1e400", "must be a whole number of 32 bits"),
        arguments(LONG, "9223372036854775808", "must be a whole number of 64 bits"),
        arguments(LONG, "9223372036854775808.0", "must be a whole number of 64 bits"),
        arguments(LONG, "1" + "0".repeat(400), "must be a whole number of 64 bits, was 1000"),
        arguments(DOUBLE, "1e400", "must be a finite number"),
        arguments(DOUBLE, "-1e400", "must be a finite number"),
        arguments(DOUBLE, "1" + "0".repeat(400), "must be a finite number"),
        arguments(DOUBLE, "'NaN'", "must be a finite number, was \"NaN\""),
        arguments(BOOLEAN, "1", "must be true or false, was 1"),
        arguments(BOOLEAN, "'true'", "must be true or false"),
        arguments(STRING, "1", "must be a string, was 1"),
        arguments(STRING, "'\\ud800'", "must be a string"),
        arguments(STRING, "'\\ude00\\ud83d'", "must be a string"),
        arguments(ENUM, "0", "must be a string, was 0"),
        arguments(DURATION, "30", "must be an ISO-8601 duration such as \"PT30S\", was 30"),
        arguments(DURATION, "'30s'", "must be an ISO-8601 duration"),
        arguments(DURATION, "'PT99999999999999999999S'", "must be an ISO-8601 duration"),
        arguments(OBJECT, "[]", "must be an object of the declared shape, was a list"),
        arguments(OBJECT, "{'name': 'dock', 'speed': '5'}", "must be an object"),
        arguments(OBJECT, "{'name': 'dock', 'speed': 5.5}", "must be an object"),
        arguments(OBJECT, "{'name': 'dock', 'speed': null}", "must be an object"),
        arguments(OBJECT, "{'name': 'dock', 'speed': -1}", "must be an object"),
        arguments(LIST, "{}", "must be a list of the declared shape, was an object"),
        arguments(LIST, "[1, null]", "must be a list"),
        arguments(LIST, "['1']", "must be a list"),
        arguments(LIST, "[1.5]", "must be a list"),
        arguments(LIST, "[true]", "must be a list"),
        arguments(ENUMS, "[0]", "must be a list"),
        arguments(ENUMS, "['MIDDLE']", "must be a list"),
        arguments(ANY_OBJECT, "{'a': 1e400}", "must be an object"),
        arguments(ANY_LIST, "[null]", "must be a list"),
        arguments(ANY_LIST, nested(66), "must be a list of the declared shape, was a list"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void check_valueOfAnotherType_saysWhatItMustBe(Setting<?> setting, String value, String message) {
    Violation violation = requireNonNull(setting.check(json(value)));

    assertThat(violation.rule()).isEqualTo(Rule.WRONG_TYPE);
    assertThat(violation.setting()).isEqualTo(setting.key());
    assertThat(violation.message()).startsWith(message).hasSizeLessThan(200);
    assertThatThrownBy(() -> setting.read(json(value)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessage(setting.key() + ": " + violation.message());
  }

  @Test
  void check_nodesThatAreNoJson_areRefused() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    assertThat(STRING.check(nodes.missingNode())).isNotNull();
    assertThat(STRING.check(nodes.pojoNode("text"))).isNotNull();
    assertThat(DOUBLE.check(nodes.numberNode(Double.NaN))).isNotNull();
    JsonNode deep = nodes.objectNode();
    for (int i = 0; i < 100_000; i++) {
      deep = nodes.arrayNode().add(deep);
    }
    assertThat(ANY_LIST.check(deep)).isNotNull();
  }

  @Test
  void check_outOfRange_namesTheBoundsAndTheUnit() {
    Setting<Integer> fps =
        Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);
    Setting<Integer> open = Setting.ofInt("open").atMost(60).withDefault(15);
    Setting<Duration> interval = Setting.ofDuration("interval")
        .atLeast(Duration.ofSeconds(1))
        .withDefault(Duration.ofSeconds(1));

    assertThat(fps.check(json("1"))).isNull();
    assertThat(fps.check(json("60"))).isNull();
    assertThat(fps.check(json("0")))
        .isEqualTo(new Violation(
            Rule.OUT_OF_RANGE, "camera.fps", null, "must be between 1 and 60 fps, was 0"));
    assertThat(open.check(json("61")))
        .isEqualTo(new Violation(Rule.OUT_OF_RANGE, "open", null, "must be at most 60, was 61"));
    assertThat(interval.check(json("'PT0.9S'")))
        .isEqualTo(new Violation(
            Rule.OUT_OF_RANGE, "interval", null, "must be at least \"PT1S\", was \"PT0.9S\""));
  }

  @Test
  void check_noChoice_namesTheChoices() {
    Setting<Integer> rate = Setting.ofInt("rate").choices(10, 20).withDefault(10);

    assertThat(rate.check(json("20.0"))).isNull();
    assertThat(rate.check(json("15")))
        .isEqualTo(
            new Violation(Rule.NOT_A_CHOICE, "rate", null, "must be one of [10, 20], was 15"));
    // The same rule, whether the enum's class is here or not.
    String message = "must be one of [\"LOW\", \"HIGH\"], was \"MIDDLE\"";
    Violation violation = new Violation(Rule.NOT_A_CHOICE, "enum", null, message);
    assertThat(ENUM.check(json("'MIDDLE'"))).isEqualTo(violation);
    assertThat(Manifest.readSetting(Manifest.write(ENUM)).check(json("'MIDDLE'")))
        .isEqualTo(violation);
  }

  @Test
  void check_choicesOfAnObject_compareContent() {
    Setting<Opaque> setting =
        Setting.ofObject("opaque", Opaque.class).choices(new Opaque()).withDefault(new Opaque());

    assertThat(setting.check(json("{'id': 7.0}"))).isNull();
    assertThat(setting.check(json("{'id': 8}"))).isNotNull();
  }

  @Test
  void withDefault_outsideTheChoices_isAllowedWhereItMeansUnconfigured() {
    Setting<Integer> cells = Setting.ofInt("cells").choices(2, 3).withDefault(0);

    assertThat(cells.defaultValue()).isZero();
    assertThat(cells.check(json("0"))).isNotNull();
  }

  static Stream<Arguments> contradictions() {
    List<Integer> withNull = new ArrayList<>();
    withNull.add(null);
    Map<String, Supplier<Setting<?>>> wrong = Map.ofEntries(
        Map.entry("key must match", () -> Setting.ofInt("two words").withDefault(1)),
        Map.entry(
            "a.b: \"min\" must not be above \"max\", was 5 above 4",
            () -> Setting.ofInt("a.b").between(5, 4).withDefault(5)),
        Map.entry(
            "\"default\" must be at least 5, was 4",
            () -> Setting.ofInt("k").atLeast(5).withDefault(4)),
        Map.entry(
            "\"default\" must be at most 5.5 m, was 6",
            () -> Setting.ofDouble("k").atMost(5.5).unit("m").withDefault(6.0)),
        Map.entry(
            "\"min\", \"max\" and \"step\" are not for type string",
            () -> Setting.ofString("k").atLeast("a").withDefault("b")),
        Map.entry(
            "\"default\" must be a finite number",
            () -> Setting.ofDouble("k").withDefault(Double.NaN)),
        Map.entry(
            "\"min\" must be a finite number",
            () -> Setting.ofDouble("k").atLeast(Double.NEGATIVE_INFINITY).withDefault(1.0)),
        Map.entry(
            "\"step\" must be positive, was 0", () -> Setting.ofInt("k").step(0).withDefault(1)),
        Map.entry(
            "\"step\" must be positive, was PT-1S",
            () -> Setting.ofDuration("k").step(Duration.ofSeconds(-1)).withDefault(Duration.ZERO)),
        Map.entry(
            "\"choices\" has 1 twice",
            () -> Setting.ofDouble("k").choices(1.0, 1.0).withDefault(1.0)),
        Map.entry(
            "\"choices\" has \"LOW\" twice",
            () -> Setting.ofEnum("k", Quality.class).choices(Quality.LOW).withDefault(Quality.LOW)),
        Map.entry(
            "\"choices[0].value\" must be a finite number",
            () -> Setting.ofDouble("k").choices(Double.NaN).withDefault(1.0)),
        Map.entry(
            "\"choices[0].label\" must be at most 200 characters, was 201",
            () -> Setting.ofInt("k").choice(1, "x".repeat(201)).withDefault(1)),
        Map.entry(
            "\"description\" must be at most 4000 characters, was 4001",
            () -> Setting.ofInt("k").description("x".repeat(4_001)).withDefault(1)),
        Map.entry(
            "\"unit\" must be at most 200 characters",
            () -> Setting.ofInt("k").unit("x".repeat(201)).withDefault(1)),
        Map.entry(
            "\"default\" must be a list of the declared shape",
            () -> Setting.ofList("k", Integer.class).withDefault(withNull)),
        Map.entry(
            "\"default\" must be a string", () -> Setting.ofString("k").withDefault("\ud800")));
    return wrong.entrySet().stream().map(each -> arguments(each.getKey(), each.getValue()));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void withDefault_declarationThatContradictsItself_isRefused(
      String message, Supplier<Setting<?>> declaration) {
    assertThatThrownBy(declaration::get)
        .isInstanceOfSatisfying(
            InvalidValueException.class,
            e -> assertThat(e.violation().rule()).isEqualTo(Rule.BAD_DECLARATION))
        .hasMessageContaining(message);
  }

  @Test
  void defaultValue_ofMinusZero_isZero() {
    assertThat(Setting.ofDouble("k").atLeast(0.0).withDefault(-0.0).defaultValue())
        .isEqualTo(0.0);
  }

  @Test
  void setting_listsAndNodesChangedByOthers_staysAsItWas() {
    List<Integer> given = new ArrayList<>(List.of(1));
    Setting<List<Integer>> list = Setting.ofList("list", Integer.class).withDefault(given);
    given.add(2);
    assertThat(list.defaultValue()).containsExactly(1);

    JsonNode before = json("{'a': 1}");
    ObjectNode node = (ObjectNode) before.deepCopy();
    Setting<JsonNode> any =
        Setting.ofObject("any", JsonNode.class).choices(node).withDefault(node);
    node.put("a", 2);
    ((ObjectNode) any.defaultValue()).put("a", 3);
    ((ObjectNode) any.defaultJson()).put("a", 4);
    ((ObjectNode) any.choices().get(0).value()).put("a", 5);
    assertThat(any.defaultValue()).isEqualTo(before);
    assertThat(any.check(before)).isNull();

    ObjectNode read = (ObjectNode) json("{'a': 1}");
    JsonNode value = any.read(read);
    read.put("a", 6);
    assertThat(value).isEqualTo(before);
  }

  @Test
  void check_ofManyChoices_namesOnlySome() {
    Setting.Builder<Integer> builder = Setting.ofInt("k");
    for (int i = 0; i < 1_000; i++) {
      builder.choice(i, "choice " + i);
    }
    Violation violation = builder.withDefault(5).check(json("1000"));

    assertThat(requireNonNull(violation).message())
        .startsWith("must be one of 1000 choices such as [0, 1, 2, ")
        .endsWith(", 19], was 1000");
  }
}
