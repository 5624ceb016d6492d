package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Structure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What others say to random rules and flags: json-logic-js 2 with flagd's operators to rules, flagd-core 4 to flags. Skipped without
 * Node.js.
 *
 * <p>{@code -Dchasqui.flags.pairs=1000000} asks for as many pairs of a rule and a context in each test, and {@code
 * -Dchasqui.flags.seed} for others than usual.
 */
final class WitnessTest {
  private static final int PAIRS = Integer.getInteger("chasqui.flags.pairs", 5_000);
  private static final long SEED = Long.getLong("chasqui.flags.seed", 20_261_128L);
  private static final int AT_ONCE = 1_000;
  private static final int FLAGS = 8;
  private static final int CONTEXTS = 25;

  /** Where json-logic-js says otherwise, as SPEC.md, 3.2, 3.4, 3.6 and 3.8 say. */
  private static final Set<String> JSON_LOGIC_ALONE =
      Set.of("identity", "prototype", "no-array", "path-no-text", "sem-ver");

  private final NodeWitness witness = NodeWitness.start();

  @AfterEach
  void stop() {
    witness.close();
  }

  /** What flagd-core takes otherwise, by SPEC.md, 8. */
  private static Set<String> named() throws IOException {
    String spec = Files.readString(Path.of("SPEC.md"));
    return Pattern.compile("\\(((?:`[a-z-]+`(?:, )?)+)\\)")
        .matcher(spec.substring(spec.indexOf("\n## 8 ")))
        .results()
        .flatMap(names -> Arrays.stream(names.group(1).replace("`", "").split(", ")))
        .collect(Collectors.toSet());
  }

  @Test
  void rules_ofFixtures_areWhatJsonLogicSays() throws IOException {
    List<NodeWitness.RuleCase> cases = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (JsonNode one : JsonMapper.shared()
        .readTree(Files.readString(Path.of("fixtures/rules.json")))
        .get("cases")) {
      cases.add(new NodeWitness.RuleCase(
          one.get("rule"), (ObjectNode) one.get("data"), "flag", "flag", Bucketing.V2, 0));
      expected.add(shown(JsonMapper.shared().convertValue(one.get("result"), Object.class)));
    }
    List<NodeWitness.RuleAnswer> answers = witness.rules(cases);
    for (int i = 0; i < cases.size(); i++) {
      if (answers.get(i).touched().stream().noneMatch(JSON_LOGIC_ALONE::contains)) {
        assertThat(answers.get(i).value()).as("%s", cases.get(i)).isEqualTo(expected.get(i));
      }
    }
  }

