package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node of a rule that is read: it gives a value for a context (SPEC.md, 3). What it gives is of the types of {@link Coercion}.
 *
 * <p><b>Threads:</b> immutable.
 */
abstract class Rule {
  private final List<Rule> operands;

  Rule(List<Rule> operands) {
    this.operands = List.copyOf(operands);
  }

  /**
   * What it is for a context.
   *
   * @param now seconds since 1970, which {@code $flagd.timestamp} is
   * @param item what {@code var} reads within an iteration; otherwise not looked at
   * @throws RuleException if it has none
   */
  abstract @Nullable Object value(EvaluationContext context, long now, @Nullable Object item);

  /** Whether its value is true. */
  boolean holds(EvaluationContext context, long now, @Nullable Object item) {
    return Coercion.truth(value(context, now, item));
  }

  /** Its value if that is a text, otherwise null. */
  @Nullable
  String text(EvaluationContext context, long now, @Nullable Object item) {
    return value(context, now, item) instanceof String text ? text : null;
  }

  /** The operator, or what else stands there, for those who read an explanation. */
  abstract String name();

  final List<Rule> operands() {
    return operands;
  }

  /** Operands that its value for this context comes from. */
  List<Rule> visited(EvaluationContext context, long now, @Nullable Object item) {
    return operands;
  }

  /** How it comes to its value. */
  Explanation.Step explain(EvaluationContext context, long now, @Nullable Object item) {
    List<Rule> visited;
    try {
      visited = visited(context, now, item);
    } catch (RuleException e) { // which one of them throws will show
      visited = operands;
    }
    List<Explanation.Step> steps =
        visited.stream().map(rule -> rule.explain(context, now, item)).toList();
    return Explanation.step(name(), () -> value(context, now, item), steps);
  }

  /** Whether it is the same for every context and time. */
  boolean isConstant() {
    for (Rule operand : operands) { // streams would be most of what compiling allocates
      if (!operand.isConstant()) {
        return false;
      }
    }
    return true;
  }

  /** Whether it reads the time. */
  boolean readsTime() {
    for (Rule operand : operands) {
      if (operand.readsTime()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it puts subjects into buckets. */
  boolean hasBuckets() {
    return operands.stream().anyMatch(Rule::hasBuckets);
  }

  /** Tells the attributes of a context that its value may depend on; {@code ""} if they may be any. */
  void reads(Consumer<String> attribute) {
    operands.forEach(operand -> operand.reads(attribute));
  }

  /** A value that is written in the rule. */
  static final class Literal extends Rule {
    private final @Nullable Object value;
    private final boolean holds;
    private volatile @Nullable Set<String> texts; // once somebody asks

    Literal(@Nullable Object value) {
      super(List.of());
      this.value = value;
      this.holds = Coercion.truth(value);
    }

    @Nullable
    Object value() {
      return value;
    }

    /** Texts of an array. Flags that share an array share them. */
    Set<String> texts() {
      Set<String> known = texts;
      if (known == null) {
        known = new HashSet<>();
        for (Object element : (List<?>) Objects.requireNonNull(value)) {
          if (Coercion.plain(element) instanceof String text) {
            known.add(text);
          }
        }
        texts = known;
      }
      return known;
    }

    /** Whether an array has nothing else. */
    boolean hasOnlyTexts() {
      for (Object element : (List<?>) Objects.requireNonNull(value)) {
        if (!(Coercion.plain(element) instanceof String)) {
          return false;
        }
      }
      return true;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return value;
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      return holds;
    }

    @Override
    String name() {
      return "literal";
    }
  }

  /** An array whose elements are rules. */
  static final class Elements extends Rule {
    Elements(List<Rule> elements) {
      super(elements);
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      @Nullable Object[] values = values(operands(), context, now, item);
      return java.util.Arrays.asList(values);
    }

    @Override
    String name() {
      return "array";
    }
  }

  /** What {@code $ref} stands for. */
  static final class Reference extends Rule {
    private final String evaluator;
    private final Rule rule;

    Reference(String evaluator, Rule rule) {
      super(List.of(rule));
      this.evaluator = evaluator;
      this.rule = rule;
    }

    Rule rule() {
      return rule;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return rule.value(context, now, item);
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      return rule.holds(context, now, item);
    }

    @Override
    String name() {
      return "$ref " + evaluator;
    }
  }

  static @Nullable Object[] values(
      List<Rule> rules, EvaluationContext context, long now, @Nullable Object item) {
    @Nullable Object[] values = new @Nullable Object[rules.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rules.get(i).value(context, now, item);
    }
    return values;
  }
}
