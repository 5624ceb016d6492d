package dev.chasqui.featureflags.guard;

import dev.chasqui.featureflags.FlagFormatException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the rule that a flag's metadata has, in members whose names begin with {@code guard.}. */
final class GuardRuleReader {
  private static final String PREFIX = "guard.";
  private static final Set<String> KNOWN = Set.of(
      "guard.metric",
      "guard.slowMillis",
      "guard.max",
      "guard.baseline",
      "guard.candidate",
      "guard.alpha",
      "guard.minimumCalls",
      "guard.action");

  private final String key;
  private final JsonNode flag;
  private final JsonNode metadata;

  private GuardRuleReader(String key, JsonNode flag, JsonNode metadata) {
    this.key = key;
    this.flag = flag;
    this.metadata = metadata;
  }

  /**
   * Null if the flag asks for none.
   *
   * @throws FlagFormatException if it asks for one wrongly
   */
  static @Nullable GuardRule read(String key, JsonNode flag) {
    if (!(flag.get("metadata") instanceof ObjectNode metadata)) {
      return null;
    }
    boolean asked = false;
    for (String name : metadata.propertyNames()) {
      if (name.startsWith(PREFIX)) {
        asked = true;
        if (!KNOWN.contains(name)) { // a slip in a name must not leave a flag unguarded in silence
          throw wrong(key, name, "is none of " + KNOWN.stream().sorted().toList());
        }
      }
    }
    return asked ? new GuardRuleReader(key, flag, metadata).rule() : null;
  }

  private GuardRule rule() {
    String baseline = baseline();
    double margin = number("guard.max", null);
    if (!(margin >= 0 && margin <= GuardRule.HIGHEST_MARGIN)) {
      throw wrong("guard.max", "must be 0 to " + GuardRule.HIGHEST_MARGIN);
    }
    double alpha = number("guard.alpha", GuardRule.ALPHA);
    if (!(alpha > 0 && alpha <= 0.5)) {
      throw wrong("guard.alpha", "must be above 0 and at most 0.5");
    }
    return new GuardRule(
        key,
        baseline,
        candidates(baseline),
        metric(),
        margin,
        alpha,
        whole("guard.minimumCalls", GuardRule.MINIMUM_CALLS, Long.MAX_VALUE),
        action());
  }

  private GuardMetric metric() {
    String metric = text("guard.metric");
    if (metric == null) {
      throw wrong("guard.metric", "must be given: errors or slowCalls");
    }
    return switch (metric) {
      case "errors" -> {
        if (metadata.has("guard.slowMillis")) {
          throw wrong("guard.slowMillis", "is for guard.metric slowCalls");
        }
        yield new GuardMetric.Errors();
      }
      case "slowCalls" ->
        new GuardMetric.SlowCalls(
            Duration.ofMillis(whole("guard.slowMillis", null, Duration.ofDays(1).toMillis())));
      default -> throw wrong("guard.metric", "must be errors or slowCalls");
    };
  }

  private GuardAction action() {
    String text = text("guard.action");
    if (text == null) {
      return GuardAction.HOLD;
    }
    return GuardAction.of(text)
        .orElseThrow(() -> wrong("guard.action", "must be hold, rollBack or kill"));
  }

  private String baseline() {
    String given = text("guard.baseline");
    if (given != null) {
      return variant("guard.baseline", given);
    }
    JsonNode off = flag.get("x-off");
    JsonNode otherwise = off != null ? off : flag.get("defaultVariant");
    if (otherwise == null || !otherwise.isString()) {
      throw wrong(
          "guard.baseline", "must be given where there is neither x-off nor defaultVariant");
    }
    return variant("guard.baseline", otherwise.stringValue());
  }

  private Set<String> candidates(String baseline) {
    String given = text("guard.candidate");
    Set<String> candidates = new LinkedHashSet<>();
    if (given != null) {
      candidates.add(variant("guard.candidate", given));
    } else if (flag.get("variants") instanceof ObjectNode variants) {
      candidates.addAll(variants.propertyNames());
      candidates.remove(baseline);
    }
    if (candidates.contains(baseline)) {
      throw wrong("guard.candidate", "must not be the baseline");
    }
    if (candidates.isEmpty() || candidates.size() > GuardRule.MOST_CANDIDATES) {
      throw wrong(
          "guard.candidate",
          "must be given where there are not 1 to " + GuardRule.MOST_CANDIDATES
              + " variants besides the baseline");
    }
    return candidates;
  }

  private String variant(String name, String variant) {
    if (flag.get("variants") instanceof ObjectNode variants && variants.has(variant)) {
      return variant;
    }
    throw wrong(name, "there is no variant " + variant);
  }

  private @Nullable String text(String name) {
    JsonNode node = metadata.get(name);
    if (node == null) {
      return null;
    }
    if (!node.isString()) {
      throw wrong(name, "must be a string");
    }
    return node.stringValue();
  }

  private double number(String name, @Nullable Double otherwise) {
    JsonNode node = metadata.get(name);
    if (node == null && otherwise != null) {
      return otherwise;
    }
    if (node == null || !node.isNumber()) {
      throw wrong(name, "must be a number");
    }
    return node.doubleValue();
  }

  private long whole(String name, @Nullable Long otherwise, long most) {
    double number = number(name, otherwise == null ? null : otherwise.doubleValue());
    if (!(number >= 1 && number <= most && number == Math.rint(number))) {
      throw wrong(name, "must be a whole number from 1 to " + most);
    }
    return (long) number;
  }

  private FlagFormatException wrong(String name, String rule) {
    return wrong(key, name, rule);
  }

  private static FlagFormatException wrong(String key, String name, String rule) {
    return new FlagFormatException(
        pointer(key) + "/metadata/" + escaped(name), name + ": " + rule, null);
  }

  /** Of a flag in its document. */
  static String pointer(String key) {
    return "/flags/" + escaped(key);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
