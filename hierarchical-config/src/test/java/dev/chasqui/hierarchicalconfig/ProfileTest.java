package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.assertMalformed;
import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

final class ProfileTest {
  private static final Scope ACME = Scope.parse("company:acme");

  private static Entry entry(String value) {
    return Entry.of(json(value));
  }

  private static JsonNode throughText(JsonNode json) {
    return JsonMapper.shared().readTree(json.toString());
  }

  @Test
  void with_editsOfThisRevision_setsReplacesAndRemoves() {
    Profile before =
        new Profile(ACME, 3, 7, Map.of("a", entry("1"), "b", entry("2"), "c", entry("3")));
    ProfileEdits edits = new ProfileEdits(
        ACME, 3, 5, Map.of("a", entry("10"), "d", entry("4")), Set.of("b", "not-there"));

    assertThat(before.with(edits))
        .isEqualTo(
            new Profile(ACME, 5, 7, Map.of("a", entry("10"), "c", entry("3"), "d", entry("4"))));
    assertThat(before.entries()).containsKey("b");
  }

  @Test
  void between_twoRevisions_leadsFromOneToTheOther() {
    Profile earlier =
        new Profile(ACME, 3, 1, Map.of("a", entry("1"), "b", entry("2"), "c", entry("null")));
    Profile later =
        new Profile(ACME, 5, 2, Map.of("a", entry("1"), "c", entry("3"), "d", entry("null")));
    ProfileEdits edits = ProfileEdits.between(earlier, later);
    assertThat(edits)
        .isEqualTo(new ProfileEdits(
            ACME, 3, 5, Map.of("c", entry("3"), "d", entry("null")), Set.of("b"), 2));
    assertThat(earlier.with(edits)).isEqualTo(later);
    assertThat(ProfileJson.readEdits(throughText(ProfileJson.write(edits)))).isEqualTo(edits);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProfileEdits.between(later, earlier))
        .withMessageContaining("must lead to a greater revision");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProfileEdits.between(earlier, Profile.empty(Scope.GLOBAL)))
        .withMessage("edits are of one scope, were of company:acme and global:all");
  }

  @Test
  void with_editsThatDoNotFollow_isRefused() {
    Profile profile = Profile.empty(ACME);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile.with(new ProfileEdits(ACME, 1, 2, Map.of(), Set.of())))
        .withMessage("edits of company:acme follow revision 1, this is company:acme at 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile.with(new ProfileEdits(Scope.GLOBAL, 0, 1, Map.of(), Set.of())))
        .withMessageContaining("edits of global:all");
  }

  @Test
  void profileAndEdits_thatCannotBe_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Profile(ACME, -1, 0, Map.of()))
        .withMessage("revision of company:acme must be at least 0, was -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Profile(ACME, 0, 0, Map.of("two words", entry("1"))))
        .withMessageContaining("setting key in company:acme must match");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ProfileEdits(ACME, 2, 2, Map.of(), Set.of()))
        .withMessageContaining("must lead to a greater revision");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ProfileEdits(ACME, 1, 2, Map.of("a", entry("1")), Set.of("a")))
        .withMessage("edits of company:acme both set and remove \"a\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ProfileEdits(ACME, 1, 2, Map.of(), Set.of("")))
        .withMessageContaining("must match");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> entry("[1e400]"))
        .withMessage("the value of an entry has a number that is not finite: Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Entry.of(JsonNodeFactory.instance.missingNode()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Entry(json("1"), -1, ""))
        .withMessage("revision must be at least 0, was -1");
  }

  @Test
  void profileAndEdits_collectionsChangedByOthers_stayAsTheyWere() {
    Map<String, Entry> entries = new HashMap<>(Map.of("a", entry("1")));
    Set<String> removed = new HashSet<>(Set.of("b"));
    Profile profile = new Profile(ACME, 0, 0, entries);
    ProfileEdits edits = new ProfileEdits(ACME, 0, 1, entries, removed);
    entries.clear();
    removed.clear();

    assertThat(profile.entries()).containsOnlyKeys("a").isUnmodifiable();
    assertThat(edits.set()).containsOnlyKeys("a").isUnmodifiable();
    assertThat(edits.removed()).containsExactly("b").isUnmodifiable();
  }

  @Test
  void readEntry_whatWriteWrote_isTheSame() {
    Variants variants =
        new Variants("seed/", "device", List.of(new Variants.Arm("a", 3, json("1"))));
    Entry entry =
        new Entry(json("2"), 7, "ann").withWhen(json("{'var': 'pilot'}")).withVariants(variants);
    assertThat(ProfileJson.readEntry(throughText(ProfileJson.write(entry)))).isEqualTo(entry);
    assertMalformed(() -> ProfileJson.readEntry(json("{'value': 1}")), "/revision is missing");
  }

  @Test
  void readProfile_whatWriteWrote_isTheSame() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    Profile profile = new Profile(
        ACME,
        Long.MAX_VALUE,
        Integer.MIN_VALUE,
        Map.of(
            "long", Entry.of(nodes.numberNode(15L)),
            "double", Entry.of(nodes.numberNode(-15.0)),
            "float", Entry.of(nodes.numberNode(0.1f)),
            "big", entry("12345678901234567890"),
            "text", new Entry(json("'\\u00e9\\ud83d\\ude00'"), 3, "ann"),
            "object", entry("{'a': [null, {'b': 1e300}]}")));

    assertThat(ProfileJson.readProfile(throughText(ProfileJson.write(profile)))).isEqualTo(profile);
    assertThat(throughText(ProfileJson.write(
            new Profile(ACME, 2, 0, Map.of("a", new Entry(json("1"), 2, "ann"))))))
        .isEqualTo(json("{'scope':'company:acme','revision':2,'priority':0,"
            + "'entries':{'a':{'value':1,'revision':2,'author':'ann'}}}"));
  }

  @Test
  void readEdits_whatWriteWrote_isTheSame() {
    ProfileEdits edits =
        new ProfileEdits(ACME, 3, 5, Map.of("a", entry("{'b': 2}")), Set.of("c", "d"));
    assertThat(ProfileJson.readEdits(throughText(ProfileJson.write(edits)))).isEqualTo(edits);
  }

  @Test
  void readProfile_membersOfNewerSoftware_areIgnored() {
    assertThat(ProfileJson.readProfile(json("{'scope':'global:all','revision':1.0,'priority':0,"
            + "'entries':{'a':{'value':1,'revision':1,'novel':'2030'}},'new':[]}")))
        .isEqualTo(new Profile(Scope.GLOBAL, 1, 0, Map.of("a", new Entry(json("1"), 1, ""))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          null                               | the document must be an object, was null
          [1]                                | the document must be an object, was a list
          'text'                             | the document must be an object, was "text"
          {}                                 | /scope is missing
          {'scope':1}                        | /scope must be a string, was 1
          {'scope':'acme'}                   | /scope: scope must be level:key, was "acme"
          {S}                                | /revision is missing
          {S,'revision':'1'}                 | /revision must be a whole number of 64 bits, was "1"
          {S,'revision':1.5}                 | /revision must be a whole number of 64 bits, was 1.5
          {S,'revision':9223372036854775808} | /revision must be a whole number of 64 bits
          {S,'revision':1}                   | /priority is missing
          {S,'revision':1,'priority':2147483648} | /priority must be a whole number of 32 bits
          {S,'revision':1,'priority':0}      | /entries is missing
          {S,R,'entries':[]}                 | /entries must be an object, was a list
          {S,R,'entries':{'a':1}}            | /entries/a must be an object, was 1
          {S,R,'entries':{'a':null}}         | /entries/a must be an object, was null
          {S,R,'entries':{'a':{}}}           | /entries/a/value is missing
          {S,R,'entries':{'a':{'value':1}}}  | /entries/a/revision is missing
          {S,R,'entries':{'a':{'value':1,'revision':1,'remove':'x'}}} | /entries/a/remove must be a list, was "x"
          {S,R,'entries':{'a':{'value':1,'revision':1,'binding':'strong'}}} | /entries/a/binding must be "recommended", "mandatory", "narrow-only" or bounds, was "strong"
          {S,R,'entries':{'a':{'value':1,'revision':1,'binding':{}}}} | /entries/a/binding: bounds must have "min" or "max" or both, or else "choices"
          {S,R,'entries':{'a':{'value':1,'revision':1,'binding':{'min':1e400}}}} | /entries/a/binding: "min" of a binding has a number that is not finite
          {S,R,'entries':{'a':{'value':1,'revision':1,'binding':{'choices':1}}}} | /entries/a/binding/choices must be a list, was 1
          {S,R,'entries':{'a':{'value':1,'revision':1,'from':'2030'}}} | /entries/a/from must be an instant in UTC such as "2027-01-31T08:00:00Z", was "2030"
          {S,R,'entries':{'a':{'value':1,'revision':1,'until':'2030-01-01T00:00:00+01:00'}}} | /entries/a/until must be an instant in UTC
          {S,R,'entries':{'a':{'value':1,'revision':1,'until':'2030-01-01T00:00:00.0001Z'}}} | /entries/a: "until" must be in whole milliseconds
          {S,R,'entries':{'a':{'value':1,'revision':1,'from':'2030-01-01T00:00:00Z','until':'2030-01-01T00:00:00Z'}}} | /entries/a: "until" must be after "from"
          {S,R,'entries':{'a':{'value':1,'revision':1,'then':null}}} | /entries/a: "then" must come with "until"
          {S,R,'entries':{'a':{'value':1,'revision':1,'variants':1}}} | /entries/a/variants must be an object, was 1
          {S,R,'entries':{'a':{'value':1,'revision':1,'variants':{'seed':'s','by':'d'}}}} | /entries/a/variants/arms is missing
          {S,R,'entries':{'a':{'value':1,'revision':1,'variants':{'seed':'s','by':'d','arms':[]}}}} | /entries/a/variants: variants must have 1 to 100 arms, had 0
          {S,R,'entries':{'a':{'value':1,'revision':1,'variants':{'seed':'s','by':'d','arms':[{'name':'a'}]}}}} | /entries/a/variants/arms/0/weight is missing
          {S,R,'entries':{'a':{'value':1,'revision':1,'variants':{'seed':'s','by':'d','arms':[{'name':'a','weight':0,'value':1}]}}}} | /entries/a/variants/arms/0: weight of arm "a" must be 1 to 1000000, was 0
          {S,R,'entries':{'a':{'value':[1e400],'revision':1}}} | /entries/a: the value of an entry has a number
          {S,R,'entries':{'a':{'value':1,'revision':-1}}} | /entries/a: revision must be at least 0
          {S,R,'entries':{'a':{'value':1,'revision':1,'author':5}}} | /entries/a/author must be a string, was 5
          {S,R,'entries':{'a b':{'value':1,'revision':1}}} | /entries/a b: a setting's key must match
          {S,R,'entries':{'a~/b':1}} | /entries/a~0~1b: a setting's key must match
          {S,'revision':-1,'priority':0,'entries':{}} | revision of global:all must be at least 0
          """)
  void readProfile_malformed_namesTheMember(String text, String message) {
    JsonNode json =
        json(text.replace("S", "'scope':'global:all'").replace("R", "'revision':1,'priority':0"));
    assertMalformed(() -> ProfileJson.readProfile(json), message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          ``                         | ``                 | the document is empty
          {}[]                       | ``                 | no JSON at line 1, column 3: Trailing token
          {'scope':'a:b','scope':1}  | /scope             | no JSON at line 1, column 23 in /scope: Duplicate
          {'entries':{'a~b':{'value':[1,tru | /entries/a~0b/value/1 | no JSON at line 1, column 31 in /entries/a~0b/value/1: Unrecognized token
          {'entries':{'a':           | /entries/a         | in /entries/a: Unexpected end-of-input
          """)
  void readProfile_textThatIsNoJson_saysHowFarItCouldBeRead(
      String text, String pointer, String message) {
    assertThatThrownBy(() -> ProfileJson.readProfile(text.replace('\'', '"')))
        .isInstanceOfSatisfying(
            JsonFormatException.class, e -> assertThat(e.pointer()).isEqualTo(pointer))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {S,'set':{},'removed':[]}          | /from is missing
          {S,R,'removed':[]}                 | /set is missing
          {S,R,'set':{}}                     | /removed is missing
          {S,R,'set':{},'removed':'a'}       | /removed must be a list, was "a"
          {S,R,'set':{},'removed':{}}        | /removed must be a list, was an object
          {S,R,'set':{},'removed':[null]}    | /removed/0 must be a string, was null
          {S,R,'set':{},'removed':['a b']}   | /removed/0: a setting's key must match
          {S,R,'set':[],'removed':[]}        | /set must be an object, was a list
          {S,R,'set':{'a':{'value':1,'revision':1}},'removed':['a']} | both set and remove "a"
          {S,'from':2,'revision':2,'set':{},'removed':[]} | must lead to a greater revision
          """)
  void readEdits_malformed_namesTheMember(String text, String message) {
    JsonNode json =
        json(text.replace("S", "'scope':'global:all'").replace("R", "'from':1,'revision':2"));
    assertMalformed(() -> ProfileJson.readEdits(json), message);
  }

  @Test
  void entry_asManyPartsAsItMayHave_isTaken() {
    List<JsonNode> thousand =
        IntStream.range(0, 1_000).mapToObj(i -> json(String.valueOf(i))).toList();
    List<JsonNode> more = new ArrayList<>(thousand);
    more.add(json("1000"));
    List<Variants.Arm> hundred = IntStream.range(0, 100)
        .mapToObj(i -> new Variants.Arm("arm" + i, i == 0 ? 1 : 1_000_000, json("1")))
        .toList();
    List<Variants.Arm> oneMore = new ArrayList<>(hundred);
    oneMore.add(new Variants.Arm("last", 1, json("1")));

    Entry entry = entry("1")
        .withRemove(thousand)
        .withBinding(Binding.oneOf(thousand))
        .withVariants(new Variants("seed", "id", hundred));

    assertThat(ProfileJson.readProfile(
            throughText(ProfileJson.write(new Profile(ACME, 1, 0, Map.of("a", entry))))))
        .isEqualTo(new Profile(ACME, 1, 0, Map.of("a", entry)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> entry("1").withRemove(more))
        .withMessage("\"remove\" must be at most 1000 values, was 1001");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Binding.oneOf(more))
        .withMessage("\"choices\" of a binding must be at most 1000, were 1001");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Variants("seed", "id", oneMore))
        .withMessage("variants must have 1 to 100 arms, had 101");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Variants.Arm("a", 1_000_001, json("1")))
        .withMessage("weight of arm \"a\" must be 1 to 1000000, was 1000001");
  }
}
