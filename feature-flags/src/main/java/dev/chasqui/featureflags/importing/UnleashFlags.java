package dev.chasqui.featureflags.importing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes over one set of features. */
final class UnleashFlags {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String ON = "on";
  private static final String OFF = "off";

  private final Map<String, List<Members>> features = new LinkedHashMap<>();
  private final Map<String, UnleashVariants> variants = new HashMap<>();
  private final Draft draft = new Draft(this::pointer);
  private final UnleashStrategies strategies;

  UnleashFlags(Members data) {
    for (Members feature : data.objects("features")) {
      String name = feature.text("name");
      if (name == null) {
        throw feature.wrongAt("name", "a feature must have a name");
      }
      features.computeIfAbsent(name, unused -> new ArrayList<>()).add(feature);
    }
    strategies = new UnleashStrategies(data.objects("segments"), draft);
  }

  UnleashImport read() {
    List<String> order = new ArrayList<>();
    features.keySet().forEach(name -> {
      take(name);
      order.add(name);
      order.add(UnleashVariants.flagOf(name));
    });
    return new UnleashImport(draft.document(order), draft.refused());
  }

  private String pointer(String flag) {
    List<Members> named = features.get(flag);
    if (named != null) {
      return named.get(0).pointer();
    }
    return features.entrySet().stream()
        .filter(feature -> UnleashVariants.flagOf(feature.getKey()).equals(flag))
        .map(feature -> feature.getValue().get(0).pointer())
        .findFirst()
        .orElse("");
  }

  /** The flags of that feature are afterwards taken or refused. */
  private void take(String name) {
    if (draft.knows(name)) {
      return;
    }
    Members feature = features.getOrDefault(name, List.of()).get(0);
    draft.read(name, feature.pointer(), () -> flag(name, feature));
    String flag = UnleashVariants.flagOf(name);
    UnleashVariants ofFeature = new UnleashVariants(name, feature, strategies);
    if (ofFeature.areThere() && !features.containsKey(flag)) {
      variants.put(name, ofFeature);
      draft.read(flag, feature.pointer(), () -> {
        if (draft.taken(name) == null) {
          throw Members.wrong(feature.pointer(), "feature " + name + " is refused");
        }
        return ofFeature.read();
      });
    }
  }

  private ObjectNode flag(String name, Members feature) {
    if (features.getOrDefault(name, List.of()).size() > 1) {
      throw feature.wrongAt("name", "there are several features " + name);
    }
    if (features.containsKey(UnleashVariants.flagOf(name))) {
      throw feature.wrongAt("name", "there is a feature of the name that is for its variants");
    }
    if (!feature.has("enabled")) {
      throw feature.wrongAt("enabled", "must be true or false");
    }
    boolean enabled = feature.flag("enabled");
    JsonNode rule = any(feature.objects("strategies"));
    ArrayNode prerequisites = prerequisites(feature);

    ObjectNode flag = JSON.objectNode().put("state", "ENABLED");
    flag.putObject("variants").put(ON, true).put(OFF, false);
    flag.put("defaultVariant", rule.equals(UnleashStrategies.ALWAYS) ? ON : OFF);
    if (!enabled || !prerequisites.isEmpty()) {
      flag.put("x-off", OFF);
    }
    if (!enabled) {
      flag.put("x-killed", true);
    }
    if (!prerequisites.isEmpty()) {
      flag.set("x-prerequisites", prerequisites);
    }
    if (rule.isObject()) {
      flag.set("targeting", Logic.operation("if", rule, text(ON), text(OFF)));
    }
    return flag;
  }

  private static JsonNode text(String text) {
    return JSON.stringNode(text);
  }

  /** Whether one says yes; yes if there is none. */
  private JsonNode any(List<Members> all) {
    List<JsonNode> rules = all.stream().map(strategies::rule).toList();
    if (rules.isEmpty() || rules.contains(UnleashStrategies.ALWAYS)) {
      return UnleashStrategies.ALWAYS;
    }
    return Logic.any(
        rules.stream().filter(rule -> !rule.equals(UnleashStrategies.NEVER)).toList());
  }

  private ArrayNode prerequisites(Members feature) {
    ArrayNode prerequisites = JSON.arrayNode();
    for (Members dependency : feature.objects("dependencies")) {
      String parent = dependency.text("feature");
      if (parent == null || !features.containsKey(parent)) {
        throw dependency.wrongAt("feature", "there is no feature " + parent);
      }
      List<Members> named = features.getOrDefault(parent, List.of());
      if (named.stream().anyMatch(other -> !other.list("dependencies").isEmpty())) {
        throw dependency.wrongAt(
            "feature", "one that others depend on must not depend on any, but " + parent + " does");
      }
      take(parent);
      if (draft.taken(parent) == null) {
        throw dependency.wrongAt("feature", "feature " + parent + " is refused");
      }
      boolean on = !dependency.has("enabled") || dependency.flag("enabled");
      List<String> names = dependency.texts("variants");
      prerequisites.add(
          names.isEmpty()
              ? JSON.objectNode().put("flag", parent).put("variant", on ? ON : OFF)
              : oneOf(parent, names, on, dependency));
    }
    return prerequisites;
  }

  private ObjectNode oneOf(String parent, List<String> names, boolean on, Members dependency) {
    String flag = UnleashVariants.flagOf(parent);
    UnleashVariants given = variants.get(parent);
    if (given == null || draft.taken(flag) == null) {
      throw dependency.wrongAt("variants", "there is no flag " + flag + " that would tell them");
    }
    // where there is none, Unleash takes any for given; and it looks at them in one that is off too
    if (!on || given.mayBeNone()) {
      throw dependency.wrongAt(
          "variants", "must be of a feature that is to be on, and always has a variant then");
    }
    ArrayNode wanted = JSON.arrayNode();
    for (String name : names) {
      if (!given.gives(name)) {
        throw dependency.wrongAt("variants", parent + " never gives variant " + name);
      }
      wanted.add(name);
    }
    ObjectNode prerequisite = JSON.objectNode().put("flag", flag);
    prerequisite.set("variant", wanted);
    return prerequisite;
  }
}
