package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Rules as they are written, one class for each way to evaluate; what they are made into for speed is in {@link Shortcuts}. */
final class Rules {
  private Rules() {}

  /** An {@link Operator} and what it is applied to. */
  static final class Operation extends Rule {
    private final Operator operator;

    Operation(Operator operator, List<Rule> operands) {
      super(operands);
      this.operator = operator;
    }

    Operator operator() {
      return operator;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return operator.apply(values(operands(), context, now, item));
    }

    @Override
    String name() {
      return operator.text;
    }
  }

  /** {@code if}: conditions and results in turns, and what is left where none holds. */
  static final class Choice extends Rule {
    Choice(List<Rule> operands) {
      super(operands);
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Rule chosen = chosen(context, now, item);
      return chosen == null ? null : chosen.value(context, now, item);
    }

    private @Nullable Rule chosen(EvaluationContext context, long now, @Nullable Object item) {
      List<Rule> operands = operands();
      int i = 0;
      for (; i + 1 < operands.size(); i += 2) {
        if (operands.get(i).holds(context, now, item)) {
          return operands.get(i + 1);
        }
      }
      return i < operands.size() ? operands.get(i) : null;
    }

    @Override
    List<Rule> visited(EvaluationContext context, long now, @Nullable Object item) {
      List<Rule> visited = new ArrayList<>();
      int i = 0;
      for (; i + 1 < operands().size(); i += 2) {
        visited.add(operands().get(i));
        if (operands().get(i).holds(context, now, item)) {
          visited.add(operands().get(i + 1));
          return visited;
        }
      }
      if (i < operands().size()) {
        visited.add(operands().get(i));
      }
      return visited;
    }

    @Override
    String name() {
      return "if";
    }
  }

  /** {@code and} and {@code or}: the first operand that decides, or the last. */
  static final class Junction extends Rule {
    private final boolean decides;

    Junction(boolean decides, List<Rule> operands) {
      super(operands);
      this.decides = decides;
    }

    /** What an operand must be to end it: true for {@code or}. */
    boolean decides() {
      return decides;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Object last = null;
      for (Rule operand : operands()) {
        last = operand.value(context, now, item);
        if (Coercion.truth(last) == decides) {
          return last;
        }
      }
      return last;
    }

    @Override
    List<Rule> visited(EvaluationContext context, long now, @Nullable Object item) {
      List<Rule> visited = new ArrayList<>();
      for (Rule operand : operands()) {
        visited.add(operand);
        if (operand.holds(context, now, item) == decides) {
          break;
        }
      }
      return visited;
    }

    @Override
    String name() {
      return decides ? "or" : "and";
    }
  }

  /** {@code var} whose path is written in the rule. */
  static final class Variable extends Rule {
    private final Attributes attributes;
    private final String path;
    private final String[] names;
    private final Rule otherwise;
    private final boolean ofItem;

    Variable(Attributes attributes, String path, Rule otherwise, boolean ofItem) {
      super(List.of(otherwise));
      this.attributes = attributes;
      this.path = path;
      this.names = Attributes.path(path);
      this.otherwise = otherwise;
      this.ofItem = ofItem;
    }

    /** Name of the attribute, or null where it reads something else than an attribute of the context. */
    @Nullable
    String attribute() {
      return ofItem ? null : names[0];
    }

    String path() {
      return path;
    }

    Rule otherwise() {
      return otherwise;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Object found = ofItem ? Attributes.findIn(item, names) : attributes.find(names, context);
      return Coercion.isMissing(found) ? otherwise.value(context, now, item) : found;
    }

    @Override
    List<Rule> visited(EvaluationContext context, long now, @Nullable Object item) {
      return List.of();
    }

    @Override
    String name() {
      return "var " + path;
    }

    @Override
    void reads(Consumer<String> attribute) {
      super.reads(attribute);
      if (!ofItem && Coercion.isMissing(attributes.fixed(names[0]))) {
        attribute.accept(names[0]);
      }
    }

    @Override
    boolean isConstant() {
      return !ofItem && !Coercion.isMissing(attributes.fixed(names[0])) && otherwise.isConstant();
    }
  }

