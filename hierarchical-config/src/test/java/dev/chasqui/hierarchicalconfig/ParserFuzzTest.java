package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Valid documents with parts torn out, renamed and replaced: refused in one way, or read in full. */
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
  void readProfile_mutatedDocuments_onlyIllegalArgument() {
    fuzz(
        () -> PROFILE,
        ProfileJson::readProfile,
        read -> ProfileJson.readProfile(ProfileJson.write(read)));
  }

  @Test
  void readEdits_mutatedDocuments_onlyIllegalArgument() {
    fuzz(
        () -> EDITS,
        ProfileJson::readEdits,
        read -> ProfileJson.readEdits(ProfileJson.write(read)));
  }

  @Test
  void readSetting_mutatedDocuments_onlyIllegalArgument() {
    fuzz(
        () -> SETTINGS.get(random.nextInt(SETTINGS.size())),
        json -> Manifest.write(Manifest.readSetting(json)),
        written -> Manifest.write(Manifest.readSetting(written)));
  }

  @Test
  void readManifest_mutatedDocuments_onlyIllegalArgument() {
    fuzz(
        () -> MANIFEST,
        json -> Manifest.write(Manifest.read(json)),
        written -> Manifest.write(Manifest.read(written)));
  }

  @Test
  void readDelta_mutatedDocuments_onlyIllegalArgument() {
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
      try {
        T value = read.apply(mutant);
        assertThat(roundTrip.apply(value)).isEqualTo(value);
      } catch (IllegalArgumentException e) {
        refused++;
        assertThat(e.getMessage()).hasSizeBetween(5, 600);
      } catch (RuntimeException | StackOverflowError e) {
        fail("seed " + SEED + ", case " + i + ": " + shown(mutant), e);
      }
    }
    assertThat(refused).as("seed %s", SEED).isBetween(CASES / 10, CASES - 100);
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
