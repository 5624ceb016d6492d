package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes over one payload. */
final class GrowthBookFeatures {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Members features;

  private final Draft draft = new Draft(key -> Members.at("/features", key));
  private final GrowthBookConditions conditions;

  GrowthBookFeatures(Members payload) {
    features = payload.objectOrEmpty("features");
    conditions = new GrowthBookConditions(payload.objectOrEmpty("savedGroups"), draft);
  }

  GrowthBookImport read() {
    List<String> order = List.copyOf(features.object().propertyNames());
    order.forEach(key -> take(key, features.pointer()));
    return new GrowthBookImport(draft.document(order), draft.refused());
  }

  private void take(String key, String pointer) {
    draft.read(
        key,
        pointer,
        () ->
            new Feature(Members.of(features.get(key), Members.at(features.pointer(), key))).read());
  }

  /** One of them. Its rules are asked in turn, and the first that applies decides. */
  private final class Feature {
    private final Members source;
    private final GrowthBookVariants variants = new GrowthBookVariants();
    private final ArrayNode prerequisites = JSON.arrayNode();
    private final ArrayNode choice = JSON.arrayNode();

    /** What is left to all for whom no rule applies. */
    private @Nullable JsonNode rest;

    Feature(Members source) {
      this.source = source;
    }

    ObjectNode read() {
      JsonNode fallback = variants.name(
          source.object().get("defaultValue"),
          "default",
          Members.at(source.pointer(), "defaultValue"));
      List<Members> rules = source.objects("rules");
      for (int i = 0; i < rules.size() && rest == null; i++) { // others are never come to
        read(rules.get(i), "rule-" + i);
      }
      JsonNode last = rest == null ? fallback : rest;
      ObjectNode flag = JSON.objectNode().put("state", "ENABLED");
      flag.set("variants", variants.written(source.pointer()));
      // without a default, one whose prerequisites do not hold has no value
      boolean hasDefault = prerequisites.isEmpty() && !variants.hasNull();
      if (hasDefault) {
        flag.set("defaultVariant", last);
      }
      if (!prerequisites.isEmpty()) {
        flag.set("x-prerequisites", prerequisites);
      }
      if (!choice.isEmpty() || !hasDefault) {
        flag.set("targeting", Logic.operation("if", choice.add(last)));
      }
      return flag;
    }

    private void read(Members rule, String name) {
      rule.objects("parentConditions").forEach(this::addGate);
      GrowthBookShares.requireNoFilters(rule);
      if (rule.object().has("force")) {
        if (!GrowthBookShares.isShared(rule)) {
          add(condition(rule), force(rule, name));
        } else if (GrowthBookShares.isForced(rule)) {
          add(Logic.all(List.of(condition(rule), hasHashAttribute(rule))), force(rule, name));
        }
        return;
      }
      for (String bandit : List.of("contextualVariations", "contextualBanditRef")) {
        if (rule.has(bandit)) {
          throw rule.wrongAt(bandit, "contextual bandits cannot be had here");
        }
      }
      if (!rule.has("variations")) {
        return;
      }
      List<JsonNode> variations = rule.list("variations");
      requireMeta(rule, variations.size());
      if (variations.size() < 2) {
        return; // which is no experiment
      }
      int index = GrowthBookShares.variation(rule, variations.size());
      if (index == GrowthBookShares.NONE || passesThrough(rule, index)) {
        return;
      }
      JsonNode variant = variants.name(
          variations.get(index), name, Members.at(rule.pointer(), "variations") + "/" + index);
      add(Logic.all(List.of(hasHashAttribute(rule), condition(rule))), variant);
    }

    private void add(JsonNode condition, JsonNode variant) {
      if (condition.isBoolean() && condition.booleanValue()) {
        rest = variant;
      } else {
        choice.add(condition).add(variant);
      }
    }

    private JsonNode force(Members rule, String name) {
      return variants.name(rule.object().get("force"), name, Members.at(rule.pointer(), "force"));
    }

    private JsonNode condition(Members rule) {
      return conditions.ofContext(rule.objectOrEmpty("condition"));
    }

    /** Nobody without it has a place among buckets. */
    private JsonNode hasHashAttribute(Members rule) {
      String name = rule.text("hashAttribute");
      String path = GrowthBookPath.attribute(
          name == null || name.isEmpty() ? "id" : name,
          Members.at(rule.pointer(), "hashAttribute"));
      return GrowthBookConditions.isTrue(Logic.variable(path));
    }

    /** GrowthBook reads that of the first, too, of an experiment that nobody is in. */
    private static void requireMeta(Members rule, int variations) {
      if (rule.has("meta") && rule.objects("meta").size() < Math.max(1, variations)) {
        throw rule.wrongAt("meta", "must have one for each variation");
      }
    }

    private static boolean passesThrough(Members rule, int index) {
      return rule.has("meta") && rule.objects("meta").get(index).flag("passthrough");
    }

    private void addGate(Members parent) {
      String key = parent.text("id");
      if (key == null || !features.has(key)) {
        throw parent.wrongAt("id", "there is no feature " + key);
      }
      if (!parent.flag("gate")) {
        throw parent.wrongAt(
            "gate", "a prerequisite of one rule cannot be had here, only one of a whole flag");
      }
      if (!choice.isEmpty()) {
        throw parent.wrongAt(
            "gate", "a prerequisite counts before all rules here, but this one after some");
      }
      take(key, Members.at(parent.pointer(), "id"));
      ObjectNode other = draft.taken(key);
      if (other == null) {
        throw parent.wrongAt("id", "feature " + key + " is refused");
      }
      String pointer = Members.at(parent.pointer(), "condition");
      ObjectNode wanted = JSON.objectNode().put("flag", key);
      ArrayNode names = wanted.putArray("variant");
      JsonNode rule = conditions.ofObject(parent.objectOrEmpty("condition"));
      FlagSet holds = asFlag(rule, pointer);
      other.path("variants").properties().forEach(variant -> {
        if (isTrueOf(variant.getValue(), holds)) {
          names.add(variant.getKey());
        }
      });
      if (names.isEmpty()) {
        throw Members.wrong(pointer, "feature " + key + " never has a value of which it holds");
      }
      if (!other.has("defaultVariant") && isTrueOf(JSON.nullNode(), holds)) {
        throw Members.wrong(
            pointer, "holds where feature " + key + " has no value, which cannot be said here");
      }
      prerequisites.add(wanted);
    }
  }

  /** Conditions on another feature are decided now, for each value that it may have. */
  private FlagSet asFlag(JsonNode rule, String pointer) {
    ObjectNode document = JSON.objectNode();
    ObjectNode flag = document.putObject("flags").putObject("holds").put("state", "ENABLED");
    flag.putObject("variants").put("yes", true).put("no", false);
    flag.putObject("targeting").putArray("if").add(rule).add("yes").add("no");
    document.set("$evaluators", draft.evaluators());
    FlagSet holds = FlagSet.of(FlagDocument.parse(document.toString()));
    holds.problems().forEach(problem -> {
      throw Members.wrong(pointer, problem.message());
    });
    return holds;
  }

  private static boolean isTrueOf(JsonNode value, FlagSet holds) {
    FlagContext context = value.isNull()
        ? FlagContext.EMPTY
        : FlagContext.EMPTY.withAll(
            Map.of("value", JsonMapper.shared().readValue(value.toString(), Object.class)));
    return "yes".equals(holds.evaluate("holds", context).variant());
  }
}
