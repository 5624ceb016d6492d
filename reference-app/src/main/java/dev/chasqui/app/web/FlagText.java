package dev.chasqui.app.web;

import dev.chasqui.app.store.Flags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Flags in words, for people who know no JsonLogic. Says what is common; what is not it gives as it is written. */
final class FlagText {
  private static final int LONGEST_RULE = 160;
  private static final int LONGEST_VALUE = 40;
  private static final int LONGEST_LIST = 4;
  private static final int DEEPEST = 12;
  private static final Map<String, String> BETWEEN = Map.ofEntries(
      Map.entry("==", "is"),
      Map.entry("===", "is"),
      Map.entry("!=", "is not"),
      Map.entry("!==", "is not"),
      Map.entry("<", "<"),
      Map.entry("<=", "≤"),
      Map.entry(">", ">"),
      Map.entry(">=", "≥"),
      Map.entry("in", "in"),
      Map.entry("starts_with", "starts with"),
      Map.entry("ends_with", "ends with"));

  private FlagText() {}

  /** What a flag is doing. */
  enum State {
    LIVE("live", "good"),
    KILLED("killed", "bad"),
    DISABLED("disabled", "");

    private final String text;
    private final String style;

    State(String text, String style) {
      this.text = text;
      this.style = style;
    }

    String text() {
      return text;
    }

    /** Of its pill. */
    String style() {
      return style;
    }
  }

  /** A variant, its value cut where it is long. */
  record Variant(String name, String value, boolean isDefault) {}

  /** Something that a flag says. */
  record Line(String name, String text) {}

  static State state(JsonNode flag) {
    if (flag.path("state").asString("").equals("DISABLED")) {
      return State.DISABLED;
    }
    return Flags.isKilled(flag) ? State.KILLED : State.LIVE;
  }

  static List<Variant> variants(JsonNode flag) {
    String standard = flag.path("defaultVariant").asString("");
    return flag.path("variants").properties().stream()
        .map(variant -> new Variant(
            variant.getKey(),
            cut(variant.getValue().toString(), LONGEST_VALUE),
            variant.getKey().equals(standard)))
        .toList();
  }

  /** All that decides, one after the other; empty for a flag that is the same for all. */
  static List<Line> lines(JsonNode flag) {
    List<Line> lines = new ArrayList<>();
    if (flag.path("x-killed").asBoolean(false)) {
      lines.add(new Line("Killed", killed(flag)));
    }
    if (flag.has("x-prerequisites")) {
      lines.add(new Line("Needs", prerequisites(flag.get("x-prerequisites"))));
    }
    if (flag.has("x-layer")) {
      JsonNode layer = flag.get("x-layer");
      lines.add(new Line(
          "Layer",
          layer.path("name").asString("") + ", parts " + layer.path("from") + " to "
              + layer.path("to")));
    }
    if (flag.has("x-targets")) {
      lines.add(new Line(
          "Named",
          flag.get("x-targets").properties().stream()
              .map(each ->
                  Show.plural(each.getValue().size(), "key", "keys") + " → " + each.getKey())
              .collect(Collectors.joining(", "))));
    }
    if (flag.has("x-schedule")) {
      lines.add(new Line(
          "Schedule",
          Show.plural(flag.get("x-schedule").size(), "step", "steps") + ", from "
              + flag.at("/x-schedule/0/at").asString("")));
    }
    JsonNode targeting = flag.path("targeting");
    if (!targeting.isMissingNode() && !targeting.isNull() && !targeting.isEmpty()) {
      lines.add(new Line("Rule", cut(rule(targeting, 0), LONGEST_RULE)));
    }
    return lines;
  }

  /** All lines in one. */
  static String summary(JsonNode flag) {
    List<Line> lines = lines(flag);
    if (lines.isEmpty()) {
      return "the same for all";
    }
    return cut(
        lines.stream()
            .map(line -> switch (line.name()) {
              case "Rule" -> line.text();
              case "Killed" -> "killed: " + line.text();
              default -> line.name().toLowerCase(java.util.Locale.ROOT) + " " + line.text();
            })
            .collect(Collectors.joining("; ")),
        LONGEST_RULE);
  }

  /** What everybody gets from a flag that is killed. */
  static String killed(JsonNode flag) {
    String off = flag.path("x-off").asString("");
    return off.isEmpty() ? "everybody gets the code's default" : "everybody gets " + off;
  }

  private static String prerequisites(JsonNode prerequisites) {
    return prerequisites
        .valueStream()
        .map(each -> each.path("flag").asString("") + " = " + names(each.path("variant")))
        .collect(Collectors.joining(" and "));
  }

