package dev.chasqui.featureflags.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * That hierarchical-config's second implementation of resolution, in JavaScript, comes to the same when rules and buckets are those
 * of section 7 of SPEC.md, which it has an implementation of its own for: {@code src/test/js/targeting.mjs}.
 */
final class ResolutionInJavaScriptTest {
  private static final Path SCRIPTS = Path.of("src/test/js");
  private static final String AT = "2026-11-28T00:00:00Z";
  private static final int CASES = 500;

  private final Random random = new Random(28);

  @TempDir
  Path folder;

  /** Runs a script; without a node on the PATH the test is skipped, and says why. */
  private int run(Path in, Path out, String script, String... arguments)
      throws IOException, InterruptedException {
    Optional<Path> node = Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .map(path -> Path.of(path, "node"))
        .filter(Files::isExecutable)
        .findFirst();
    assumeTrue(node.isPresent(), "there is no node on the PATH to run " + script + " with");
    ProcessBuilder builder =
        new ProcessBuilder(node.get().toString(), SCRIPTS.resolve(script).toString());
    builder.command().addAll(List.of(arguments));
    builder.redirectErrorStream(true).redirectInput(in.toFile()).redirectOutput(out.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(script).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue();
  }

  @Test
  void vectors_inJavaScript_comeOutAsTheyMust() throws Exception {
    Path out = folder.resolve("out");
    int exit = run(
        Files.createFile(folder.resolve("in")),
        out,
        "run-vectors.mjs",
        "src/test/resources/dev/chasqui/featureflags/config/targeting.json");
    assertThat(exit).as(Files.readString(out)).isZero();
  }

  @Test
  void randomDevices_inJavaScript_getTheSame() throws Exception {
    List<ObjectNode> cases = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      cases.add(randomCase(i));
    }
    Path in = folder.resolve("in");
    Path out = folder.resolve("out");
    Files.write(in, cases.stream().map(JsonNode::toString).toList());
    int exit = run(in, out, "resolve-stdin.mjs");
    List<String> lines = Files.readAllLines(out);
    assertThat(exit).as("%s", lines).isZero();
    assertThat(lines).hasSize(CASES);
    RuleTargeting targeting = new RuleTargeting();
    int variants = 0;
    int badRules = 0;
    for (int i = 0; i < CASES; i++) {
      JsonNode theirs = JsonMapper.shared().readTree(lines.get(i));
      ObjectNode ours = resolved(cases.get(i), targeting);
      for (String member : List.of("values", "explanations", "badRules")) {
        JsonNode their = member.equals("badRules") ? badRules(theirs) : theirs.get(member);
        assertThat(comparable(ours.get(member)))
            .as("%s of %s", member, cases.get(i))
            .isEqualTo(comparable(their));
      }
      variants += ours.toString().contains("\"variant\"") ? 1 : 0;
      badRules += ours.get("badRules").intValue();
    }
    assertThat(variants).as("cases with an arm").isGreaterThan(CASES / 10);
    assertThat(badRules).as("bad rules").isGreaterThan(CASES / 50);
  }

  private static JsonNode badRules(JsonNode outcome) {
    return JsonNodeFactory.instance.numberNode(outcome
        .get("violations")
        .valueStream()
        .filter(violation -> violation.get("rule").stringValue().equals("bad-rule"))
        .count());
  }

  /** Members in order, numbers by their value. */
  private static String comparable(JsonNode json) {
    if (json.isObject()) {
      List<String> members = new ArrayList<>();
      json.properties()
          .forEach(member -> members.add(member.getKey() + ": " + comparable(member.getValue())));
      members.sort(String::compareTo);
      return members.toString();
    }
    if (json.isArray()) {
      return json.valueStream()
          .map(ResolutionInJavaScriptTest::comparable)
          .toList()
          .toString();
    }
    return json.isNumber() ? Double.toString(json.doubleValue()) : json.toString();
  }

