package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.assertMalformed;
import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.SettingTest.Quality;
import dev.chasqui.hierarchicalconfig.SettingTest.Zone;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
          []                                | the document must be an object, was a list
          'k'                               | the document must be an object, was "k"
          {}                                | /key is missing
          {'key':5}                         | /key must be a string
          {'key':'k'}                       | /type is missing
          {'key':'k','type':'float'}        | /type must be one of [int, long, double, boolean, string, enum, duration, object, list], was "float"
          {'key':'k','type':5}              | /type must be one of
          {'key':'k','typ':'int'}           | /typ is no member, they are [atomic, choices, default,
          {'key':'k','type':'int'}          | /default is missing
          {'key':'a b','type':'int','default':1}      | a b: key must match
          {'key':'k','type':'int','default':1.5}      | /default must be a whole number of 32 bits, was 1.5
          {'key':'k','type':'int','default':null}     | /default must be a whole number of 32 bits, was null
          {'key':'k','type':'int','default':1,'min':'0'}   | /min must be a whole number of 32 bits, was "0"
          {'key':'k','type':'int','default':1,'min':2}     | k: "default" must be at least 2, was 1
          {'key':'k','type':'int','default':1,'min':2,'max':1} | k: "min" must not be above "max"
          {'key':'k','type':'int','default':1,'step':0}    | k: "step" must be positive
          {'key':'k','type':'int','default':1,'unit':5}    | /unit must be a string, was 5
          {'key':'k','type':'int','default':1,'restartRequired':'yes'} | /restartRequired must be true or false, was "yes"
          {'key':'k','type':'int','default':1,'choices':{}}   | /choices must be a list, was an object
          {'key':'k','type':'int','default':1,'choices':[1]}  | /choices/0 must be an object, was 1
          {'key':'k','type':'int','default':1,'choices':[{'value':1},{'value':'x'}]} | /choices/1/value must be a whole number of 32 bits, was "x"
          {'key':'k','type':'int','default':1,'choices':[{'value':1,'label':5}]}     | /choices/0/label must be a string, was 5
          {'key':'k','type':'int','default':1,'choices':[{'value':1,'lable':''}]}    | /choices/0/lable is no member, they are [label, value]
          {'key':'k','type':'int','default':1,'choices':[{'value':1},{'value':1.0}]} | k: "choices" has 1 twice
          {'key':'k','type':'enum','default':'a'}          | k: "choices" must not be empty for type enum
          {'key':'k','type':'enum','default':'a','choices':[{'value':'b'}]} | k: "default" must be one of ["b"], was "a"
          {'key':'k','type':'int','default':1,'merge':'nearest'}  | /merge must be one of [first, append, union, hash, deep, deep-append, deep-union, min, max, and, or], was "nearest"
          {'key':'k','type':'int','default':1,'merge':'append'}   | k: "merge" append is not for type int
          {'key':'k','type':'string','default':'','merge':'min'}  | k: "merge" min is not for type string
          {'key':'k','type':'int','default':1,'stricter':'less'}  | /stricter must be one of [lower, higher, fewer, more], was "less"
          {'key':'k','type':'int','default':1,'stricter':'fewer'} | k: "stricter" must fit type int, was fewer
          {'key':'k','type':'int','default':1,'atomic':'a b'}     | k: "atomic" must match
          {'key':'k','type':'int','default':1,'atomic':'a','merge':'min'} | k: "atomic" is for "merge" first only
          {'key':'k','type':'int','default':1,'nullable':'yes'}   | /nullable must be true or false, was "yes"
          {'key':'k','type':'int','default':null,'nullable':true,'merge':'max'} | k: "nullable" is for "merge" first only
          {'key':'k','type':'int','default':'1','nullable':true}  | /default must be a whole number of 32 bits, was "1"
          {'key':'k','type':'int','default':1,'schema':{}}        | k: "schema" is for objects and lists, not for type int
          {'key':'k','type':'string','default':'','min':''} | k: "min", "max" and "step" are not for type string
          """)
  void readSetting_malformed_namesKeyMemberAndRule(String text, String message) {
    assertMalformed(() -> Manifest.readSetting(json(text)), message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          null            | the document must be an object, was null
          []              | the document must be an object, was a list
          {}              | /settings is missing
          {'settings':{}} | /settings must be a list, was an object
          {'settings':[G,{'type':'int'}]} | /settings/1/key is missing
          {'settings':[G,{'key':'j','type':'int','default':1,'min':2}]} | /settings/1: j: "default" must be at least 2, was 1
          {'settings':[G,G]}              | /settings/1/key "k" is declared twice
          {'settings':[G],'invariants':{}} | /invariants must be a list, was an object
          {'settings':[G],'invariants':[{'name':'i'}]} | /invariants/0/values is missing
          {'settings':[G],'invariants':[{'name':'i','values':{'x':1}}]} | /invariants/0/values/x must be a string, was 1
          {'settings':[G],'invariants':[{'name':'i','values':{},'rule':1,'message':''}]} | /invariants/0: invariant "i" must name at least one value
          {'settings':[G],'invariants':[{'name':'i','values':{'x':'y'},'rule':1,'message':''}]} | invariant "i" is about "y", which is not declared
          {'settings':[G],'limits':{'value':'x'}} | /limits/value must be a whole number of 32 bits, was "x"
          {'settings':[G],'limits':{'value':0}}   | /limits: limit "value" must be at least 1 byte, was 0
          """)
  void read_malformed_namesThePlaceAndTheRule(String text, String message) {
    String good = "{'key':'k','type':'int','default':1}";
    assertMalformed(() -> Manifest.read(json(text.replace("G", good))), message);
  }
}
