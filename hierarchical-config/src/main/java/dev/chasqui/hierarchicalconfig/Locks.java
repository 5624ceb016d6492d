package dev.chasqui.hierarchicalconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a lock refuses: SPEC.md, rule 5.4; and what locks fit which settings: rule 3.5. */
final class Locks {
  private Locks() {}

  /** Why {@code binding} does not fit the setting, or {@code value} not the binding; or null. */
  static @Nullable String problem(Setting<?> setting, Binding binding, JsonNode value) {
    if (binding instanceof Binding.NarrowOnly) {
      return setting.stricter() == null
          ? "cannot be narrow-only: the setting does not say which value is stricter"
          : null;
    }
    return binding instanceof Binding.Bounded bounds ? problem(setting, bounds, value) : null;
  }

  private static @Nullable String problem(
      Setting<?> setting, Binding.Bounded bounds, JsonNode value) {
    SettingType<?> type = setting.type();
    boolean fits = bounds.choices().isEmpty()
        ? type.ordered()
        : type.kind() != SettingType.Kind.OBJECT && type.kind() != SettingType.Kind.LIST;
    if (!fits) {
      return "cannot be bounded so: the setting is of type " + type;
    }
    if (!isBound(setting, bounds.min())
        || !isBound(setting, bounds.max())
        || !bounds.choices().stream().allMatch(choice -> isBound(setting, choice))) {
      return "cannot be bounded so: a bound must be " + type.rule();
    }
    JsonNode min = bounds.min();
    JsonNode max = bounds.max();
    if (min != null && max != null && setting.compare(min, max) > 0) {
      return "cannot be bounded so: " + Setting.shown(min) + " is above " + Setting.shown(max);
    }
    return isWithin(setting, bounds, value)
        ? null
        : "must be within its own bounds, " + shown(bounds) + ", was " + Setting.shown(value);
  }

  private static boolean isBound(Setting<?> setting, @Nullable JsonNode bound) {
    if (bound == null) {
      return true;
    }
    // What is of an enum's type only its choices say.
    return !bound.isNull()
        && (setting.type().kind() == SettingType.Kind.ENUM
            ? setting.check(bound) == null
            : setting.type().decodePlain(bound) != null);
  }

  private static boolean isWithin(Setting<?> setting, Binding.Bounded bounds, JsonNode value) {
    if (value.isNull()) {
      return false;
    }
    JsonNode min = bounds.min();
    JsonNode max = bounds.max();
    return (min == null || setting.compare(value, min) >= 0)
        && (max == null || setting.compare(value, max) <= 0)
        && (bounds.choices().isEmpty()
            || bounds.choices().stream()
                .anyMatch(choice -> Setting.isSame(setting, choice, setting, value)));
  }

  /** Why {@code lock} refuses a value, in words that follow the key; or null if it does not. */
  static @Nullable Refusal refusal(
      Claim lock, @Nullable Setting<?> setting, JsonNode value, List<JsonNode> remove) {
    Binding binding = lock.entry.binding();
    if (binding instanceof Binding.Mandatory) {
      return new Refusal(
          Explanation.Reason.LOCKED, Violation.Rule.LOCKED, "is locked by " + lock.owner());
    }
    if (setting == null) {
      return null; // nobody can compare its values
    }
    if (binding instanceof Binding.Bounded bounds && !isWithin(setting, bounds, value)) {
      return new Refusal(
          Explanation.Reason.OUT_OF_BOUNDS,
          Violation.Rule.OUT_OF_BOUNDS,
          "must be " + shown(bounds) + ", as " + lock.owner() + " says, was "
              + Setting.shown(value));
    }
    if (binding instanceof Binding.NarrowOnly && isLooser(setting, lock.value(), value, remove)) {
      return new Refusal(
          Explanation.Reason.LOOSER,
          Violation.Rule.LOOSER,
          "must not be looser than " + cut(lock.value()) + " of " + lock.owner() + ", was "
              + cut(value));
    }
    return null;
  }

  record Refusal(Explanation.Reason reason, Violation.Rule rule, String message) {}

  private static boolean isLooser(
      Setting<?> setting, JsonNode lock, JsonNode value, List<JsonNode> remove) {
    Strictness stricter = setting.stricter();
    if (lock.isNull() || stricter == null) {
      return false;
    }
    if (value.isNull()) {
      return true;
    }
    return switch (stricter) {
      case LOWER -> setting.compare(value, lock) > 0;
      case HIGHER -> setting.compare(value, lock) < 0;
      case FEWER -> !elements(lock).containsAll(elements(value));
      case MORE ->
        elements(lock).stream().anyMatch(remove::contains)
            || (setting.merge() == Merge.FIRST && !elements(value).containsAll(elements(lock)));
    };
  }

  private static List<JsonNode> elements(JsonNode list) {
    return list.valueStream().toList();
  }

  private static String shown(Binding.Bounded bounds) {
    JsonNode min = bounds.min();
    JsonNode max = bounds.max();
    if (min != null && max != null) {
      return "between " + Setting.shown(min) + " and " + Setting.shown(max);
    }
    if (min != null) {
      return "at least " + Setting.shown(min);
    }
    return max == null
        ? "one of " + bounds.choices().stream().map(Setting::shown).toList()
        : "at most " + Setting.shown(max);
  }

  private static String cut(JsonNode value) {
    return Setting.cut(value.toString());
  }
}
