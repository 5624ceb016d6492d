package dev.chasqui.featureflags.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Invariant;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Variants;
import dev.chasqui.hierarchicalconfig.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Section 7 of SPEC.md. */
final class RuleTargetingTest {
  static final List<JsonNode> BUCKETS = vectors("buckets");
  static final List<JsonNode> RULES = vectors("rules");

  private static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).withDefault(15);
  private static final Setting<Integer> BITRATE = Setting.ofInt("camera.kbit").withDefault(4_000);

  private final RuleTargeting targeting = new RuleTargeting();

  private static List<JsonNode> vectors(String name) {
    try (InputStream in =
        Objects.requireNonNull(RuleTargetingTest.class.getResourceAsStream("targeting.json"))) {
      List<JsonNode> vectors = new ArrayList<>();
      JsonMapper.shared().readTree(in).get(name).forEach(vectors::add);
      return vectors;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode json(String text) {
    return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  private static JsonNode number(int value) {
    return JsonNodeFactory.instance.numberNode(value);
  }

  @ParameterizedTest
  @FieldSource("BUCKETS")
  void bucket_ofAVector_isItsArm(JsonNode vector) {
    List<Integer> weights =
        vector.get("weights").valueStream().map(JsonNode::intValue).toList();
    assertThat(targeting.bucket(
            vector.get("seed").stringValue(), vector.get("unit").stringValue(), weights))
        .isEqualTo(vector.get("arm").intValue());
  }

  @ParameterizedTest
  @FieldSource("RULES")
  void matches_ofAVector_isAsExpected(JsonNode vector) {
    assertThat(matches(targeting, vector.get("rule"), vector.get("facts")))
        .isEqualTo(vector.get("matches").isNull() ? null : vector.get("matches").booleanValue());
  }

  /** Null if it cannot be evaluated; then {@code check} says so too, or some facts are to blame. */
  private static @Nullable Boolean matches(RuleTargeting targeting, JsonNode rule, JsonNode facts) {
    try {
      return targeting.matches(rule, facts);
    } catch (IllegalArgumentException e) {
      if (!rule.toString().contains("missing_some")) {
        assertThatThrownBy(() -> targeting.check(rule)).hasMessage(e.getMessage());
      }
      return null;
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {'<': [{'var': '$flagd.timestamp'}, 1]} | /</0/var: there is no $flagd.timestamp outside of a flag
      {'==': ['a', {'var': '$flagd.flagKey'}]} | /==/1/var: there is no $flagd.flagKey outside of a flag
      {'var': [['$flagd.timestamp']]} | /var: there is no $flagd.timestamp outside of a flag
      {'fractional': [['on', 1], ['off', 9]]} | /fractional: fractional must have a key as its first operand outside of a flag
      {'fractional': [[{'var': 'a'}, 1], ['off', 9]]} | /fractional: fractional must have a key as its first operand outside of a flag
      {'fractional': [{'merge': [['on'], 1]}, ['off', 9]]} | /fractional: fractional must have a key as its first operand outside of a flag
      {'$ref': 'pilots'} | /$ref: there is no evaluator pilots
      {'regex': ['a', 'b']} | /regex: there is no operator regex
      {'==': [1]} | /==: == must have 2 operands, but has 1
      {'a': 1, 'b': 2} | an operation must have one member, its operator, but has [a, b]
      """)
  void check_ofAWrongRule_saysWhereAndWhy(String rule, String problem) {
    assertThatThrownBy(() -> targeting.check(json(rule)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(problem);
    assertThatThrownBy(() -> targeting.matches(json(rule), json("{}")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(problem);
  }

  @Test
  void check_ofARuleOfSection3_passes() {
    assertThatCode(() -> targeting.check(
            json("{'and': [{'sem_ver': [{'var': 'version'}, '>=', '2.3.0']}, true]}")))
        .doesNotThrowAnyException();
  }

  @Test
  void matches_ofNumbersBeyondDoubles_areInfinityAsInJavaScript() {
    JsonNode huge = JsonMapper.shared().readTree("1" + "0".repeat(400));
    ObjectNode rule = json("{'>': [{'var': 'disk'}, 1]}");
    ObjectNode facts = json("{}");
    facts.set("disk", huge);
    ArrayNode operands = (ArrayNode) json("{'>': [1]}").get(">");
    ObjectNode literal = JsonNodeFactory.instance.objectNode();
    literal.set(">", operands.add(huge));
    assertThat(matches(targeting, rule, facts)).isTrue();
    assertThat(matches(targeting, literal, json("{}"))).isFalse();
  }

  @Test
  void matches_ofFactsThatAreNoObject_isRefused() {
    assertThatThrownBy(() -> targeting.matches(json("{}"), number(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("facts must be an object, were NUMBER");
  }

  @Test
  void bucket_ofWeightsThatAreTooMuchTogether_isRefused() {
    assertThatThrownBy(() -> targeting.bucket("s", "u", List.of(Integer.MAX_VALUE, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the sum of weights must be 1 to 2147483647, was 2147483648");
  }

  /** So an experiment may be moved from a profile's variants into a flag, or back, and everybody stays where they are. */
  @Test
  void bucket_ofAnything_isWhereFractionalWithTheSameKeyPutsIt() {
    Random random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      String seed = "seed-" + random.nextInt(50);
      String unit = Long.toString(random.nextLong(), 36);
      List<Integer> weights = random.ints(1 + random.nextInt(5), 1, 100).boxed().toList();
      ArrayNode shares = JsonNodeFactory.instance.arrayNode();
      shares.add(json("{'cat': ['" + seed + "', {'var': 'device.serial'}]}"));
      for (int arm = 0; arm < weights.size(); arm++) {
        shares.addArray().add("arm-" + arm).add(weights.get(arm));
      }
      ObjectNode rule = JsonNodeFactory.instance.objectNode();
      ArrayNode both = rule.putArray("==");
      both.addObject().set("fractional", shares);
      both.add("arm-" + targeting.bucket(seed, unit, weights));
      assertThat(targeting.matches(rule, json("{'device': {'serial': '" + unit + "'}}")))
          .as("%s", rule)
          .isTrue();
    }
  }

  private Resolver resolver(Catalogue catalogue) {
    return new Resolver(catalogue, Hierarchy.DEFAULT, targeting);
  }

  private static Profile profile(String key, Entry entry) {
    return new Profile(new Scope("company", "acme"), 1, 0, Map.of(key, entry));
  }

  private static EffectiveConfig resolve(Resolver resolver, Profile profile, String facts) {
    return resolver.resolve(
        List.of(profile), new DeviceContext(json(facts)), Instant.parse("2026-11-28T00:00:00Z"));
  }

  @Test
  void resolve_ofEntryWithACondition_holdsByTheFacts() {
    Profile profile = profile(
        FPS.key(),
        Entry.of(number(30)).withWhen(json("{'sem_ver': [{'var': 'version'}, '>=', '2.3.0']}")));
    Resolver resolver = resolver(Catalogue.of(FPS));
    assertThat(resolve(resolver, profile, "{'version': '2.3.1'}").get(FPS)).isEqualTo(30);
    assertThat(resolve(resolver, profile, "{'version': '2.2.9'}").get(FPS)).isEqualTo(15);
    assertThat(resolve(resolver, profile, "{}").get(FPS)).isEqualTo(15);
  }

  @Test
  void resolve_ofEntryWithABadRule_reportsTheSettingTheScopeAndTheRule() {
    Profile profile =
        profile(FPS.key(), Entry.of(number(30)).withWhen(json("{'regex': ['a', 'b']}")));
    EffectiveConfig config = resolve(resolver(Catalogue.of(FPS)), profile, "{}");
    assertThat(config.get(FPS)).isEqualTo(15);
    assertThat(config.violations()).singleElement().satisfies(violation -> {
      assertThat(violation.rule()).isEqualTo(Violation.Rule.BAD_RULE);
      assertThat(violation.setting()).isEqualTo("camera.fps");
      assertThat(violation.scope()).isEqualTo(new Scope("company", "acme"));
      assertThat(violation.message()).contains("/regex: there is no operator regex");
    });
  }

  @Test
  void resolve_ofEntryWithVariants_staysWithTheArmOfTheUnit() {
    Variants variants = new Variants(
        "fps/",
        "device",
        List.of(new Variants.Arm("slow", 1, number(10)), new Variants.Arm("fast", 3, number(50))));
    Profile profile = profile(FPS.key(), Entry.of(number(30)).withVariants(variants));
    Resolver resolver = resolver(Catalogue.of(FPS));
    int fast = 0;
    for (int i = 0; i < 1_000; i++) {
      int fps = resolve(resolver, profile, "{'device': 'cam-" + i + "'}").get(FPS);
      assertThat(fps).isEqualTo(targeting.bucket("fps/", "cam-" + i, List.of(1, 3)) == 0 ? 10 : 50);
      fast += fps == 50 ? 1 : 0;
    }
    assertThat(fast).isBetween(700, 800);
    assertThat(resolve(resolver, profile, "{}").get(FPS)).isEqualTo(30);
  }

  @Test
  void resolve_withAnInvariant_asksTheRuleWithTheValues() {
    Catalogue catalogue = Catalogue.of(FPS, BITRATE)
        .withInvariants(List.of(new Invariant(
            "enough-bits",
            Map.of("fps", FPS.key(), "kbit", BITRATE.key()),
            json("{'>=': [{'var': 'kbit'}, {'*': [{'var': 'fps'}, 100]}]}"),
            "a frame needs 100 bits")));
    Resolver resolver = resolver(catalogue);
    assertThat(resolve(resolver, profile(FPS.key(), Entry.of(number(40))), "{}").violations())
        .isEmpty();
    assertThat(resolve(resolver, profile(FPS.key(), Entry.of(number(41))), "{}").violations())
        .extracting(Violation::rule)
        .containsExactly(Violation.Rule.INVARIANT);
  }

  @Test
  void matches_byManyThreadsAtOnce_isTheSame() throws Exception {
    List<JsonNode> rules = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rules.add(json("{'==': [{'var': 'n'}, " + i + "]}"));
    }
    CyclicBarrier together = new CyclicBarrier(4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Integer> count = () -> {
        together.await(20, TimeUnit.SECONDS);
        int matching = 0;
        for (int round = 0; round < 20; round++) {
          for (JsonNode rule : rules) {
            matching += targeting.matches(rule, json("{'n': " + round + "}")) ? 1 : 0;
          }
        }
        return matching;
      };
      for (Future<Integer> future : threads.invokeAll(Collections.nCopies(4, count))) {
        assertThat(future.get()).isEqualTo(20);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
