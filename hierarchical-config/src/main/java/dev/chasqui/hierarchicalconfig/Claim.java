package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one entry claims for its key, here and now: SPEC.md, sections 3 and 5. It stands until it is
 * refused, and is refused once.
 */
final class Claim {
  final Placed place;
  final String key;
  /** Null for a key that nobody declares. */
  final @Nullable Setting<?> setting;

  final Entry entry;

  /** The value for this device at this instant, or null if the entry does not hold. */
  @Nullable
  JsonNode offered;
  /** Name of the arm that the value is of. */
  @Nullable
  String variant;

  Explanation.@Nullable Reason reason;
  /** In words, empty if there is more to be known first. */
  String detail = "";
  /** What refused it. */
  @Nullable
  Scope by;
  /** What is wrong with it, whatever wins. */
  @Nullable
  Violation violation;

  /** What {@link #offered} stands for, where that had to be found out. */
  @Nullable
  Object read;

  private Claim(Placed place, String key, @Nullable Setting<?> setting, Entry entry) {
    this.place = place;
    this.key = key;
    this.setting = setting;
    this.entry = entry;
  }

  /** Finds out whether the entry holds, and whether its setting allows what it offers. */
  static Claim of(
      Placed place,
      String key,
      @Nullable Setting<?> setting,
      Entry entry,
      Resolver resolver,
      DeviceContext context,
      Instant at) {
    Claim claim = new Claim(place, key, setting, entry);
    claim.offer(resolver.targeting(), context, at);
    if (claim.offered != null && setting != null) {
      claim.check(setting, claim.offered, resolver.catalogue());
    }
    return claim;
  }

  boolean stands() {
    return reason == null;
  }

  /** The value it offers; only for one that holds. */
  JsonNode value() {
    if (offered == null) {
      throw new IllegalStateException(key + " of " + place.scope() + " does not hold");
    }
    return offered;
  }

  private void offer(Targeting targeting, DeviceContext context, Instant at) {
    Term term = entry.term();
    Instant from = term.from();
    if (from != null && at.isBefore(from)) {
      lose(Explanation.Reason.NOT_YET, "holds from " + from + " on", null);
      return;
    }
    Instant until = term.until();
    boolean over = until != null && !at.isBefore(until);
    if (over && term.plainThen() == null) {
      lose(Explanation.Reason.EXPIRED, "ended at " + until, null);
      return;
    }
    JsonNode rule = entry.plainWhen();
    try {
      if (rule != null && !targeting.matches(rule, context.plainFacts())) {
        lose(Explanation.Reason.CONDITION, "its condition does not match", null);
        return;
      }
      offered = over ? term.plainThen() : drawn(targeting, context);
    } catch (IllegalArgumentException e) {
      String message = "has a rule that cannot be evaluated: " + e.getMessage();
      lose(Explanation.Reason.CONDITION, message, null);
      violation = violation(Violation.Rule.BAD_RULE, message);
    }
  }

  private JsonNode drawn(Targeting targeting, DeviceContext context) {
    Variants variants = entry.variants();
    if (variants == null) {
      return entry.plainValue();
    }
    JsonNode unit = context.plainFacts().path(variants.by());
    if (!unit.isString() || unit.stringValue().isEmpty()) {
      return entry.plainValue();
    }
    Variants.Arm arm = variants
        .arms()
        .get(targeting.bucket(variants.seed(), unit.stringValue(), variants.weights()));
    variant = arm.name();
    return arm.plainValue();
  }

  private void check(Setting<?> declared, JsonNode value, Catalogue catalogue) {
    Violation found = checkValue(declared, value, catalogue);
    if (found == null) {
      found = checkRemove(declared.merge());
    }
    if (found == null) {
      String problem = Locks.problem(declared, entry.binding(), value);
      found = problem == null ? null : violation(Violation.Rule.BAD_BINDING, problem);
    }
    if (found == null) {
      found = catalogue.checkSize(key, value);
    }
    if (found != null) {
      refuse(Explanation.Reason.INVALID, found, null);
    }
  }

  private @Nullable Violation checkValue(Setting<?> declared, JsonNode value, Catalogue catalogue) {
    if (declared.merge().structural()) {
      // What it comes to is checked once it is merged.
      boolean fits =
          declared.merge().ofLists() ? SettingType.isListOfValues(value) : value.isObject();
      return fits
          ? null
          : violation(
              Violation.Rule.WRONG_TYPE,
              "must be " + declared.type().rule() + ", was " + Setting.shown(value));
    }
    Setting.Reading<?> reading = declared.tryReadPlain(value);
    if (reading instanceof Setting.Reading.Refused<?> refused) {
      return refused.violation();
    }
    read = ((Setting.Reading.Valid<?>) reading).value();
    return catalogue.checkSchema(declared, value);
  }

  private @Nullable Violation checkRemove(Merge merge) {
    List<JsonNode> remove = entry.plainRemove();
    if (remove.isEmpty()) {
      return null;
    }
    if (!merge.structural()) {
      return violation(
          Violation.Rule.BAD_REMOVE,
          "\"remove\" is for settings whose lists or objects merge, this one merges "
              + merge.code());
    }
    for (JsonNode each : remove) {
      String problem = StructuralMerge.problem(merge, each);
      if (problem != null) {
        return violation(
            Violation.Rule.BAD_REMOVE,
            "elements of \"remove\" " + problem + ", was " + Setting.shown(each));
      }
    }
    return null;
  }

  /** Refused for what is wrong with it. */
  void refuse(Explanation.Reason why, Violation found, @Nullable Scope refusedBy) {
    violation = found.at(place.scope());
    lose(why, found.message(), refusedBy);
  }

  void lose(Explanation.Reason why, String inWords, @Nullable Scope lostTo) {
    reason = why;
    detail = inWords;
    by = lostTo;
  }

  Violation violation(Violation.Rule rule, String message) {
    return new Violation(rule, key, place.scope(), message);
  }

  /** The scope, and who set it there, for people. */
  String owner() {
    return entry.author().isEmpty()
        ? place.scope().toString()
        : place.scope() + " (" + entry.author() + ')';
  }

  Explanation.Candidate candidate() {
    return new Explanation.Candidate(
        place.scope(), entry, offered == null ? entry.plainValue() : offered, variant);
  }
}