  private static ObjectNode resolved(JsonNode input, RuleTargeting targeting) {
    List<Profile> profiles =
        input.get("profiles").valueStream().map(ProfileJson::readProfile).toList();
    EffectiveConfig config = new Resolver(
            Manifest.read(input.get("manifest")), Hierarchy.DEFAULT, targeting)
        .resolve(profiles, new DeviceContext((ObjectNode) input.get("facts")), Instant.parse(AT));
    ObjectNode outcome = JsonNodeFactory.instance.objectNode();
    ObjectNode values = outcome.putObject("values");
    ObjectNode explanations = outcome.putObject("explanations");
    for (String key : List.of("a", "b")) {
      values.set(key, config.json(key));
      if (profiles.stream().anyMatch(profile -> profile.entries().containsKey(key))) {
        explanations.set(key, config.explain(key).toJson());
      }
    }
    outcome.put(
        "badRules",
        config.violations().stream()
            .filter(violation -> violation.rule().code().equals("bad-rule"))
            .count());
    return outcome;
  }

  private ObjectNode randomCase(int number) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("manifest", JsonMapper.shared().readTree("""
        {"settings": [{"key": "a", "type": "int", "default": 0}, {"key": "b", "type": "int", "default": 0}]}"""));
    json.put("at", AT);
    ObjectNode facts = json.putObject("facts");
    facts.put("device", "cam-" + number).put("disk", random.nextInt(4)).put("pilot", one());
    if (one()) {
      facts.put("country", List.of("PE", "BO", "").get(random.nextInt(3)));
    }
    facts.putArray("sensors").add("gps").add(random.nextInt(3));
    ArrayNode profiles = json.putArray("profiles");
    for (String scope : List.of("global:all", "company:acme", "device:cam-" + number)) {
      ObjectNode entries = profiles
          .addObject()
          .put("scope", scope)
          .put("revision", 3)
          .put("priority", 0)
          .putObject("entries");
      for (String key : List.of("a", "b")) {
        if (random.nextInt(3) > 0) {
          entries.set(key, entry());
        }
      }
    }
    return json;
  }

  private boolean one() {
    return random.nextBoolean();
  }

  private ObjectNode entry() {
    ObjectNode entry =
        JsonNodeFactory.instance.objectNode().put("value", random.nextInt(9)).put("revision", 3);
    if (one()) {
      entry.set("when", rule(2));
    }
    if (one()) {
      ObjectNode variants = entry
          .putObject("variants")
          .put("seed", "s" + random.nextInt(5) + "/")
          .put("by", "device");
      ArrayNode arms = variants.putArray("arms");
      for (int arm = 0; arm <= random.nextInt(4); arm++) {
        arms.addObject()
            .put("name", "arm" + arm)
            .put("weight", 1 + random.nextInt(9))
            .put("value", 10 + arm);
      }
    }
    return entry;
  }

  private JsonNode rule(int depth) {
    String text = switch (random.nextInt(depth > 0 ? 12 : 9)) {
      case 0 -> "{\"==\": [{\"var\": \"country\"}, \"PE\"]}";
      case 1 -> "{\"in\": [{\"var\": \"disk\"}, [1, 2, \"3\"]]}";
      case 2 -> "{\">\": [{\"var\": \"disk\"}, {\"var\": \"sensors.1\"}]}";
      case 3 -> "{\"var\": \"pilot\"}";
      case 4 -> "{\"in\": [\"gps\", {\"var\": \"sensors\"}]}";
      case 5 -> "{\"==\": [{\"var\": \"country\"}, null]}";
      case 6 ->
        "{\"==\": [{\"fractional\": [{\"cat\": [\"x\", {\"var\": \"device\"}]}, [\"in\", 3], [\"out\", 5]]}, \"in\"]}";
      case 7 -> "{\"missing_some\": [1, {\"var\": \"sensors\"}]}";
      case 8 ->
        random.nextInt(4) == 0
            ? "{\"<\": [{\"var\": \"$flagd.timestamp\"}, 1]}"
            : "{\"ends_with\": [{\"var\": \"device\"}, \"7\"]}";
      case 9 -> "{\"and\": [" + rule(depth - 1) + ", " + rule(depth - 1) + "]}";
      case 10 -> "{\"or\": [" + rule(depth - 1) + ", " + rule(depth - 1) + "]}";
      default -> "{\"!\": [" + rule(depth - 1) + "]}";
    };
    return JsonMapper.shared().readTree(text);
  }
}
