package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Valid documents with parts torn out, renamed and replaced, their text damaged, and noise: refused in
 * one way that says where, or read in full.
 */
final class ParserFuzzTest {
  private static final long SEED = 20_261_123;
  private static final int CASES = 5_000;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private static final JsonNode PROFILE =
      json("{'scope':'company:acme','revision':3,'priority':1,'entries':{"
          + "'camera.fps':{'value':15,'revision':2,'author':'ann'},"
          + "'camera.cap':{'value':5,'revision':3,'binding':{'min':1,'max':9},"
          + "'from':'2027-01-01T00:00:00Z','until':'2027-02-01T00:00:00.5Z','then':null},"
          + "'camera.mode':{'value':'a','revision':3,'binding':{'choices':['a','b']},"
          + "'when':{'==':[{'var':'model'},'x']},'variants':{'seed':'s','by':'device',"
          + "'arms':[{'name':'one','weight':1,'value':'a'},{'name':'two','weight':9,'value':'b'}]}},"
          + "'zones':{'value':[{'name':'a','speed':[1,2.5,null]}],'revision':3,"
          + "'remove':['x',{'y':1}],'binding':'narrow-only'}}}");
  private static final JsonNode EDITS = json("{'scope':'company:acme','from':3,'revision':4,'set':{"
      + "'camera.fps':{'value':{'a':1},'revision':4,'author':'ann'}},'removed':['zones','x']}");
  private static final List<JsonNode> SETTINGS = List.of(
      json("{'key':'a','type':'int','default':5,'min':1,'max':9,'step':2,'unit':'s',"
          + "'choices':[{'value':5,'label':'five'},{'value':7}],'restartRequired':true}"),
      json("{'key':'b','type':'duration','default':'PT5S','min':'PT1S','description':'d'}"),
      json("{'key':'c','type':'object','default':{'a':[1]},'owner':'o','section':'s'}"),
      json("{'key':'d','type':'enum','default':'x','choices':[{'value':'x','label':'X'}]}"),
      json("{'key':'e','type':'list','default':[1,{'a':'b'}],'choices':[{'value':[]}]}"));

  private static final JsonNode MANIFEST =
      json("{'settings':[{'key':'a','type':'int','default':5,'merge':'min','stricter':'lower'},"
          + "{'key':'b','type':'string','default':null,'nullable':true,'atomic':'g'},"
          + "{'key':'c','type':'object','default':{},'merge':'deep','schema':{'type':'object'}}],"
          + "'invariants':[{'name':'i','values':{'x':'a','y':'b'},'rule':{'<':[1,2]},'message':'m'}],"
          + "'limits':{'value':100,'profile':1000,'config':10000}}");
  private static final List<JsonNode> DELTAS = List.of(
      json("{'merge':{'a':1,'b':{'c':null,'d':[1,{'e':null}]},'f':null}}"),
      json(
          "{'operations':[{'path':'/a','value':null},{'path':'/b/c~1d'},{'path':'/e','value':{'f':[1]}}]}"));

  private final Random random = new Random(SEED);

  @Test
  void readProfile_mutatedDocuments_areReadOrRefusedWithTheirPlace() {
    fuzz(
        () -> PROFILE,
        ProfileJson::readProfile,
        read -> ProfileJson.readProfile(ProfileJson.write(read)));
  }

  @Test
  void readEdits_mutatedDocuments_areReadOrRefusedWithTheirPlace() {
    fuzz(
        () -> EDITS,
        ProfileJson::readEdits,
        read -> ProfileJson.readEdits(ProfileJson.write(read)));
  }

  @Test
  void readSetting_mutatedDocuments_areReadOrRefusedWithTheirPlace() {
    fuzz(
        () -> SETTINGS.get(random.nextInt(SETTINGS.size())),
        json -> Manifest.write(Manifest.readSetting(json)),
        written -> Manifest.write(Manifest.readSetting(written)));
  }

  @Test
  void readManifest_mutatedDocuments_areReadOrRefusedWithTheirPlace() {
    fuzz(
        () -> MANIFEST,
        json -> Manifest.write(Manifest.read(json)),
        written -> Manifest.write(Manifest.read(written)));
  }

  @Test
  void readDelta_mutatedDocuments_areReadOrRefusedWithTheirPlace() {
    fuzz(
        () -> DELTAS.get(random.nextInt(DELTAS.size())),
        Delta::read,
        read -> Delta.read(read.toJson()));
  }