  /** {@code var} whose path is a rule itself, or empty: then it is all there is. */
  static final class DynamicVariable extends Rule {
    private final Attributes attributes;
    private final boolean ofItem;

    DynamicVariable(Attributes attributes, Rule path, Rule otherwise, boolean ofItem) {
      super(List.of(path, otherwise));
      this.attributes = attributes;
      this.ofItem = ofItem;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Object path = operands().get(0).value(context, now, item);
      Object found = find(attributes, path, ofItem, context, item);
      return Coercion.isMissing(found) ? operands().get(1).value(context, now, item) : found;
    }

    static @Nullable Object find(
        Attributes attributes,
        @Nullable Object path,
        boolean ofItem,
        EvaluationContext context,
        @Nullable Object item) {
      if (path == null || path.equals("")) {
        return ofItem ? item : attributes.all(context);
      }
      String[] names = Attributes.path(Coercion.text(path));
      return ofItem ? Attributes.findIn(item, names) : attributes.find(names, context);
    }

    @Override
    void reads(Consumer<String> attribute) {
      super.reads(attribute);
      if (!ofItem) {
        attribute.accept("");
      }
    }

    @Override
    String name() {
      return "var";
    }

    @Override
    boolean isConstant() {
      return false;
    }
  }

  /** {@code $flagd.timestamp}. */
  static final class Timestamp extends Rule {
    Timestamp() {
      super(List.of());
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return now;
    }

    @Override
    String name() {
      return "var $flagd.timestamp";
    }

    @Override
    boolean isConstant() {
      return false;
    }

    @Override
    boolean readsTime() {
      return true;
    }
  }

  /** {@code missing} and {@code missing_some}: which of some paths are nowhere, or empty. */
  static final class Missing extends Rule {
    private final Attributes attributes;
    private final boolean some;
    private final boolean ofItem;

    Missing(Attributes attributes, boolean some, List<Rule> operands, boolean ofItem) {
      super(operands);
      this.attributes = attributes;
      this.some = some;
      this.ofItem = ofItem;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      @Nullable Object[] values = values(operands(), context, now, item);
      if (!some) {
        return missing(
            values.length > 0 && values[0] instanceof List<?> list
                ? Coercion.elements(list)
                : java.util.Arrays.asList(values),
            context,
            item);
      }
      if (!(values[1] instanceof List<?> paths)) {
        throw new RuleException("missing_some wants an array of paths as its second operand");
      }
      List<@Nullable Object> missing = missing(Coercion.elements(paths), context, item);
      return paths.size() - missing.size() >= Coercion.number(values[0]) ? List.of() : missing;
    }

    private List<@Nullable Object> missing(
        List<@Nullable Object> paths, EvaluationContext context, @Nullable Object item) {
      List<@Nullable Object> missing = new ArrayList<>();
      for (Object path : paths) {
        Object found = DynamicVariable.find(attributes, path, ofItem, context, item);
        if (found == null || Coercion.isMissing(found) || found.equals("")) {
          missing.add(path);
        }
      }
      return missing;
    }

    @Override
    void reads(Consumer<String> attribute) {
      super.reads(attribute);
      for (Rule operand : ofItem ? List.<Rule>of() : operands()) {
        if (!(operand instanceof Rule.Literal literal)) {
          attribute.accept("");
        } else if (literal.value() instanceof List<?> paths) {
          Coercion.elements(paths).forEach(path -> readsPath(path, attribute));
        } else if (!some) { // else it is the number that must be there
          readsPath(literal.value(), attribute);
        }
      }
    }

    private void readsPath(@Nullable Object path, Consumer<String> attribute) {
      String name = path == null ? "" : Attributes.path(Coercion.text(path))[0];
      if (name.isEmpty() || Coercion.isMissing(attributes.fixed(name))) {
        attribute.accept(name);
      }
    }

    @Override
    String name() {
      return some ? "missing_some" : "missing";
    }

    @Override
    boolean isConstant() {
      return false;
    }
  }

  /** {@code map}, {@code filter}, {@code reduce}, {@code all}, {@code none} and {@code some}. */
  static final class Iteration extends Rule {
    enum Kind {
      MAP,
      FILTER,
      REDUCE,
      ALL,
      NONE,
      SOME
    }

