package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What people read of an entry that is refused: the thing, the place, the rule, the value, and who set the lock. */
final class ViolationMessageTest {
  private static EffectiveConfig resolve(String manifest, String company, String device) {
    Profile ofCompany = ProfileJson.readProfile(
        json("{'scope':'company:acme','revision':1,'priority':0,'entries':{" + company + "}}"));
    Profile ofDevice = ProfileJson.readProfile(
        json("{'scope':'device:d','revision':2,'priority':0,'entries':{" + device + "}}"));
    JsonNode declared = json(manifest);
    return new Resolver(Manifest.read(declared), Hierarchy.DEFAULT)
        .resolve(List.of(ofCompany, ofDevice), DeviceContext.NONE, Instant.EPOCH);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          'type':'int','default':1 | 'value':5,'binding':'mandatory' | 'value':6 | is locked by company:acme (ann) (set by bob)
          'type':'int','default':1 | 'value':5,'binding':{'min':4} | 'value':3 | must be at least 4, as company:acme (ann) says, was 3 (set by bob)
          'type':'int','default':1 | 'value':5,'binding':{'max':6} | 'value':7 | must be at most 6, as company:acme (ann) says, was 7 (set by bob)
          'type':'int','default':1 | 'value':5,'binding':{'min':4,'max':6} | 'value':7 | must be between 4 and 6, as company:acme (ann) says, was 7 (set by bob)
          'type':'int','default':1 | 'value':5,'binding':{'choices':[4,5]} | 'value':6 | must be one of [4, 5], as company:acme (ann) says, was 6 (set by bob)
          'type':'int','default':1,'stricter':'lower' | 'value':5,'binding':'narrow-only' | 'value':6 | must not be looser than 5 of company:acme (ann), was 6 (set by bob)
          'type':'list','default':[],'stricter':'fewer' | 'value':[1],'binding':'narrow-only' | 'value':[2] | must not be looser than [1] of company:acme (ann), was [2] (set by bob)
          'type':'int','default':1 | 'value':5 | 'value':6,'binding':'narrow-only' | cannot be narrow-only: the setting does not say which value is stricter
          'type':'string','default':'' | 'value':'' | 'value':'','binding':{'min':'a'} | cannot be bounded so: the setting is of type string
          'type':'list','default':[] | 'value':[] | 'value':[],'binding':{'choices':[[]]} | cannot be bounded so: the setting is of type list
          'type':'int','default':1 | 'value':5 | 'value':6,'binding':{'min':'x'} | cannot be bounded so: a bound must be a whole number of 32 bits
          'type':'int','default':1 | 'value':5 | 'value':6,'binding':{'min':9,'max':8} | cannot be bounded so: 9 is above 8
          'type':'int','default':1 | 'value':5 | 'value':6,'binding':{'min':7} | must be within its own bounds, at least 7, was 6
          'type':'int','default':1 | 'value':5 | 'value':6,'remove':[5] | "remove" is for settings whose lists or objects merge, this one merges first
          'type':'object','default':{},'merge':'hash' | 'value':{} | 'value':{},'remove':['/a/b'] | elements of "remove" must be JSON pointers of one step, was "/a/b"
          'type':'object','default':{},'merge':'deep' | 'value':{} | 'value':{},'remove':['a'] | elements of "remove" must be JSON pointers to members, was "a"
          'type':'object','default':{},'merge':'deep' | 'value':{} | 'value':5 | must be an object of the declared shape, was 5
          'type':'int','default':1,'max':5 | 'value':5 | 'value':6 | must be at most 5, was 6
          """)
  void violation_ofAnEntry_saysTheRuleTheValueAndWhoSetTheLock(
      String setting, String company, String device, String message) {
    EffectiveConfig config = resolve(
        "{'settings':[{'key':'k'," + setting + "}]}",
        "'k':{" + company + ",'revision':1,'author':'ann'}",
        "'k':{" + device + ",'revision':2,'author':'bob'}");

    assertThat(config.violations()).singleElement().satisfies(violation -> {
      assertThat(violation.setting()).isEqualTo("k");
      assertThat(violation.scope()).isEqualTo(Scope.parse("device:d"));
      assertThat(violation.message()).isEqualTo(message);
    });
    assertThat(config.explain("k").losers())
        .singleElement()
        .satisfies(loser -> assertThat(loser.toString()).contains("device:d"));
  }

  @Test
  void violation_ofAConfigTooLarge_namesTheBytesOfEachLevel() {
    EffectiveConfig config = resolve(
        "{'settings':[{'key':'k','type':'string','default':''}],"
            + "'limits':{'profile':30,'config':40}}",
        "'k':{'value':'\u00e9\u20ac\ud83d\ude9a','revision':1}",
        "'unknown':{'value':'twenty characters, at least','revision':2}");

    // With quotes: 3 for the key, 2 + 2 + 3 + 4 for the value; 9 and 29.
    assertThat(config.violations())
        .extracting(Violation::message)
        .containsExactly(
            "must be at most 30 bytes, was 38",
            "must be at most 40 bytes, was 52, by level {company=14, device=38}");
  }
}
