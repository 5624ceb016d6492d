package dev.chasqui.featureflags;

import dev.openfeature.sdk.Structure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a flag came to what it is for one context: all that was looked at, with its values.
 *
 * @param evaluation what it is
 * @param revision of the document, 0 if its source has no revisions
 * @param at seconds since 1970 that it was evaluated at
 * @param steps in order; the last decided
 */
public record Explanation(FlagEvaluation evaluation, long revision, long at, List<Step> steps) {
  private static final int LONGEST_SHOWN = 200;
  private static final int LONGEST_LIST = 20;

  /** Copies the steps. */
  public Explanation {
    steps = List.copyOf(steps);
  }

  /**
   * One thing that was looked at.
   *
   * @param what the operator, or the rule of a flag: {@code ends_with}, {@code var email}, {@code x-targets}
   * @param value what it gave, as JSON would write it, cut where it is long
   * @param because what that comes from
   */
  public record Step(String what, String value, List<Step> because) {
    /** Copies the steps. */
    public Step {
      because = List.copyOf(because);
    }

    private void write(String indent, StringBuilder text) {
      text.append(indent).append(what).append(" = ").append(value).append('\n');
      because.forEach(step -> step.write(indent + "  ", text));
    }
  }

  static Step step(String what, Supplier<@Nullable Object> value, List<Step> because) {
    String shown;
    try {
      shown = show(value.get());
    } catch (RuleException e) {
      shown = "error: " + e.getMessage();
    }
    return new Step(what, shown, because);
  }

  static Step step(String what, String value) {
    return new Step(what, value, List.of());
  }

  /** A line for each step, indented below what it is a part of. */
  public String toText() {
    StringBuilder text = new StringBuilder(evaluation.key()).append(" is ");
    if (evaluation.value() != null) {
      text.append(evaluation.value())
          .append(" (variant ")
          .append(evaluation.variant())
          .append(')');
    } else {
      text.append("the default of who asks");
    }
    text.append(", ").append(evaluation.reason());
    if (evaluation.errorMessage() != null) {
      text.append(": ").append(evaluation.errorMessage());
    }
    text.append('\n');
    steps.forEach(step -> step.write("  ", text));
    return text.toString();
  }

  /**
   * As JSON: {@code {"flag", "variant", "value", "reason", "errorCode", "errorMessage", "revision", "at", "steps": [{"what", "value",
   * "because": […]}]}}, without what is null.
   */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("flag", evaluation.key());
    if (evaluation.variant() != null) {
      json.put("variant", evaluation.variant());
    }
    if (evaluation.value() != null) {
      json.set("value", evaluation.value().deepCopy());
    }
    json.put("reason", evaluation.reason());
    if (evaluation.errorCode() != null) {
      json.put("errorCode", evaluation.errorCode().name());
      json.put("errorMessage", evaluation.errorMessage());
    }
    json.put("revision", revision);
    json.put("at", Instant.ofEpochSecond(at).toString());
    writeSteps(steps, json.putArray("steps"));
    return json;
  }

  private static void writeSteps(List<Step> steps, ArrayNode array) {
    for (Step step : steps) {
      ObjectNode json = array.addObject();
      json.put("what", step.what());
      json.put("value", step.value());
      if (!step.because().isEmpty()) {
        writeSteps(step.because(), json.putArray("because"));
      }
    }
  }

  /** Of JSON's types, without what OpenFeature wraps around. */
  static @Nullable Object plain(@Nullable Object value) {
    Object inner = Coercion.plain(value);
    if (inner instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(plain(element)));
      return elements;
    }
    if (inner instanceof Structure structure) {
      Map<String, @Nullable Object> members = new LinkedHashMap<>();
      structure.asMap().forEach((name, member) -> members.put(name, plain(member)));
      return members;
    }
    return inner;
  }

  private static String show(@Nullable Object value) {
    StringBuilder shown = new StringBuilder();
    write(Coercion.plain(value), shown);
    return shown.length() <= LONGEST_SHOWN
        ? shown.toString()
        : shown.substring(0, LONGEST_SHOWN) + "…";
  }

  private static void write(@Nullable Object value, StringBuilder shown) {
    if (value instanceof String text) {
      shown.append(FlagDocument.quoted(text));
    } else if (value instanceof List<?> list) {
      List<String> elements = new ArrayList<>();
      list.stream().limit(LONGEST_LIST).forEach(element -> elements.add(show(element)));
      if (list.size() > LONGEST_LIST) {
        elements.add("… of " + list.size());
      }
      shown.append('[').append(String.join(", ", elements)).append(']');
    } else if (value instanceof Structure structure) {
      writeMembers(structure.asMap(), shown);
    } else if (value instanceof Map<?, ?> map) {
      writeMembers(map, shown);
    } else {
      shown.append(Coercion.text(value));
    }
  }

  private static void writeMembers(Map<?, ?> members, StringBuilder shown) {
    List<String> written = new ArrayList<>();
    members.forEach((name, member) ->
        written.add(FlagDocument.quoted(String.valueOf(name)) + ": " + show(member)));
    written.sort(null);
    shown.append('{').append(String.join(", ", written)).append('}');
  }
}