  private static String names(JsonNode variants) {
    return variants.isArray()
        ? variants.valueStream().map(each -> each.asString("")).collect(Collectors.joining(" or "))
        : variants.asString("");
  }

  private static String rule(JsonNode rule, int depth) {
    if (!rule.isObject() || rule.size() != 1 || depth > DEEPEST) {
      return text(rule);
    }
    Map.Entry<String, JsonNode> only = rule.properties().iterator().next();
    List<JsonNode> operands = only.getValue().isArray()
        ? only.getValue().valueStream().toList()
        : List.of(only.getValue());
    String operator = only.getKey();
    String between = BETWEEN.get(operator);
    if (between != null && operands.size() == 2) {
      return rule(operands.get(0), depth + 1)
          + ' '
          + between
          + ' '
          + rule(operands.get(1), depth + 1);
    }
    return switch (operator) {
      case "var" ->
        operands.isEmpty() ? "var" : operands.get(0).asString(operands.get(0).toString());
      case "if", "?:" -> chain(operands, depth);
      case "and", "or" ->
        operands.stream()
            .map(each -> part(each, depth))
            .collect(Collectors.joining(' ' + operator + ' '));
      case "!" ->
        operands.size() == 1 ? "not (" + rule(operands.get(0), depth + 1) + ')' : text(rule);
      case "fractional" -> split(operands, depth);
      case "$ref" -> operands.size() == 1 ? "rule " + operands.get(0).asString("") : text(rule);
      case "sem_ver" ->
        operands.stream().map(each -> result(each, depth)).collect(Collectors.joining(" "));
      default -> text(rule);
    };
  }

  private static String part(JsonNode rule, int depth) {
    String text = rule(rule, depth + 1);
    boolean isJoined = rule.has("and") || rule.has("or") || rule.has("if");
    return isJoined ? '(' + text + ')' : text;
  }

  private static String chain(List<JsonNode> operands, int depth) {
    StringBuilder text = new StringBuilder();
    int i = 0;
    for (; i + 1 < operands.size(); i += 2) {
      text.append(text.isEmpty() ? "" : "; ")
          .append("if ")
          .append(rule(operands.get(i), depth + 1))
          .append(" → ")
          .append(result(operands.get(i + 1), depth));
    }
    if (i < operands.size()) {
      text.append(text.isEmpty() ? "" : "; else ").append(result(operands.get(i), depth));
    }
    return text.toString();
  }

  private static String result(JsonNode rule, int depth) {
    return rule.isString() ? rule.stringValue() : rule(rule, depth + 1);
  }

  private static String split(List<JsonNode> operands, int depth) {
    boolean hasKey = !operands.isEmpty() && !isShare(operands.get(0));
    List<JsonNode> shares = hasKey ? operands.subList(1, operands.size()) : operands;
    long total = 0;
    for (JsonNode share : shares) {
      if (!isShare(share) || (share.size() > 1 && !share.get(1).isIntegralNumber())) {
        return "split " + text(operands.get(0)) + '…';
      }
      total += weight(share);
    }
    List<String> parts = new ArrayList<>();
    for (JsonNode share : shares) {
      parts.add(percent(weight(share), total) + ' ' + result(share.get(0), depth));
    }
    return String.join(", ", parts) + (hasKey ? " by " + rule(operands.get(0), depth + 1) : "");
  }

  private static boolean isShare(JsonNode operand) {
    return operand.isArray() && (operand.size() == 1 || operand.size() == 2);
  }

  private static long weight(JsonNode share) {
    return share.size() > 1 ? Math.max(0, share.get(1).asLong(0)) : 1;
  }

  private static String percent(long weight, long total) {
    return total == 0
        ? "0\u202f%"
        : new java.text.DecimalFormat(
                    "0.##", java.text.DecimalFormatSymbols.getInstance(java.util.Locale.ROOT))
                .format(100.0 * weight / total)
            + "\u202f%";
  }

  private static String text(JsonNode json) {
    if (json.isString()) {
      return '"' + json.stringValue() + '"';
    }
    if (json.isArray()) {
      String elements = json.valueStream()
          .limit(LONGEST_LIST)
          .map(FlagText::text)
          .collect(Collectors.joining(", "));
      return json.size() <= LONGEST_LIST
          ? elements
          : elements + " and " + (json.size() - LONGEST_LIST) + " more";
    }
    return json.toString();
  }

  static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }
}
