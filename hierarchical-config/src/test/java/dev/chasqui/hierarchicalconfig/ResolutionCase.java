package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Resolves a case of the vectors, and tells what comes out in the vectors' form. */
final class ResolutionCase {
  static final Targeting RULES = new Targeting() {
    @Override
    public boolean matches(JsonNode rule, JsonNode facts) {
      return VectorRules.matches(rule, facts);
    }

    @Override
    public int bucket(String seed, String unit, List<Integer> weights) {
      return VectorRules.bucket(seed, unit, weights);
    }
  };

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ResolutionCase() {}

  static ObjectNode outcome(JsonNode input) {
    Resolver resolver =
        new Resolver(Manifest.read(input.path("manifest")), hierarchy(input.path("levels")), RULES);
    List<Profile> profiles =
        input.path("profiles").valueStream().map(ProfileJson::readProfile).toList();
    EffectiveConfig config;
    try {
      config = resolver.resolve(
          profiles,
          input.path("facts") instanceof ObjectNode facts
              ? new DeviceContext(facts)
              : DeviceContext.NONE,
          Instant.parse(input.path("at").stringValue()));
    } catch (IllegalArgumentException e) {
      return NODES.objectNode().put("refused", true);
    }
    return outcome(resolver.catalogue(), profiles, config);
  }

  static Hierarchy hierarchy(JsonNode levels) {
    if (levels.isMissingNode()) {
      return Hierarchy.DEFAULT;
    }
    return new Hierarchy(levels
        .valueStream()
        .map(level -> level.isString()
            ? Level.one(level.stringValue())
            : new Level(level.path("name").stringValue(), level.path("many").asBoolean(false)))
        .toList());
  }

  private static ObjectNode outcome(
      Catalogue catalogue, List<Profile> profiles, EffectiveConfig config) {
    ObjectNode outcome = NODES.objectNode();
    ObjectNode values = outcome.putObject("values");
    SortedSet<String> keys = new TreeSet<>(config.unknownKeys());
    catalogue.settings().forEach(setting -> keys.add(setting.key()));
    keys.forEach(key -> values.set(key, config.json(key)));
    outcome.set("content", config.content());
    ObjectNode explanations = outcome.putObject("explanations");
    SortedSet<String> set = new TreeSet<>();
    profiles.forEach(profile -> set.addAll(profile.entries().keySet()));
    set.forEach(key -> explanations.set(key, config.explain(key).toJson()));
    ArrayNode violations = outcome.putArray("violations");
    sorted(config.violations()).forEach(violations::add);
    Instant next = config.nextChange();
    outcome.set("nextChange", next == null ? NODES.nullNode() : NODES.stringNode(next.toString()));
    outcome.put("fingerprint", config.fingerprint());
    return outcome;
  }

  /** In the form and order of the vectors. */
  static List<ObjectNode> sorted(List<Violation> violations) {
    List<ObjectNode> sorted = new ArrayList<>();
    for (Violation violation : violations) {
      Scope scope = violation.scope();
      sorted.add(NODES
          .objectNode()
          .put("rule", violation.rule().code())
          .put("setting", violation.setting())
          .put("scope", scope == null ? "" : scope.toString()));
    }
    sorted.sort(Comparator.comparing((ObjectNode each) -> each.path("setting").stringValue())
        .thenComparing(each -> each.path("scope").stringValue())
        .thenComparing(each -> each.path("rule").stringValue()));
    return sorted;
  }
}
