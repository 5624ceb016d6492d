package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagFormatException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes over one set of data. */
final class LaunchDarklyFlags {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int WHOLE = 100_000; // what weights of a rollout are of

  private final Members flags;
  private final Members segments;
  private final Members values;

  private final Draft draft = new Draft(key -> Members.at("/flags", key));
  private final LaunchDarklyClauses clauses = new LaunchDarklyClauses(this::segmentReference);
  private final Chain segmentsAbove = new Chain("segments");

  LaunchDarklyFlags(ObjectNode data) {
    Members all = new Members(data, "");
    flags = all.objectOrEmpty("flags");
    segments = all.objectOrEmpty("segments");
    values = all.objectOrEmpty("flagValues");
  }

  LaunchDarklyImport read() {
    List<String> order = new ArrayList<>(flags.object().propertyNames());
    values.object().properties().forEach(value -> takeValue(value.getKey(), value.getValue()));
    order.stream().filter(this::isThere).forEach(key -> take(key, flags.pointer()));
    order.addAll(values.object().propertyNames());
    return new LaunchDarklyImport(draft.document(order), draft.refused());
  }

  private boolean isThere(String key) {
    JsonNode flag = flags.get(key);
    return flag == null
        ? values.object().has(key) || flags.object().has(key) // null is no flag, which is told
        : !flag.path("deleted").asBoolean(false);
  }

  private void takeValue(String key, JsonNode value) {
    String pointer = Members.at(values.pointer(), key);
    try {
      if (flags.object().has(key)) {
        throw Members.wrong(pointer, "a flag must not be in flags and in flagValues");
      }
      Map<Integer, String> names = new LinkedHashMap<>();
      ObjectNode flag = JSON.objectNode().put("state", "ENABLED");
      flag.set("variants", variants(List.of(value), pointer, names));
      draft.take(key, flag.put("defaultVariant", names.get(0)));
    } catch (FlagFormatException e) {
      draft.refuse(key, e);
    }
  }

  private void take(String key, String pointer) {
    draft.read(
        key, pointer, () -> flag(Members.of(flags.get(key), Members.at(flags.pointer(), key))));
  }

  private ObjectNode flag(Members source) {
    Map<Integer, String> names = new LinkedHashMap<>();
    ObjectNode variants =
        variants(source.list("variations"), Members.at(source.pointer(), "variations"), names);
    Integer offIndex = source.whole("offVariation");
    String off = offIndex == null
        ? null
        : variant(offIndex, names, Members.at(source.pointer(), "offVariation"));
    boolean on = source.flag("on");
    String fallthrough = served(
        Members.of(source.get("fallthrough"), Members.at(source.pointer(), "fallthrough")), names);
    ArrayNode prerequisites = prerequisites(source);
    ArrayNode choice = JSON.arrayNode();
    for (Members rule : source.objects("rules")) {
      choice.add(clauses.all(rule.objects("clauses")));
      choice.add(served(rule, names));
    }

    ObjectNode flag = JSON.objectNode().put("state", on || off != null ? "ENABLED" : "DISABLED");
    flag.set("variants", variants);
    // without an off variation, one whose prerequisites do not hold has no value
    boolean hasDefault = off != null || prerequisites.isEmpty();
    if (hasDefault) {
      flag.put("defaultVariant", fallthrough);
    }
    if (off != null) {
      flag.put("x-off", off);
      if (!on) {
        flag.put("x-killed", true);
      }
    }
    if (!prerequisites.isEmpty()) {
      flag.set("x-prerequisites", prerequisites);
    }
    ObjectNode targets = targets(source, names);
    if (!targets.isEmpty()) {
      flag.set("x-targets", targets);
    }
    if (!choice.isEmpty() || !hasDefault) {
      flag.set("targeting", Logic.operation("if", choice.add(fallthrough)));
    }
    return flag;
  }

  /** Names them too. */
  private static ObjectNode variants(
      List<JsonNode> variations, String pointer, Map<Integer, String> names) {
    ObjectNode variants = JSON.objectNode();
    for (int i = 0; i < variations.size(); i++) {
      JsonNode value = variations.get(i);
      if (value.isNull() || value.isArray()) {
        throw Members.wrong(
            pointer + "/" + i, "a variant cannot be " + (value.isNull() ? "null" : "an array"));
      }
      if (value.getNodeType() != variations.get(0).getNodeType()) {
        throw Members.wrong(pointer + "/" + i, "all variants must be of one type");
      }
      String name = value.asString("");
      boolean readable = value.isBoolean() && !variants.has(name);
      names.put(i, readable ? name : String.valueOf(i));
      variants.set(readable ? name : String.valueOf(i), value);
    }
    if (variants.isEmpty()) {
      throw Members.wrong(pointer, "a flag must have variations");
    }
    return variants;
  }

  private static String variant(int index, Map<Integer, String> names, String pointer) {
    String name = names.get(index);
    if (name == null) {
      throw Members.wrong(pointer, "there is no variation " + index);
    }
    return name;
  }

