package dev.chasqui.app.web;

import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Flags;
import dev.chasqui.hierarchicalconfig.Choice;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.SettingType;
import dev.chasqui.hierarchicalconfig.Variants;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How pages write things. Plain text: the templates escape it. */
final class Show {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
          "yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
      .withZone(ZoneOffset.UTC);
  private static final int LONGEST_VALUE = 120;

  private Show() {}

  /** A value as people read it; of a choice, its label beside it. */
  static String value(@Nullable Setting<?> setting, @Nullable JsonNode value) {
    if (value == null) {
      return "not set";
    }
    String text = value.isString() ? value.stringValue() : value.toString();
    if (text.isEmpty()) {
      return "\"\"";
    }
    String label = setting == null ? "" : label(setting, value);
    String shown = (label.isEmpty() || label.equals(text)) ? text : text + " · " + label;
    return shown.length() <= LONGEST_VALUE ? shown : shown.substring(0, LONGEST_VALUE - 1) + "…";
  }

  /** {@code slow 25 %: 10, fast 75 %: 50}. */
  static String variants(@Nullable Setting<?> setting, Variants variants) {
    long total = variants.arms().stream().mapToLong(Variants.Arm::weight).sum();
    return variants.arms().stream()
        .map(arm -> arm.name() + ' ' + Math.round(100.0 * arm.weight() / total) + " %: "
            + value(setting, arm.value()))
        .collect(Collectors.joining(", "));
  }

  private static <T> String label(Setting<T> setting, JsonNode value) {
    for (Choice<T> choice : setting.choices()) {
      JsonNode json = setting.type().encode(choice.value());
      boolean same = (json.isNumber() && value.isNumber())
          ? json.doubleValue() == value.doubleValue()
          : json.equals(value);
      if (same) {
        return choice.label();
      }
    }
    return "";
  }

  /** The text that a form's field starts with. */
  static String typed(JsonNode value) {
    return value.isString()
        ? value.stringValue()
        : value.isContainer() ? value.toPrettyString() : value.toString();
  }

  /** What is allowed, in a few characters; empty if everything of the type is. */
  static <T> String range(Setting<T> setting) {
    T least = setting.minimum();
    T greatest = setting.maximum();
    if (!setting.choices().isEmpty()) {
      return setting.choices().size() + " choices";
    }
    if (least == null && greatest == null) {
      return "";
    }
    if (least == null) {
      return "≤ " + json(setting, greatest);
    }
    return greatest == null
        ? "≥ " + json(setting, least)
        : json(setting, least) + " … " + json(setting, greatest);
  }

  /** A value of the setting as a form's attribute; empty for null. */
  static <T> String json(Setting<T> setting, @Nullable T value) {
    return value == null ? "" : value(null, setting.type().encode(value));
  }

  static String minimum(Setting<?> setting) {
    return bound(setting, true);
  }

  static String maximum(Setting<?> setting) {
    return bound(setting, false);
  }

  private static <T> String bound(Setting<T> setting, boolean least) {
    return json(setting, least ? setting.minimum() : setting.maximum());
  }

  /** For a number field: the declared step, else whole numbers or any. */
  static <T> String step(Setting<T> setting) {
    T step = setting.step();
    if (step != null) {
      return json(setting, step);
    }
    return setting.type().kind() == SettingType.Kind.DOUBLE ? "any" : "1";
  }

  static boolean isNumber(Setting<?> setting) {
    return switch (setting.type().kind()) {
      case INT, LONG, DOUBLE -> true;
      default -> false;
    };
  }

  /** Whether a slider helps: both ends known, and not so far apart that it could not be aimed. */
  static boolean hasSlider(Setting<?> setting) {
    if (!isNumber(setting) || minimum(setting).isEmpty() || maximum(setting).isEmpty()) {
      return false;
    }
    double span = Double.parseDouble(maximum(setting)) - Double.parseDouble(minimum(setting));
    return setting.type().kind() == SettingType.Kind.DOUBLE
        ? span <= 10_000
        : span >= 3 && span <= 1_000;
  }

  /** A slider needs a step even where the field takes any number. */
  static String sliderStep(Setting<?> setting) {
    String step = step(setting);
    if (!step.equals("any")) {
      return step;
    }
    double span = Double.parseDouble(maximum(setting)) - Double.parseDouble(minimum(setting));
    return String.valueOf(span / 200);
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number).replace(',', '\u202f');
  }

  static String plural(long number, String one, String many) {
    return count(number) + ' ' + (number == 1 ? one : many);
  }

  /** {@code part} of {@code whole}; of nothing, a dash. Never rounds up to 100 %. */
  static String percent(int part, int whole) {
    if (whole == 0) {
      return "–";
    }
    double percent = Math.floor(1000.0 * part / whole) / 10;
    return String.format(Locale.ROOT, percent == Math.rint(percent) ? "%.0f" : "%.1f", percent)
        + "\u202f%";
  }

  /** A width for a bar of 100. */
  static String width(int part, int whole) {
    return whole == 0 ? "0" : String.format(Locale.ROOT, "%.2f", 100.0 * part / whole);
  }

  static String took(@Nullable Duration time) {
    if (time == null) {
      return "–";
    }
    long millis = time.toMillis();
    if (millis < 1000) {
      return millis + " ms";
    }
    return millis < 60_000 ? String.format(Locale.ROOT, "%.2f s", millis / 1000.0) : roughly(time);
  }

  static String time(Instant time) {
    return TIME.format(time);
  }

  static String ago(@Nullable Instant time) {
    if (time == null) {
      return "never";
    }
    Duration past = Duration.between(time, Instant.now());
    return past.toSeconds() < 2 ? "just now" : roughly(past) + " ago";
  }

  private static String roughly(Duration time) {
    long seconds = time.toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
  }

  /** The trace of a change; empty if it has none. */
  static String traceId(Changes.Change change) {
    String[] parts = change.traceParent().split("-", 4); // what follows may have more of them
    return parts.length == 4 ? parts[1] : "";
  }

  static String url(Scope scope) {
    return "/scopes/" + scope;
  }

  /** A flag's page. */
  static String flagUrl(String set, String key) {
    return "/flags/" + set + '/'
        + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** What a change of flags was. */
  static String did(Flags.Change change) {
    return switch (change.kind()) {
      case "kill" -> "killed";
      case "unkill" -> "live again";
      case "trip" -> "rolled back";
      case "document" -> "document";
      default -> "changed";
    };
  }

  /** What a change did, where nobody said why. */
  static String title(Changes.Change change) {
    if (!change.reason().isBlank()) {
      return change.reason();
    }
    return change.kind().equals("fleet")
        ? "Fleet changed"
        : plural(change.edits(), "setting changed", "settings changed");
  }
}
