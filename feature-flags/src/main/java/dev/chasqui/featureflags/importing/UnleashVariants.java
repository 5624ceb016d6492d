package dev.chasqui.featureflags.importing;

import static dev.chasqui.featureflags.importing.Logic.operation;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The variants of one feature, as a flag that gives what Unleash's {@code getVariant} does. While the feature is on they are those of
 * the first strategy that says yes, or the feature's own if that has none.
 */
final class UnleashVariants {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String NONE = "disabled"; // as Unleash calls it

  private final String feature;
  private final Members source;
  private final UnleashStrategies strategies;
  private final ObjectNode values = JSON.objectNode();
  private final List<Choice> choices = new ArrayList<>(); // the first whose condition holds

  UnleashVariants(String feature, Members source, UnleashStrategies strategies) {
    this.feature = feature;
    this.source = source;
    this.strategies = strategies;
  }

  private record Choice(JsonNode condition, String variant) {}

  static String flagOf(String feature) {
    return feature + ":variant";
  }

  /** Whether the feature has any, be they well-formed or not. */
  boolean areThere() {
    return !source.object().path("variants").isEmpty()
        || source
            .object()
            .path("strategies")
            .valueStream()
            .anyMatch(strategy -> !strategy.path("variants").isEmpty());
  }

  /** Whether it is read, and given while the feature is on. */
  boolean gives(String variant) {
    return choices.stream().anyMatch(choice -> choice.variant.equals(variant))
        && !variant.equals(NONE);
  }

  /** Whether there may be none while the feature is on. */
  boolean mayBeNone() {
    return choices.stream().anyMatch(choice -> choice.variant.equals(NONE));
  }

  /** The flag, of a feature that is taken over. */
  ObjectNode read() {
    values.putObject(NONE).put("name", NONE).put("enabled", false);
    readChoices();
    ObjectNode flag = JSON.objectNode().put("state", "ENABLED");
    flag.set("variants", values);
    Choice last = choices.get(choices.size() - 1);
    int conditions = choices.size() - 1;
    while (conditions > 0 && choices.get(conditions - 1).variant.equals(last.variant)) {
      conditions--;
    }
    flag.put("defaultVariant", last.variant).put("x-off", NONE);
    flag.putArray("x-prerequisites").addObject().put("flag", feature).put("variant", "on");
    if (conditions > 0) {
      ArrayNode branches = JSON.arrayNode();
      choices
          .subList(0, conditions)
          .forEach(choice -> branches.add(choice.condition).add(choice.variant));
      flag.set("targeting", operation("if", branches.add(last.variant)));
    }
    return flag;
  }

  /** The last of them holds always. */
  private void readChoices() {
    List<Members> all = source.objects("strategies");
    if (all.stream().allMatch(strategy -> strategy.list("variants").isEmpty())) {
      addOwn(UnleashStrategies.ALWAYS);
      return;
    }
    for (int i = 0; i < all.size(); i++) {
      Members strategy = all.get(i);
      if (!strategy.has("variants")) {
        throw strategy.wrongAt(
            "variants", "must be there, if only empty, where other strategies have some");
      }
      // while the feature is on one says yes: the last, if none before it does
      boolean isLast = i == all.size() - 1;
      JsonNode condition = isLast ? UnleashStrategies.ALWAYS : strategies.rule(strategy);
      if (condition.equals(UnleashStrategies.NEVER)) {
        continue;
      }
      List<Members> variants = strategy.objects("variants");
      if (variants.isEmpty()) {
        addOwn(condition);
      } else {
        choices.add(
            new Choice(condition, only(variants, Members.at(strategy.pointer(), "variants"))));
      }
      if (condition.equals(UnleashStrategies.ALWAYS)) {
        return;
      }
    }
  }

  /** The feature's own. */
  private void addOwn(JsonNode condition) {
    List<Members> variants = source.objects("variants");
    if (variants.isEmpty()) {
      choices.add(new Choice(condition, NONE));
      return;
    }
    for (Members variant : variants) {
      for (Members override : variant.objects("overrides")) {
        ArrayNode list = JSON.arrayNode();
        override.texts("values").forEach(list::add);
        JsonNode isIn = operation("in", UnleashConstraints.attribute(override), list);
        choices.add(new Choice(
            condition.equals(UnleashStrategies.ALWAYS) ? isIn : operation("and", condition, isIn),
            take(variant)));
      }
    }
    choices.add(new Choice(condition, only(variants, Members.at(source.pointer(), "variants"))));
  }

  /** The one that has all weight. */
  private String only(List<Members> variants, String pointer) {
    List<Members> weighted =
        variants.stream().filter(variant -> weight(variant) > 0).toList();
    if (weighted.size() != 1) {
      throw Members.wrong(
          pointer, "Unleash's buckets cannot be had here: give one variant all weight");
    }
    return take(weighted.get(0));
  }

  private static int weight(Members variant) {
    int weight = variant.wholeOr0("weight");
    if (weight < 0) {
      throw variant.wrongAt("weight", "must be at least 0");
    }
    return weight;
  }

  private String take(Members variant) {
    String name = variant.text("name");
    if (name == null || name.equals(NONE)) {
      throw variant.wrongAt("name", "a variant must have a name other than " + NONE);
    }
    ObjectNode value = JSON.objectNode().put("name", name).put("enabled", true);
    if (variant.has("payload")) {
      Members payload = variant.objectOrEmpty("payload");
      ObjectNode copy = value.putObject("payload");
      for (String member : List.of("type", "value")) {
        String text = payload.text(member);
        if (text == null) {
          throw payload.wrongAt(member, "must be a string");
        }
        copy.put(member, text);
      }
    }
    JsonNode before = values.get(name);
    if (before != null && !before.equals(value)) {
      throw variant.wrongAt("payload", "there is another variant " + name);
    }
    values.set(name, value);
    return name;
  }
}
