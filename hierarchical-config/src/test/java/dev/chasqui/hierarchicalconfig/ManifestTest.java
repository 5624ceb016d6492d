package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.SettingTest.Quality;
import dev.chasqui.hierarchicalconfig.SettingTest.Zone;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ManifestTest {
  private static final Setting<Integer> FPS = Setting.ofInt("camera.fps")
      .between(1, 60)
      .step(5)
      .choice(15, "smooth")
      .choice(30, "fast")
      .unit("fps")
      .description("Frames per second")
      .section("Camera")
      .owner("video")
      .restartRequired()
      .withDefault(15);

  private static final Catalogue EVERY_KIND = Catalogue.of(
      FPS,
      Setting.ofLong("long").atLeast(-1L).withDefault(Long.MAX_VALUE),
      Setting.ofDouble("double").atMost(0.5).step(0.25).withDefault(0.1),
      Setting.ofBoolean("boolean").withDefault(true),
      Setting.ofString("string").choices("a", "b").withDefault(""),
      Setting.ofEnum("enum", Quality.class).withDefault(Quality.HIGH),
      Setting.ofDuration("duration").atLeast(Duration.ZERO).withDefault(Duration.ofDays(2)),
      Setting.ofObject("object", Zone.class)
          .choice(new Zone("city", 30), "City")
          .withDefault(new Zone("city", 30)),
      Setting.ofList("list", Zone.class).withDefault(List.of(new Zone("dock", 5))));

  @Test
  void write_everyMember_isThere() {
    assertThat(Manifest.write(FPS).toString())
        .isEqualTo("{\"key\":\"camera.fps\",\"type\":\"int\",\"default\":15,"
            + "\"min\":1,\"max\":60,\"step\":5,"
            + "\"choices\":[{\"value\":15,\"label\":\"smooth\"},{\"value\":30,\"label\":\"fast\"}],"
            + "\"unit\":\"fps\",\"description\":\"Frames per second\",\"section\":\"Camera\","
            + "\"owner\":\"video\",\"restartRequired\":true}");
  }

  @Test
  void read_whatWriteWroteOfEveryKind_declaresTheSame() {
    JsonNode written = JsonMapper.shared().readTree(Manifest.write(EVERY_KIND).toString());

    Catalogue read = Manifest.read(written);

    assertThat(Manifest.write(read)).isEqualTo(written);
    assertThat(read.settings())
        .extracting(setting -> setting.type().kind())
        .containsExactly(SettingType.Kind.values());
    assertThat(read.size()).isEqualTo(EVERY_KIND.size());
    // Both sides, with the classes and without, refuse and accept the same.
    for (String value : List.of(
        "1",
        "15",
        "0.25",
        "true",
        "'a'",
        "'LOW'",
        "'PT1S'",
        "{'name':'city','speed':30}",
        "[]",
        "null")) {
      for (Setting<?> setting : EVERY_KIND.settings()) {
        assertThat(read.check(setting.key(), json(value)))
            .as("%s = %s", setting.key(), value)
            .isEqualTo(setting.check(json(value)));
      }
    }
  }

  @Test
  void readSetting_choiceWithoutLabel_isLabelledWithItsText() {
    Setting<?> setting = Manifest.readSetting(
        json("{'key':'k','type':'int','default':0,'choices':[{'value':2.0}]}"));
    assertThat(setting.choices()).extracting(Choice::label).containsExactly("2");
    assertThat(setting.restartRequired()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          []                                | a declaration must be an object, was a list
          'k'                               | a declaration must be an object, was "k"
          {}                                | "key" must be a string
          {'key':5}                         | "key" must be a string
          {'key':'k'}                       | k: "type" must be one of [int, long, double, boolean, string, enum, duration, object, list], was missing
          {'key':'k','type':'float'}        | k: "type" must be one of [int, long, double, boolean, string, enum, duration, object, list], was "float"
          {'key':'k','type':5}              | k: "type" must be one of
          {'key':'k','typ':'int'}           | k: "typ" is no member, they are [atomic, choices, default,
          {'key':'k','type':'int'}          | k: "default" must be a whole number of 32 bits, was missing
          {'key':'a b','type':'int','default':1}      | a b: key must match
          {'key':'k','type':'int','default':1.5}      | k: "default" must be a whole number of 32 bits, was 1.5
          {'key':'k','type':'int','default':null}     | k: "default" must be a whole number of 32 bits, was null
          {'key':'k','type':'int','default':1,'min':'0'}   | k: "min" must be a whole number of 32 bits, was "0"
          {'key':'k','type':'int','default':1,'min':2}     | k: "default" must be at least 2, was 1
          {'key':'k','type':'int','default':1,'min':2,'max':1} | k: "min" must not be above "max"
          {'key':'k','type':'int','default':1,'step':0}    | k: "step" must be positive
          {'key':'k','type':'int','default':1,'unit':5}    | k: "unit" must be a string, was 5
          {'key':'k','type':'int','default':1,'restartRequired':'yes'} | k: "restartRequired" must be true or false, was "yes"
          {'key':'k','type':'int','default':1,'choices':{}}   | k: "choices" must be a list, was an object
          {'key':'k','type':'int','default':1,'choices':[1]}  | k: "choices[0].value" must be a whole number of 32 bits, was missing
          {'key':'k','type':'int','default':1,'choices':[{'value':1},{'value':'x'}]} | k: "choices[1].value" must be a whole number of 32 bits, was "x"
          {'key':'k','type':'int','default':1,'choices':[{'value':1,'label':5}]}     | k: "choices[0].label" must be a string, was 5
          {'key':'k','type':'int','default':1,'choices':[{'value':1,'lable':''}]}    | k: "choices[0].lable" is no member, they are [label, value]
          {'key':'k','type':'int','default':1,'choices':[{'value':1},{'value':1.0}]} | k: "choices" has 1 twice
          {'key':'k','type':'enum','default':'a'}          | k: "choices" must not be empty for type enum
          {'key':'k','type':'enum','default':'a','choices':[{'value':'b'}]} | k: "default" must be one of ["b"], was "a"
          {'key':'k','type':'int','default':1,'merge':'nearest'}  | k: "merge" must be one of [first, append, union, hash, deep, deep-append, deep-union, min, max, and, or], was "nearest"
          {'key':'k','type':'int','default':1,'merge':'append'}   | k: "merge" append is not for type int
          {'key':'k','type':'string','default':'','merge':'min'}  | k: "merge" min is not for type string
          {'key':'k','type':'int','default':1,'stricter':'less'}  | k: "stricter" must be one of [lower, higher, fewer, more], was "less"
          {'key':'k','type':'int','default':1,'stricter':'fewer'} | k: "stricter" must fit type int, was fewer
          {'key':'k','type':'int','default':1,'atomic':'a b'}     | k: "atomic" must match
          {'key':'k','type':'int','default':1,'atomic':'a','merge':'min'} | k: "atomic" is for "merge" first only
          {'key':'k','type':'int','default':1,'nullable':'yes'}   | k: "nullable" must be true or false, was "yes"
          {'key':'k','type':'int','default':null,'nullable':true,'merge':'max'} | k: "nullable" is for "merge" first only
          {'key':'k','type':'int','default':'1','nullable':true}  | k: "default" must be a whole number of 32 bits, was "1"
          {'key':'k','type':'int','default':1,'schema':{}}        | k: "schema" is for objects and lists, not for type int
          {'key':'k','type':'string','default':'','min':''} | k: "min", "max" and "step" are not for type string
          """)
  void readSetting_malformed_namesKeyMemberAndRule(String text, String message) {
    assertThatThrownBy(() -> Manifest.readSetting(json(text)))
        .isInstanceOfSatisfying(
            InvalidValueException.class,
            e -> assertThat(e.violation().rule()).isEqualTo(Violation.Rule.BAD_DECLARATION))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "{}", "{'settings':{}}", "'settings'"})
  void read_whatIsNoManifest_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Manifest.read(json(text)))
        .withMessage("a manifest must have a list \"settings\"");
  }

  @Test
  void read_settingWithoutKey_isNamedByItsPlace() {
    String good = "{'key':'k','type':'int','default':1}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Manifest.read(json("{'settings':[" + good + ",{'type':'int'}]}")))
        .withMessage("settings[1]: \"key\" must be a string, was missing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Manifest.read(json("{'settings':[" + good + "," + good + "]}")))
        .withMessage("setting \"k\" is declared twice");
  }
}
