package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagProblem;
import dev.chasqui.featureflags.FlagSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A document that is being put together, and what is refused. Of each flag either is known, or nothing. */
final class Draft {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final UnaryOperator<String> pointer;
  private final Map<String, ObjectNode> taken = new LinkedHashMap<>();
  private final Map<String, RefusedFlag> refused = new LinkedHashMap<>();
  private final Map<String, JsonNode> evaluators = new LinkedHashMap<>();
  private final Chain flagsAbove = new Chain("prerequisites");

  /** {@code pointer} says where a flag is in what is imported. */
  Draft(UnaryOperator<String> pointer) {
    this.pointer = pointer;
  }

  void take(String key, ObjectNode flag) {
    taken.put(key, flag);
  }

  void refuse(String key, FlagFormatException reason) {
    taken.remove(key);
    refused.put(key, new RefusedFlag(key, reason.pointer(), reason.problem()));
  }

  /**
   * Reads a flag that is not known yet; afterwards it is taken or refused.
   *
   * @param pointer of what asks for it, which is refused if that leads back or too far
   */
  void read(String key, String pointer, Supplier<ObjectNode> flag) {
    if (knows(key)) {
      return;
    }
    flagsAbove.enter(key, pointer);
    try {
      take(key, flag.get());
    } catch (FlagFormatException e) {
      refuse(key, e);
    } finally {
      flagsAbove.leave(key);
    }
  }

  boolean knows(String key) {
    return taken.containsKey(key) || refused.containsKey(key);
  }

  /** Null if it is refused, or not known. */
  @Nullable
  ObjectNode taken(String key) {
    return taken.get(key);
  }

  boolean hasEvaluator(String name) {
    return evaluators.containsKey(name);
  }

  /** All there are by now. */
  ObjectNode evaluators() {
    return JSON.objectNode().setAll(evaluators);
  }

  void evaluator(String name, JsonNode rule) {
    evaluators.put(name, rule);
  }

  List<RefusedFlag> refused() {
    return List.copyOf(refused.values());
  }

  /**
   * What was taken, in this order, with the evaluators that it needs. Flags that are right one by one, but too great for the
   * compiler, are refused now.
   */
  FlagDocument document(Collection<String> order) {
    ObjectNode flags = JSON.objectNode();
    order.stream().filter(taken::containsKey).forEach(key -> flags.set(key, taken.get(key)));
    while (true) {
      FlagDocument document = with(flags);
      List<FlagProblem> problems = FlagSet.of(document).problems();
      if (problems.isEmpty()) {
        return document;
      }
      for (FlagProblem problem : problems) {
        refuse(problem.flag(), Members.wrong(pointer.apply(problem.flag()), problem.message()));
        flags.remove(problem.flag());
      }
    }
  }

  private FlagDocument with(ObjectNode flags) {
    Set<String> used = new HashSet<>();
    collectReferences(flags, used);
    ObjectNode kept = JSON.objectNode();
    evaluators.forEach((name, rule) -> {
      if (used.contains(name)) {
        kept.set(name, rule);
      }
    });
    ObjectNode json = JSON.objectNode();
    json.set("flags", flags);
    if (!kept.isEmpty()) {
      json.set("$evaluators", kept);
    }
    return FlagDocument.parse(json.toString());
  }

  private void collectReferences(JsonNode node, Set<String> used) {
    JsonNode reference = node.get("$ref");
    if (reference != null && reference.isString() && used.add(reference.stringValue())) {
      JsonNode rule = evaluators.get(reference.stringValue());
      if (rule != null) {
        collectReferences(rule, used);
      }
    }
    node.forEach(child -> collectReferences(child, used));
  }
}