  @Test
  void resolve_anyProfilesThatCanBeRead_givesAConfigThatExplainsItself() {
    Resolver resolver =
        new Resolver(Manifest.read(MANIFEST), Hierarchy.DEFAULT, ResolutionCase.RULES);
    for (int i = 0; i < CASES; i++) {
      JsonNode mutant = PROFILE.deepCopy();
      ((ObjectNode) mutant.path("entries")).set("a", mutant.path("entries").get("camera.cap"));
      ((ObjectNode) mutant.path("entries")).set("c", mutant.path("entries").get("zones"));
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        mutant = mutate(mutant);
      }
      Profile profile;
      try {
        profile = ProfileJson.readProfile(mutant);
      } catch (IllegalArgumentException e) {
        continue;
      }
      try {
        EffectiveConfig config = resolver.resolve(
            List.of(new Profile(Scope.GLOBAL, 0, 0, profile.entries())),
            DeviceContext.NONE,
            Instant.parse("2027-01-15T00:00:00Z"));
        profile
            .entries()
            .keySet()
            .forEach(key -> assertThat(config.explain(key).toText()).startsWith(key));
        assertThat(config.fingerprint()).hasSize(64);
        config.nextChange();
      } catch (RuntimeException | StackOverflowError e) {
        fail("seed " + SEED + ", case " + i + ": " + shown(mutant), e);
      }
    }
  }

  private <T> void fuzz(
      Supplier<JsonNode> valid, Function<JsonNode, T> read, Function<T, T> roundTrip) {
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      JsonNode mutant = valid.get().deepCopy();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        mutant = mutate(mutant);
      }
      String place = "seed " + SEED + ", case " + i + ": " + shown(mutant);
      try {
        T value = read.apply(mutant);
        assertThat(roundTrip.apply(value)).as(place).isEqualTo(value);
      } catch (JsonFormatException e) {
        refused++;
        assertThat(e.getMessage()).as(place).hasSizeBetween(5, 800);
        assertLeadsSomewhere(e.pointer(), mutant, place);
      } catch (RuntimeException | StackOverflowError e) {
        fail(place, e);
      }
    }
    assertThat(refused).as("seed %s", SEED).isBetween(CASES / 10, CASES - 100);
  }

  /** To what is there, or to a member that is missing of something that is. */
  private static void assertLeadsSomewhere(String pointer, JsonNode document, String place) {
    JsonPointer compiled = JsonPointer.compile(pointer);
    if (document.at(compiled).isMissingNode() && !pointer.isEmpty()) {
      JsonNode parent = document.at(Objects.requireNonNull(compiled.head()));
      // In a mutant, also what is missing may stand in a list.
      assertThat(parent.isContainer()).as(place + " at " + pointer).isTrue();
    }
  }

  @Test
  void readText_damaged_isReadOrRefusedWithItsPlace() {
    fuzzText(PROFILE, ProfileJson::readProfile);
    fuzzText(EDITS, ProfileJson::readEdits);
    fuzzText(MANIFEST, Manifest::read);
    SETTINGS.forEach(setting -> fuzzText(setting, Manifest::readSetting));
    DELTAS.forEach(delta -> fuzzText(delta, Delta::read));
  }

  @Test
  void readText_noise_isRefused() {
    for (int i = 0; i < CASES; i++) {
      byte[] noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      String text = new String(noise, random.nextBoolean() ? ISO_8859_1 : UTF_8);
      refusedOrRead(text, ProfileJson::readProfile, i);
      refusedOrRead(text, Manifest::read, i);
      refusedOrRead(text, Delta::read, i);
    }
  }

  @Test
  void readText_hugeOrDeep_isRefusedWithoutReadingOn() {
    for (String text : List.of(
        "[".repeat(1_000_000),
        "{\"a\":".repeat(1_000_000),
        "{\"merge\":{\"a\":" + "9".repeat(1_000_000) + "}}",
        "{\"merge\":{\"a\":" + "[".repeat(65) + "]".repeat(65) + "}}",
        "{\"merge\":{\"a\":1e" + "9".repeat(1_000_000) + "}}")) {
      assertThat(refusedOrRead(text, Delta::read, 0)).as("%.40s", text).isTrue();
    }
  }

  @Test
  void readText_longNamesAndManyChoices_isRefusedInAShortMessageThatHasTheRule() {
    String name = "x".repeat(10_000);
    String arm = "{\"name\":\"" + name + "\",\"weight\":1,\"value\":1}";
    String choices = IntStream.range(0, 1_000)
        .mapToObj(i -> "{\"value\":\"" + "v".repeat(60) + i + "\"}")
        .collect(Collectors.joining(","));
    assertShort(
        () -> Delta.read("{\"operations\":[{\"path\":\"/" + name + "\",\"value\":1e400}]}"),
        "has a number that is not finite");
    assertShort(
        () -> ProfileJson.readProfile(
            "{\"scope\":\"a:b\",\"revision\":1,\"priority\":0,\"entries\":{\"k\":{\"value\":1,\"revision\":1,"
                + "\"variants\":{\"seed\":\"s\",\"by\":\"d\",\"arms\":[" + arm + ',' + arm
                + "]}}}}"),
        "twice");
    assertShort(
        () -> Manifest.readSetting(
            "{\"key\":\"k\",\"type\":\"enum\",\"default\":\"z\",\"choices\":[" + choices + "]}"),
        "must be one of");
  }

  private static void assertShort(ThrowingCallable read, String rule) {
    assertThatThrownBy(read)
        .isInstanceOf(JsonFormatException.class)
        .hasMessageContaining(rule)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThanOrEqualTo(800));
  }

  private <T> void fuzzText(JsonNode valid, Function<String, T> read) {
    String text = valid.toString();
    assertThat(read.apply(text)).isNotNull();
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      StringBuilder damaged = new StringBuilder(text);
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        damage(damaged);
      }
      refused += refusedOrRead(damaged.toString(), read, i) ? 1 : 0;
    }
    assertThat(refused).as("seed %s, %s", SEED, text).isGreaterThan(CASES / 2);
  }

  private void damage(StringBuilder text) {
    int from = random.nextInt(text.length() + 1);
    int to = from + random.nextInt(Math.min(20, text.length() - from) + 1);
    switch (random.nextInt(5)) {
      case 0 -> text.delete(from, to);
      case 1 -> text.insert(from, text.substring(from, to));
      case 2 -> text.insert(from, strangeText());
      case 3 -> text.setLength(from);
      default -> {
        if (from < text.length()) {
          text.setCharAt(from, (char) (text.charAt(from) ^ 1 << random.nextInt(8)));
        }
      }
    }
    if (text.isEmpty()) {
      text.append('{');
    }
  }

  /** Whether it was refused. */
  private static <T> boolean refusedOrRead(String text, Function<String, T> read, int number) {
    try {
      assertThat(read.apply(text)).isNotNull();
      return false;
    } catch (JsonFormatException e) {
      assertThat(e.getMessage()).hasSizeBetween(5, 800);
      JsonPointer.compile(e.pointer());
      return true;
    } catch (RuntimeException | StackOverflowError e) {
      return fail("seed " + SEED + ", case " + number + ": " + text, e);
    }
  }

  private static String shown(JsonNode mutant) {
    try {
      return mutant.toString();
    } catch (RuntimeException e) {
      return "(too deep to show)";
    }
  }

  /** Changes one place, which is reached by walking down at random. */
  private JsonNode mutate(JsonNode json) {
    if (json.isEmpty() || random.nextInt(8) == 0) {
      return random.nextInt(6) == 0 ? json : strange();
    }
    if (json instanceof ObjectNode object) {
      List<String> names = new ArrayList<>(object.propertyNames());
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(8)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(strangeText(), object.remove(name));
        case 2 -> object.set(strangeText(), strange());
        default -> object.set(name, mutate(object.get(name)));
      }
    } else if (json instanceof ArrayNode array) {
      int index = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(index);
        case 1 -> array.add(strange());
        default -> array.set(index, mutate(array.get(index)));
      }
    }
    return json;
  }

  private JsonNode strange() {
    return switch (random.nextInt(14)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.numberNode(random.nextInt());
      case 3 -> NODES.numberNode(random.nextLong());
      case 4 -> NODES.numberNode(Double.longBitsToDouble(random.nextLong()));
      case 5 -> NODES.numberNode(Double.POSITIVE_INFINITY);
      case 6 -> NODES.numberNode(new java.math.BigInteger(2_000, random));
      case 7 -> NODES.numberNode(new java.math.BigDecimal("1e-1000000000"));
      case 8 -> NODES.objectNode();
      case 9 -> NODES.arrayNode();
      case 10 -> deep(random.nextBoolean() ? 70 : 5_000);
      case 11 -> NODES.missingNode();
      case 12 -> NODES.pojoNode(this);
      default -> NODES.stringNode(strangeText());
    };
  }

  private static JsonNode deep(int depth) {
    JsonNode json = NODES.numberNode(1);
    for (int i = 0; i < depth; i++) {
      json = i % 2 == 0 ? NODES.arrayNode().add(json) : NODES.objectNode().set("a", json);
    }
    return json;
  }

  private String strangeText() {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> "\ud800";
      case 2 -> "x".repeat(10_000);
      case 3 -> "PT1S";
      case 4 -> "a:b:\u0000";
      default -> "k" + random.nextInt(10);
    };
  }
}
