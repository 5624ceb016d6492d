package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One flag as it is written, read and checked (SPEC.md, 1.2 and 5), with its rules as they are written.
 *
 * @param off variant of {@code x-off}
 * @param salt text of {@code x-salt}
 * @param targets variant by targeting key
 * @param targeting null where there is none
 * @param evaluators that its rules refer to
 */
record FlagDefinition(
    String key,
    boolean enabled,
    boolean killed,
    Map<String, JsonNode> variants,
    @Nullable String defaultVariant,
    @Nullable String off,
    @Nullable String salt,
    List<Prerequisite> prerequisites,
    @Nullable Layer layer,
    Map<String, String> targets,
    List<Step> schedule,
    @Nullable Rule targeting,
    FlagMetadata metadata,
    Map<String, JsonNode> evaluators) {
  /** What another flag must be. */
  record Prerequisite(String flag, Set<String> variants) {}

  /** A part of all subjects. */
  record Layer(String name, int from, int to) {
    private static final int PARTS = 100;

    boolean has(String targetingKey) {
      long part = ((Murmur3.startingWith(name).hash(targetingKey) & 0xffff_ffffL) * PARTS) >>> 32;
      return from <= part && part < to;
    }
  }

  /** What is in force since when. */
  record Step(long at, Rule rule) {}

  /** Whether a context or the time can make a difference. */
  boolean hasRules() {
    return !prerequisites.isEmpty()
        || layer != null
        || !targets.isEmpty()
        || !schedule.isEmpty()
        || targeting != null;
  }

  /** How its subjects fall into buckets. */
  Bucketing bucketing() {
    JsonNode written = metadata.json().get("bucketing");
    Bucketing bucketing = written == null ? null : Bucketing.of(written.asString());
    return bucketing == null ? Bucketing.V2 : bucketing; // what is written was checked
  }

  /** All its rules. */
  List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    schedule.forEach(step -> rules.add(step.rule));
    if (targeting != null) {
      rules.add(targeting);
    }
    return rules;
  }

  /**
   * Reads one.
   *
   * @param pointer JSON pointer of it in the document
   * @throws FlagFormatException if a rule of SPEC.md is broken
   */
  static FlagDefinition read(String key, JsonNode json, String pointer, Surroundings surroundings) {
    return new Reader(key, json, pointer, surroundings).read();
  }

  private static final class Reader {
    private final String key;
    private final String pointer;
    private final ObjectNode flag;
    private final Map<String, JsonNode> variants;
    private final FlagMetadata metadata;
    private final RuleReader rules;

    Reader(String key, JsonNode json, String pointer, Surroundings surroundings) {
      this.key = key;
      this.pointer = pointer;
      if (!(json instanceof ObjectNode object)) {
        throw wrong("", "a flag must be an object");
      }
      this.flag = object;
      this.variants = readVariants();
      FlagDocument.checkMetadata(flag.get("metadata"), pointer + "/metadata");
      this.metadata = surroundings.metadata().with(flag.get("metadata"));
      String salt = text("x-salt");
      this.rules = new RuleReader(
          surroundings.attributes(),
          key,
          salt == null ? key : salt,
          bucketing(),
          surroundings.evaluators(),
          surroundings.shared());
    }

    FlagDefinition read() {
      String state = text("state");
      if (state == null || !(state.equals("ENABLED") || state.equals("DISABLED"))) {
        throw wrong("/state", "state must be ENABLED or DISABLED, but is " + flag.get("state"));
      }
      JsonNode killed = flag.get("x-killed");
      if (killed != null && !killed.isBoolean()) {
        throw wrong("/x-killed", "must be true or false");
      }
      String fallback = text("defaultVariant");
      return new FlagDefinition(
          key,
          state.equals("ENABLED"),
          killed != null && killed.booleanValue(),
          variants,
          fallback == null || fallback.isEmpty() ? null : variant("/defaultVariant", fallback),
          variantOrNull("x-off"),
          text("x-salt"),
          prerequisites(),
          layer(),
          targets(),
          schedule(),
          targeting(flag.get("targeting"), "/targeting"),
          metadata,
          Map.copyOf(rules.usedEvaluators()));
    }

    private FlagFormatException wrong(String where, String problem) {
      return new FlagFormatException(pointer + where, problem, null);
    }

    private @Nullable String text(String member) {
      return text(flag, member, "");
    }

    private @Nullable String text(ObjectNode object, String member, String where) {
      JsonNode value = object.get(member);
      if (value == null || value.isNull()) {
        return null;
      }
      if (!value.isString()) {
        throw wrong(where + "/" + member, "must be a string");
      }
      return value.stringValue();
    }

    private Map<String, JsonNode> readVariants() {
      if (!(flag.get("variants") instanceof ObjectNode object) || object.isEmpty()) {
        throw wrong("/variants", "a flag must have variants, an object of at least one");
      }
      Map<String, JsonNode> read = new LinkedHashMap<>();
      object.properties().forEach(variant -> {
        if (variant.getValue().isNull()) {
          throw wrong(
              "/variants/" + RuleReader.escaped(variant.getKey()),
              "the value of a variant must not be null");
        }
        if (!variant.getValue().isString() && !variant.getValue().isBoolean()) {
          RuleReader.checkNumbers(
              variant.getValue(), pointer + "/variants/" + RuleReader.escaped(variant.getKey()));
        }
        read.put(variant.getKey(), variant.getValue());
      });
      return read;
    }

    private Bucketing bucketing() {
      JsonNode written = metadata.json().get("bucketing");
      if (written == null) {
        return Bucketing.V2;
      }
      Bucketing bucketing = written.isString() ? Bucketing.of(written.stringValue()) : null;
      if (bucketing == null) {
        throw wrong("/metadata/bucketing", "bucketing must be v1, v2 or v3, but is " + written);
      }
      return bucketing;
    }

    private String variant(String where, String name) {
      if (!variants.containsKey(name)) {
        throw wrong(where, "there is no variant " + name + " among " + variants.keySet());
      }
      return name;
    }

    private @Nullable String variantOrNull(String member) {
      String name = text(member);
      return name == null ? null : variant("/" + member, name);
    }

    private @Nullable Rule targeting(@Nullable JsonNode rule, String where) {
      if (rule == null || rule.isNull() || (rule.isObject() && rule.isEmpty())) {
        return null;
      }
      if (!rule.isObject()) {
        throw wrong(where, "targeting must be an object, a rule");
      }
      return rules.read(rule, pointer + where);
    }

    private List<Prerequisite> prerequisites() {
      List<Prerequisite> prerequisites = new ArrayList<>();
      forEach("x-prerequisites", (object, where) -> {
        String other = text(object, "flag", where);
        if (other == null) {
          throw wrong(where + "/flag", "a prerequisite must name a flag");
        }
        JsonNode wanted = object.get("variant");
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode name : wanted != null && wanted.isArray() ? wanted : list(wanted)) {
          if (!name.isString()) {
            throw wrong(where + "/variant", "must be the name of a variant, or a list of names");
          }
          names.add(name.stringValue());
        }
        if (names.isEmpty()) {
          throw wrong(where + "/variant", "a prerequisite must name a variant");
        }
        prerequisites.add(new Prerequisite(other, names));
      });
      return prerequisites;
    }

    private static Iterable<JsonNode> list(@Nullable JsonNode node) {
      return node == null ? List.of() : List.of(node);
    }

    private interface Each {
      void read(ObjectNode object, String where);
    }

    private void forEach(String member, Each each) {
      JsonNode list = flag.get(member);
      if (list == null || list.isNull()) {
        return;
      }
      if (!list.isArray()) {
        throw wrong("/" + member, "must be an array of objects");
      }
      for (int i = 0; i < list.size(); i++) {
        String where = "/" + member + "/" + i;
        if (!(list.get(i) instanceof ObjectNode object)) {
          throw wrong(where, "must be an object");
        }
        each.read(object, where);
      }
    }

    private @Nullable ObjectNode object(String member) {
      JsonNode value = flag.get(member);
      if (value == null || value.isNull()) {
        return null;
      }
      if (!(value instanceof ObjectNode object)) {
        throw wrong("/" + member, "must be an object");
      }
      return object;
    }

    private @Nullable Layer layer() {
      ObjectNode json = object("x-layer");
      if (json == null) {
        return null;
      }
      String name = text(json, "name", "/x-layer");
      if (name == null) {
        throw wrong("/x-layer/name", "a layer must have a name");
      }
      int from = percent(json, "from", "/x-layer");
      int to = percent(json, "to", "/x-layer");
      if (from >= to) {
        throw wrong("/x-layer", "from must be less than to, but is " + from + " and " + to);
      }
      return new Layer(name, from, to);
    }

    private int percent(ObjectNode object, String member, String where) {
      JsonNode value = object.get(member);
      if (value == null || !value.isInt() || value.intValue() < 0 || value.intValue() > 100) {
        throw wrong(where + "/" + member, "must be an integer of 0 to 100, but is " + value);
      }
      return value.intValue();
    }

    private Map<String, String> targets() {
      Map<String, String> targets = new LinkedHashMap<>();
      ObjectNode json = object("x-targets");
      if (json != null) {
        json.properties().forEach(entry -> {
          String where = "/x-targets/" + RuleReader.escaped(entry.getKey());
          String variant = variant(where, entry.getKey());
          if (!entry.getValue().isArray()) {
            throw wrong(where, "must be an array of targeting keys");
          }
          entry.getValue().forEach(target -> {
            if (!target.isString()) {
              throw wrong(where, "a targeting key must be a string, but is " + target);
            }
            String other = targets.put(target.stringValue(), variant);
            if (other != null && !other.equals(variant)) {
              throw wrong(where, "targeting key " + target + " is named for " + other + " too");
            }
          });
        });
      }
      return targets;
    }

    private List<Step> schedule() {
      List<Step> steps = new ArrayList<>();
      forEach("x-schedule", (object, where) -> {
        long at = Schedule.seconds(object.get("at"), pointer + where + "/at");
        if (!steps.isEmpty() && steps.get(steps.size() - 1).at >= at) {
          throw wrong(where + "/at", "steps must ascend by at");
        }
        steps.add(new Step(at, step(object, at, where)));
      });
      return steps;
    }

    private Rule step(ObjectNode object, long at, String where) {
      String variant = text(object, "variant", where);
      String ramp = text(object, "ramp", where);
      JsonNode targeting = object.get("targeting");
      int kinds = (variant != null ? 1 : 0) + (ramp != null ? 1 : 0) + (targeting != null ? 1 : 0);
      if (kinds != 1) {
        throw wrong(where, "a step must have one of variant, targeting and ramp");
      }
      if (variant != null) {
        return new Rule.Literal(variant(where + "/variant", variant));
      }
      if (ramp != null) {
        String otherwise = text(object, "else", where);
        if (otherwise == null) {
          throw wrong(where + "/else", "a ramp must say the variant of the others");
        }
        return rules.read(
            Schedule.ramp(
                variant(where + "/ramp", ramp),
                variant(where + "/else", otherwise),
                percent(object, "from", where),
                percent(object, "to", where),
                at,
                Schedule.seconds(object.get("until"), pointer + where + "/until"),
                pointer + where),
            pointer + where);
      }
      Rule rule = targeting(targeting, where + "/targeting");
      return rule == null ? new Rule.Literal(null) : rule;
    }
  }
}