  @Test
  void rules_random_areWhatJsonLogicSays(TestReporter reporter) {
    RandomFlags random = new RandomFlags(SEED);
    List<String> differences = new ArrayList<>();
    int compared = 0;
    while (compared < PAIRS) {
      List<NodeWitness.RuleCase> cases = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        Bucketing bucketing = List.of(Bucketing.V1, Bucketing.V2, Bucketing.V3).get(i % 3);
        cases.add(new NodeWitness.RuleCase(
            random.wild(4),
            random.attributes(true),
            "flag1",
            i % 5 == 0 ? "salt" : "flag1",
            bucketing,
            random.time()));
      }
      List<NodeWitness.RuleAnswer> answers = witness.rules(cases);
      for (int i = 0; i < AT_ONCE; i++) {
        NodeWitness.RuleAnswer theirs = answers.get(i);
        if (theirs.touched().stream().anyMatch(JSON_LOGIC_ALONE::contains)) {
          continue;
        }
        compared++;
        NodeWitness.RuleCase one = cases.get(i);
        for (String ours : List.of(ours(one, false), ours(one, true))) {
          String said = theirs.value() == null ? "error" : theirs.value();
          if (!ours.equals(said)) {
            differences.add(one.rule() + " for " + one.data() + " at " + one.now() + " by "
                + one.bucketing() + ": ours " + ours + ", theirs " + said);
          }
        }
      }
      assertThat(differences.stream().limit(12)).isEmpty();
    }
    reporter.publishEntry("rules compared: " + compared);
  }

  private static String ours(NodeWitness.RuleCase one, boolean shortened) {
    Rule rule = new RuleReader(
            Attributes.OF_CONTEXTS_ALONE,
            one.flagKey(),
            one.seed(),
            one.bucketing(),
            FlagDocument.EMPTY.plainEvaluators())
        .read(one.rule(), "");
    try {
      return shown((shortened ? Shortcuts.of(rule) : rule)
          .value(RandomFlags.context(one.data()), one.now(), null));
    } catch (RuleException e) {
      return "error";
    }
  }

  /** As the witness shows values: all of ASCII, members sorted. */
  private static String shown(@Nullable Object wrapped) {
    Object value = Coercion.plain(wrapped);
    if (value instanceof Number number) {
      double known = number.doubleValue();
      return Double.compare(known, -0.0) == 0 ? "-0" : Coercion.text(known);
    }
    if (value instanceof String text) {
      return text.chars()
          .mapToObj(unit -> unit >= 0x20 && unit < 0x7f && unit != '"' && unit != '\\'
              ? String.valueOf((char) unit)
              : String.format("\\u%04x", unit))
          .collect(Collectors.joining("", "\"", "\""));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(WitnessTest::shown).collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof Structure structure) {
      return shown(structure.asMap());
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, String> sorted = new TreeMap<>();
      map.forEach((name, member) -> sorted.put(String.valueOf(name), shown(member)));
      return sorted.entrySet().stream()
          .map(member -> shown(member.getKey()) + ":" + member.getValue())
          .collect(Collectors.joining(",", "{", "}"));
    }
    return String.valueOf(value);
  }

  /** Contexts, each with its time. */
  private static List<NodeWitness.At> contexts(RandomFlags random, boolean wild) {
    return IntStream.range(0, CONTEXTS)
        .mapToObj(i -> new NodeWitness.At(random.time(), random.attributes(wild)))
        .toList();
  }

  @Test
  void flags_random_areWhatFlagdSays(TestReporter reporter) throws IOException {
    RandomFlags random = new RandomFlags(SEED + 1);
    List<String> differences = new ArrayList<>();
    Map<String, Integer> differing = new TreeMap<>();
    int compared = 0;
    for (int pairs = 0; pairs < PAIRS; pairs += FLAGS * CONTEXTS) {
      ObjectNode json = random.plainDocument(FLAGS);
      FlagDocument document = FlagDocument.of(json, 0);
      FlagSet set = FlagSet.of(document);
      assertThat(set.problems()).isEmpty();
      List<NodeWitness.At> contexts = contexts(random, true);
      Map<String, List<NodeWitness.FlagAnswer>> answers = witness.flags(document, contexts);
      for (String key : document.keys()) {
        for (int i = 0; i < contexts.size(); i++) {
          FlagEvaluation ours = evaluation(set, key, contexts.get(i));
          NodeWitness.FlagAnswer theirs =
              Objects.requireNonNull(answers.get(key)).get(i);
          boolean equal = said(ours).equals(said(theirs));
          if (theirs.touched().isEmpty()) {
            compared++;
            if (!equal) {
              differences.add(document.flag(key) + " for " + contexts.get(i) + ": ours "
                  + said(ours) + ", theirs " + said(theirs));
            }
          } else if (!equal) {
            theirs.touched().forEach(name -> differing.merge(name, 1, Integer::sum));
          }
        }
      }
      assertThat(differences.stream().limit(12)).isEmpty();
    }
    reporter.publishEntry(
        "flags compared: " + compared + ", differing where expected: " + differing);
    assertThat(compared).isGreaterThan(PAIRS / 2);
    assertThat(named()).containsAll(differing.keySet()).containsAll(JSON_LOGIC_ALONE);
  }

  private static FlagEvaluation evaluation(FlagSet set, String key, NodeWitness.At at) {
    return set.evaluate(key, RandomFlags.context(at.attributes()), Instant.ofEpochSecond(at.now()));
  }

  private static String said(FlagEvaluation ours) {
    return ours.variant() + " " + ours.reason() + " " + ours.errorCode();
  }

  private static String said(NodeWitness.FlagAnswer theirs) {
    return theirs.variant() + " " + theirs.reason() + " " + theirs.errorCode();
  }
}