    private final Kind kind;
    private final Rule array;
    private final Rule body;
    private final Rule initial;

    Iteration(Kind kind, Rule array, Rule body, Rule initial) {
      super(List.of(array, body, initial));
      this.kind = kind;
      this.array = array;
      this.body = body;
      this.initial = initial;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Object value = array.value(context, now, item);
      List<@Nullable Object> elements =
          value instanceof List<?> list ? Coercion.elements(list) : List.of();
      return switch (kind) {
        case MAP -> mapped(elements, context, now);
        case FILTER -> filtered(elements, context, now);
        case REDUCE -> reduced(elements, context, now, initial.value(context, now, item));
        case ALL -> !elements.isEmpty() && !anyIs(false, elements, context, now);
        case NONE -> !anyIs(true, elements, context, now);
        case SOME -> anyIs(true, elements, context, now);
      };
    }

    private List<@Nullable Object> mapped(
        List<@Nullable Object> elements, EvaluationContext context, long now) {
      List<@Nullable Object> mapped = new ArrayList<>(elements.size());
      for (Object element : elements) {
        mapped.add(body.value(context, now, element));
      }
      return mapped;
    }

    private List<@Nullable Object> filtered(
        List<@Nullable Object> elements, EvaluationContext context, long now) {
      List<@Nullable Object> filtered = new ArrayList<>();
      for (Object element : elements) {
        if (body.holds(context, now, element)) {
          filtered.add(element);
        }
      }
      return filtered;
    }

    private @Nullable Object reduced(
        List<@Nullable Object> elements,
        EvaluationContext context,
        long now,
        @Nullable Object initially) {
      Object accumulator = initially;
      for (Object element : elements) {
        Map<String, @Nullable Object> both = new HashMap<>();
        both.put("current", element);
        both.put("accumulator", accumulator);
        accumulator = body.value(context, now, both);
      }
      return accumulator;
    }

    private boolean anyIs(
        boolean wanted, List<@Nullable Object> elements, EvaluationContext context, long now) {
      for (Object element : elements) {
        if (body.holds(context, now, element) == wanted) {
          return true;
        }
      }
      return false;
    }

    @Override
    List<Rule> visited(EvaluationContext context, long now, @Nullable Object item) {
      return List.of(array);
    }

    @Override
    String name() {
      return kind.name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** {@code fractional} (SPEC.md, 4). */
  static final class Fractional extends Rule {
    private final Bucketing bucketing;
    private final @Nullable String seed;

    /**
     * Makes one. {@code seed}: the key of who draws without one of its own, less the targeting key; null if nobody may.
     */
    Fractional(Bucketing bucketing, @Nullable String seed, List<Rule> operands) {
      super(operands);
      this.bucketing = bucketing;
      this.seed = seed;
    }

    Bucketing bucketing() {
      return bucketing;
    }

    @Nullable
    String seed() {
      return seed;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      @Nullable Object[] values = values(operands(), context, now, item);
      int first = bucketing.keyed(values) ? 1 : 0;
      int hash;
      if (first == 1) {
        Object key = values[0];
        if (key == null) {
          return null;
        }
        hash = bucketing.hash(key);
      } else {
        String targetingKey = context.getTargetingKey();
        if (seed == null || targetingKey == null || targetingKey.isEmpty()) {
          return null;
        }
        hash = bucketing.hash(seed, targetingKey);
      }
      return Split.draw(bucketing, hash, values, first);
    }

    @Override
    void reads(Consumer<String> attribute) {
      super.reads(attribute);
      Rule first = operands().get(0);
      boolean isKeyed = (first instanceof Rule.Literal literal && literal.value() instanceof String)
          || (first instanceof Operation operation && operation.operator() == Operator.CAT);
      if (!isKeyed && seed != null) {
        attribute.accept(EvaluationContext.TARGETING_KEY);
      }
    }

    @Override
    String name() {
      return "fractional";
    }

    @Override
    boolean isConstant() {
      return false;
    }

    @Override
    boolean hasBuckets() {
      return true;
    }
  }
}
