package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import java.util.List;
import java.util.Map;

/**
 * A rule in the place of {@code targeting}, made ready: what it gives is a variant at once.
 *
 * <p><b>Threads:</b> immutable.
 */
abstract class Decision {
  /**
   * What the flag comes to.
   *
   * @throws RuleException if the rule has no value
   */
  abstract Outcome decide(EvaluationContext context, long now);

  /**
   * Makes one of a rule.
   *
   * @param rule as {@link Shortcuts} made it
   * @param otherwise where the rule gives null
   */
  static Decision of(Rule rule, Outcomes outcomes, Outcome otherwise) {
    if (rule instanceof Rule.Literal literal) {
      Object value = literal.value();
      return new Constant(value == null ? otherwise : outcomes.match(Coercion.text(value)));
    }
    if (rule instanceof Rules.Choice choice) {
      List<Rule> operands = choice.operands();
      int pairs = operands.size() / 2;
      Rule[] conditions = new Rule[pairs];
      Decision[] results = new Decision[pairs];
      for (int i = 0; i < pairs; i++) {
        conditions[i] = operands.get(2 * i);
        results[i] = of(operands.get(2 * i + 1), outcomes, otherwise);
      }
      Decision last = operands.size() % 2 == 1
          ? of(operands.get(2 * pairs), outcomes, otherwise)
          : new Constant(otherwise);
      return pairs == 1
          ? new Either(conditions[0], results[0], last)
          : new Chain(conditions, results, last);
    }
    if (rule instanceof Shortcuts.Draw draw) {
      Outcome[] drawn = draw.split().results().stream()
          .map(result -> result == null ? otherwise : outcomes.match(Coercion.text(result)))
          .toArray(Outcome[]::new);
      return new Drawn(draw, drawn, otherwise, new Computed(draw.general(), outcomes, otherwise));
    }
    return new Computed(rule, outcomes, otherwise);
  }

  /** Always the same. */
  static final class Constant extends Decision {
    private final Outcome outcome;

    Constant(Outcome outcome) {
      this.outcome = outcome;
    }

    Outcome outcome() {
      return outcome;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      return outcome;
    }
  }

  /** One condition. */
  private static final class Either extends Decision {
    private final Rule condition;
    private final Decision then;
    private final Decision otherwise;

    Either(Rule condition, Decision then, Decision otherwise) {
      this.condition = condition;
      this.then = then;
      this.otherwise = otherwise;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      return (condition.holds(context, now, null) ? then : otherwise).decide(context, now);
    }
  }

  /** Several conditions, the first of which decides that holds. */
  private static final class Chain extends Decision {
    private final Rule[] conditions;
    private final Decision[] results;
    private final Decision last;

    Chain(Rule[] conditions, Decision[] results, Decision last) {
      this.conditions = conditions;
      this.results = results;
      this.last = last;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      for (int i = 0; i < conditions.length; i++) {
        if (conditions[i].holds(context, now, null)) {
          return results[i].decide(context, now);
        }
      }
      return last.decide(context, now);
    }
  }

  /** Buckets that are known. */
  private static final class Drawn extends Decision {
    private final Shortcuts.Draw draw;
    private final Outcome[] drawn;
    private final Outcome otherwise;
    private final Decision general;

    Drawn(Shortcuts.Draw draw, Outcome[] drawn, Outcome otherwise, Decision general) {
      this.draw = draw;
      this.drawn = drawn;
      this.otherwise = otherwise;
      this.general = general;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      int index = draw.index(context, now, null);
      if (index >= 0) {
        return drawn[index];
      }
      return index == Shortcuts.Draw.ASK ? general.decide(context, now) : otherwise;
    }
  }

  /** Any other rule: its value is looked up among the variants. */
  private static final class Computed extends Decision {
    private final Rule rule;
    private final Outcomes outcomes;
    private final Outcome otherwise;

    Computed(Rule rule, Outcomes outcomes, Outcome otherwise) {
      this.rule = rule;
      this.outcomes = outcomes;
      this.otherwise = otherwise;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      Object value = rule.value(context, now, null);
      return value == null ? otherwise : outcomes.matchComputed(Coercion.text(value));
    }
  }

  /** Targeting keys that are named ({@code x-targets}), before all else. */
  static final class Named extends Decision {
    private final Map<String, Outcome> byKey;
    private final Decision otherwise;

    Named(Map<String, Outcome> byKey, Decision otherwise) {
      this.byKey = Map.copyOf(byKey);
      this.otherwise = otherwise;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      String key = context.getTargetingKey();
      Outcome outcome = key == null ? null : byKey.get(key);
      return outcome != null ? outcome : otherwise.decide(context, now);
    }
  }

  /** What must hold before the rest is looked at: {@code x-prerequisites}, {@code x-layer}. */
  static final class Gated extends Decision {
    private final Gate gate;
    private final Outcome closed;
    private final Decision open;

    Gated(Gate gate, Outcome closed, Decision open) {
      this.gate = gate;
      this.closed = closed;
      this.open = open;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      return gate.isOpen(context, now) ? open.decide(context, now) : closed;
    }
  }

  /** Whether a context gets on to the rest of a flag. */
  interface Gate {
    boolean isOpen(EvaluationContext context, long now);
  }

  /** What is in force since when ({@code x-schedule}). */
  static final class Scheduled extends Decision {
    private final long[] starts; // seconds since 1970, ascending
    private final Decision[] steps;
    private final Decision before;

    Scheduled(long[] starts, Decision[] steps, Decision before) {
      this.starts = starts;
      this.steps = steps;
      this.before = before;
    }

    @Override
    Outcome decide(EvaluationContext context, long now) {
      Decision inForce = before;
      for (int i = 0; i < starts.length && starts[i] <= now; i++) {
        inForce = steps[i];
      }
      return inForce.decide(context, now);
    }
  }
}
