package dev.chasqui.app.web;

import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.Setting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What people type into a form, as the JSON that the setting's rules are checked on. What cannot be
 * read as the type goes on as a string, so that there is one place that says what is wrong with it.
 */
final class ValueField {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int LONGEST_NUMBER = 400;

  private ValueField() {}

  static JsonNode read(Setting<?> setting, String typed) {
    if (!Database.canKeep(typed)) {
      throw new RefusedException("value", "bad-text", "must not have NUL characters");
    }
    return switch (setting.type().kind()) {
      case INT, LONG, DOUBLE -> number(typed.strip());
      case BOOLEAN -> bool(typed.strip());
      case STRING, ENUM -> NODES.stringNode(typed);
      case DURATION -> NODES.stringNode(duration(typed.strip()));
      case OBJECT, LIST -> json(typed);
    };
  }

  private static JsonNode number(String typed) {
    try {
      if (typed.length() <= LONGEST_NUMBER && Double.isFinite(Double.parseDouble(typed))) {
        BigDecimal number = new BigDecimal(typed);
        return number.signum() == 0 || number.stripTrailingZeros().scale() <= 0
            ? whole(number)
            : NODES.numberNode(number.doubleValue());
      }
    } catch (NumberFormatException e) {
      // no number: the setting's own rule says so
    }
    return NODES.stringNode(typed);
  }

  private static JsonNode whole(BigDecimal number) {
    boolean fits = number.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0;
    return fits
        ? NODES.numberNode(number.longValueExact())
        : NODES.numberNode(number.doubleValue());
  }

  private static JsonNode bool(String typed) {
    return switch (typed) {
      case "true" -> NODES.booleanNode(true);
      case "false" -> NODES.booleanNode(false);
      default -> NODES.stringNode(typed);
    };
  }

  /** {@code 90s} and {@code 1h30m} are durations to people. */
  private static String duration(String typed) {
    String upper = typed.toUpperCase(Locale.ROOT).replace(" ", "");
    for (String text : new String[] {upper, "PT" + upper}) {
      try {
        return Duration.parse(text).toString();
      } catch (DateTimeParseException e) {
        // the next
      }
    }
    return typed;
  }

  private static JsonNode json(String typed) {
    try {
      return JsonBody.parse(typed.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (HttpProblem e) {
      throw new RefusedException("value", "malformed-json", e.detail());
    }
  }
}