  /** The one variant that a rule, or what is left, gives. */
  private static String served(Members source, Map<Integer, String> names) {
    Integer variation = source.whole("variation");
    if (variation != null) {
      return variant(variation, names, Members.at(source.pointer(), "variation"));
    }
    String pointer = Members.at(source.pointer(), "rollout");
    if (!source.has("rollout")) {
      throw Members.wrong(source.pointer(), "must have a variation or a rollout");
    }
    Members rollout = Members.of(source.get("rollout"), pointer);
    Set<Integer> all = new HashSet<>();
    Set<Integer> weighted = new HashSet<>();
    long total = 0;
    int last = -1;
    for (Members entry : rollout.objects("variations")) {
      int weight = entry.wholeOr0("weight");
      if (weight < 0) {
        throw entry.wrongAt("weight", "must not be negative");
      }
      last = entry.wholeOr0("variation");
      String unused = variant(last, names, Members.at(entry.pointer(), "variation"));
      all.add(last);
      total += weight;
      if (weight > 0) {
        weighted.add(last);
      }
    }
    if (all.isEmpty()) {
      throw Members.wrong(pointer, "must have variations");
    }
    if (all.size() > 1) {
      LaunchDarklyClauses.requireUsers(rollout, "contextKind");
      // who is in no bucket gets the last
      if (weighted.size() > 1 || (total < WHOLE && !weighted.equals(Set.of(last)))) {
        throw Members.wrong(
            pointer, "LaunchDarkly's buckets cannot be had here: give one variation all weight");
      }
    }
    return variant(
        weighted.isEmpty() ? last : weighted.iterator().next(), names, pointer + "/variations");
  }

  private ArrayNode prerequisites(Members source) {
    ArrayNode prerequisites = JSON.arrayNode();
    for (Members prerequisite : source.objects("prerequisites")) {
      String key = prerequisite.text("key");
      if (key == null || !isThere(key)) {
        throw prerequisite.wrongAt("key", "there is no flag " + key);
      }
      take(key, Members.at(prerequisite.pointer(), "key"));
      ObjectNode other = draft.taken(key);
      if (other == null) {
        throw prerequisite.wrongAt("key", "flag " + key + " is refused");
      }
      int wanted = prerequisite.wholeOr0("variation");
      List<String> names = new ArrayList<>(other.path("variants").propertyNames());
      if (wanted < 0 || wanted >= names.size()) {
        throw prerequisite.wrongAt("variation", "flag " + key + " has no variation " + wanted);
      }
      if (other.path("x-killed").asBoolean(false)
          && other.path("x-off").asString("").equals(names.get(wanted))) {
        throw prerequisite.wrongAt(
            "key",
            "flag " + key + " is off, and its off variation is the one that is asked for:"
                + " for LaunchDarkly that does not hold, here it would");
      }
      prerequisites.add(JSON.objectNode().put("flag", key).put("variant", names.get(wanted)));
    }
    return prerequisites;
  }

  /** Keys of users by variant. The first target that has a key counts. */
  private static ObjectNode targets(Members source, Map<Integer, String> names) {
    List<Members> ofUsers = source.objects("targets");
    List<Members> ofKinds = source.objects("contextTargets");
    List<Members> inOrder = new ArrayList<>();
    for (Members target : ofKinds) {
      if (LaunchDarklyClauses.isOtherKind(target, "contextKind")) {
        if (!target.list("values").isEmpty()) {
          LaunchDarklyClauses.requireUsers(target, "contextKind");
        }
        continue;
      }
      int variation = target.wholeOr0("variation"); // its keys are in the other list
      ofUsers.stream()
          .filter(other -> other.wholeOr0("variation") == variation)
          .findFirst()
          .ifPresent(inOrder::add);
    }
    Set<String> known = new HashSet<>();
    ObjectNode targets = JSON.objectNode();
    for (Members target : ofKinds.isEmpty() ? ofUsers : inOrder) {
      List<String> keys = target.texts("values");
      if (!keys.isEmpty()) {
        String name =
            variant(target.wholeOr0("variation"), names, Members.at(target.pointer(), "variation"));
        ArrayNode list = targets.withArrayProperty(name);
        keys.stream().filter(known::add).forEach(list::add);
      }
    }
    return targets;
  }

  private JsonNode segmentReference(String key, String pointer) {
    JsonNode source = segments.get(key);
    if (source == null || source.path("deleted").asBoolean(false)) {
      return JSON.booleanNode(false); // nobody is in it
    }
    if (!draft.hasEvaluator(key)) {
      segmentsAbove.enter(key, pointer);
      try {
        draft.evaluator(key, segment(Members.of(source, Members.at(segments.pointer(), key))));
      } finally {
        segmentsAbove.leave(key);
      }
    }
    return JSON.objectNode().put("$ref", key);
  }

  private JsonNode segment(Members segment) {
    if (segment.flag("unbounded")) {
      throw segment.wrongAt("unbounded", "segments whose keys are elsewhere cannot be had here");
    }
    ArrayNode choice = JSON.arrayNode();
    addKeys(choice, segment, "included", "includedContexts", true);
    addKeys(choice, segment, "excluded", "excludedContexts", false);
    for (Members rule : segment.objects("rules")) {
      Integer weight = rule.whole("weight");
      if (weight != null && weight > 0) {
        throw rule.wrongAt("weight", "LaunchDarkly's buckets cannot be had here");
      }
      if (weight == null) {
        choice.add(clauses.all(rule.objects("clauses"))).add(true);
      }
    }
    return choice.isEmpty() ? JSON.booleanNode(false) : Logic.operation("if", choice.add(false));
  }

  private static void addKeys(
      ArrayNode choice, Members segment, String ofUsers, String ofKinds, boolean then) {
    Set<String> keys = new LinkedHashSet<>(segment.texts(ofUsers));
    for (Members target : segment.objects(ofKinds)) {
      if (!target.list("values").isEmpty()) {
        LaunchDarklyClauses.requireUsers(target, "contextKind");
        keys.addAll(target.texts("values"));
      }
    }
    if (!keys.isEmpty()) {
      ArrayNode list = JSON.arrayNode();
      keys.forEach(list::add);
      choice.add(Logic.operation("in", Logic.variable("targetingKey"), list)).add(then);
    }
  }
}
