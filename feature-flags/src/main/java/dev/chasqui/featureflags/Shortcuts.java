package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes rules into ones that have the same value and come to it sooner: constants are folded, and the shapes that most rules have
 * are classes of their own, which allocate nothing.
 */
final class Shortcuts {
  private static final EvaluationContext NO_CONTEXT = new ImmutableContext();

  private Shortcuts() {}

  /** Same value, for every context. */
  static Rule of(Rule rule) {
    if (rule instanceof Rule.Literal) {
      return rule;
    }
    if (rule.isConstant()) {
      return folded(rule);
    }
    if (rule instanceof Rule.Reference reference) {
      return of(reference.rule());
    }
    if (rule instanceof Rules.Variable variable) {
      return variable(variable);
    }
    if (rule instanceof Rules.Operation operation) {
      return operation(operation.operator(), all(operation.operands()));
    }
    if (rule instanceof Rules.Choice choice) {
      return choice(all(choice.operands()));
    }
    if (rule instanceof Rules.Junction junction) {
      return junction(junction.decides(), all(junction.operands()));
    }
    if (rule instanceof Rules.Fractional fractional) {
      return fractional(fractional);
    }
    if (rule instanceof Rule.Elements elements) {
      return new Rule.Elements(all(elements.operands()));
    }
    return rule;
  }

  private static Rule folded(Rule constant) {
    try {
      return new Rule.Literal(constant.value(NO_CONTEXT, 0, null));
    } catch (RuleException e) {
      return constant; // whoever comes to it is told
    }
  }

  private static List<Rule> all(List<Rule> rules) {
    Rule[] made = new Rule[rules.size()];
    for (int i = 0; i < made.length; i++) {
      made[i] = of(rules.get(i));
    }
    return List.of(made);
  }

  private static Rule choice(List<Rule> operands) {
    List<Rule> left = new ArrayList<>();
    int i = 0;
    for (; i + 1 < operands.size(); i += 2) {
      if (!(operands.get(i) instanceof Rule.Literal known)) {
        left.add(operands.get(i));
        left.add(operands.get(i + 1));
      } else if (Coercion.truth(known.value())) {
        left.add(operands.get(i + 1)); // never gets further
        break;
      }
    }
    if (i + 1 >= operands.size() && i < operands.size()) {
      left.add(operands.get(i));
    }
    return left.size() == 1 ? left.get(0) : new Rules.Choice(left);
  }

  private static Rule junction(boolean decides, List<Rule> operands) {
    List<Rule> left = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      Rule operand = operands.get(i);
      if (!(operand instanceof Rule.Literal known)) {
        left.add(operand);
      } else if (Coercion.truth(known.value()) == decides) {
        left.add(operand); // never gets further
        break;
      } else if (i == operands.size() - 1) {
        left.add(operand); // its value if none decides
      }
    }
    return left.size() == 1 ? left.get(0) : new Junction(decides, left);
  }

  private static Rule variable(Rules.Variable variable) {
    String path = variable.path();
    if (variable.attribute() == null
        || path.indexOf('.') >= 0
        || !(variable.otherwise() instanceof Rule.Literal otherwise)) {
      return variable;
    }
    return path.equals(EvaluationContext.TARGETING_KEY)
        ? new TargetingKey(otherwise.value())
        : new Attribute(path, otherwise.value());
  }

  private static Rule operation(Operator operator, List<Rule> operands) {
    Rule general = new Rules.Operation(operator, operands);
    if (general.isConstant()) {
      return folded(general);
    }
    switch (operator) {
      case EQUAL, SAME, NOT_EQUAL, NOT_SAME -> {
        Rule first = operands.get(0);
        Rule second = operands.get(1);
        if (second instanceof Rule.Literal known && known.value() instanceof String text) {
          return new EqualsText(operator, first, known, text);
        }
        if (first instanceof Rule.Literal known && known.value() instanceof String text) {
          return new EqualsText(operator, second, known, text);
        }
        return general;
      }
      case LESS, NOT_GREATER, GREATER, NOT_LESS -> {
        if (operands.size() == 2
            && operands.get(1) instanceof Rule.Literal known
            && known.value() instanceof Number number) {
          return new Compared(operator, operands.get(0), known, number.doubleValue());
        }
        return general;
      }
      case IN -> {
        return operands.get(1) instanceof Rule.Literal known && known.value() instanceof List<?>
            ? new Among(operands.get(0), known)
            : general;
      }
      case STARTS_WITH, ENDS_WITH -> {
        return operands.size() == 2
                && operands.get(1) instanceof Rule.Literal known
                && known.value() instanceof String text
            ? new Affix(operator, operands.get(0), known, text)
            : general;
      }
      case SEM_VER -> {
        if (operands.size() == 3
            && operands.get(1) instanceof Rule.Literal order
            && operands.get(2) instanceof Rule.Literal known) {
          SemanticVersion version = SemanticVersion.parse(Coercion.text(known.value()));
          if (version != null) {
            return new Version(operands.get(0), Coercion.text(order.value()), version);
          }
          return neverThrows(operands.get(0)) ? new Rule.Literal(null) : general;
        }
        return general;
      }
      case NOT -> {
        return operands.size() == 1 ? new Not(operands.get(0)) : general;
      }
      case TRUTH -> {
        return operands.size() == 1 ? new Not(new Not(operands.get(0))) : general;
      }
      default -> {
        return general;
      }
    }
  }

  private static Rule fractional(Rules.Fractional fractional) {
    List<Rule> operands = all(fractional.operands());
    Bucketing bucketing = fractional.bucketing();
    Rule general = new Rules.Fractional(bucketing, fractional.seed(), operands);
    if (bucketing == Bucketing.V3) {
      return general;
    }
    String beginning = "";
    Key key = null;
    int from = 1;
    Rule first = operands.get(0);
    if (first instanceof TargetingKey || first instanceof Attribute) {
      key = new Key(Murmur3.EMPTY, first);
    } else if (first instanceof Rules.Operation cat
        && cat.operator() == Operator.CAT
        && isPrefixed(cat.operands())) {
      beginning = prefix(cat.operands());
      key = new Key(
          Murmur3.startingWith(beginning), cat.operands().get(cat.operands().size() - 1));
    } else if (fractional.seed() != null
        && first instanceof Rule.Literal literal
        && literal.value() instanceof List) {
      beginning = fractional.seed();
      key = new Key(Murmur3.startingWith(beginning), null);
      from = 0;
    }
    if (key == null
        || (!beginning.isEmpty()
            && Character.isHighSurrogate(beginning.charAt(beginning.length() - 1)))) {
      return general; // what follows on half a character makes another of it
    }
    @Nullable Object[] shares = new @Nullable Object[operands.size() - from];
    for (int i = 0; i < shares.length; i++) {
      if (!(operands.get(from + i) instanceof Rule.Literal share)) {
        return general;
      }
      shares[i] = share.value();
    }
    boolean wantsText = from == 1 && !(first instanceof Rules.Operation);
    Split split = Split.of(shares, 0);
    if (split == null) {
      return wantsText ? general : new Rule.Literal(null); // what is no text may be a share more
    }
    return new Draw(general, bucketing, key, wantsText, split);
  }

  private static boolean isPrefixed(List<Rule> parts) {
    int last = parts.size() - 1;
    return last >= 0
        && (parts.get(last) instanceof TargetingKey || parts.get(last) instanceof Attribute)
        && parts.subList(0, last).stream().allMatch(Rule.Literal.class::isInstance);
  }

  private static String prefix(List<Rule> parts) {
    List<@Nullable Object> known = new ArrayList<>();
    parts.subList(0, parts.size() - 1).forEach(part -> known.add(((Rule.Literal) part).value()));
    return Coercion.join(known, "");
  }

  /** An attribute of the context by its name. */
  static final class Attribute extends Rule {
    private final String attribute;
    private final @Nullable Object otherwise;

    Attribute(String attribute, @Nullable Object otherwise) {
      super(List.of());
      this.attribute =
          attribute.intern(); // contexts are mostly made with literals: the same object
      this.otherwise = otherwise;
    }

    @Override
    @Nullable
    String text(EvaluationContext context, long now, @Nullable Object item) {
      Value value = context.getValue(attribute);
      if (value == null) {
        return otherwise instanceof String text ? text : null;
      }
      return value.asObject() instanceof String text ? text : instantOf(value);
    }

    private static @Nullable String instantOf(Value value) {
      return value.isInstant() ? value.asInstant().toString() : null;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Value value = context.getValue(attribute);
      return value == null ? otherwise : Coercion.plain(value);
    }

    @Override
    void reads(Consumer<String> reader) {
      reader.accept(attribute);
    }

    @Override
    String name() {
      return "var " + attribute;
    }

    @Override
    boolean isConstant() {
      return false;
    }
  }

  /** The targeting key. */
  static final class TargetingKey extends Rule {
    private final @Nullable Object otherwise;

    TargetingKey(@Nullable Object otherwise) {
      super(List.of());
      this.otherwise = otherwise;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      String key = context.getTargetingKey();
      return key == null ? otherwise : key;
    }

    @Override
    void reads(Consumer<String> attribute) {
      attribute.accept(EvaluationContext.TARGETING_KEY);
    }

    @Override
    String name() {
      return "var targetingKey";
    }

    @Override
    boolean isConstant() {
      return false;
    }
  }

  /** What is true or false, and is asked as such. */
  private abstract static class Condition extends Rule {
    private final String name;

    Condition(String name, List<Rule> operands) {
      super(operands);
      this.name = name;
    }

    @Override
    abstract boolean holds(EvaluationContext context, long now, @Nullable Object item);

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return holds(context, now, item);
    }

    @Override
    final String name() {
      return name;
    }
  }

  private static final class Not extends Condition {
    private final Rule operand;

    Not(Rule operand) {
      super("!", List.of(operand));
      this.operand = operand;
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      return !operand.holds(context, now, item);
    }
  }

  /**
   * One operand that is not written in the rule. It is evaluated once: twice at each level of a rule would be exponential. Only an
   * attribute is asked twice, first as a text, which is soonest told.
   */
  private abstract static class Known extends Condition {
    private final Operator operator;
    private final Rule operand;
    private final boolean isAttribute;

    private final Rule.Literal known;

    Known(Operator operator, Rule operand, Rule.Literal known) {
      super(operator.text, List.of(operand, known));
      this.operator = operator;
      this.operand = operand;
      this.known = known;
      this.isAttribute = operand instanceof Attribute || operand instanceof TargetingKey;
    }

    @Override
    final boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      if (isAttribute) {
        String text = operand.text(context, now, item);
        if (text != null) {
          return holdsOf(text);
        }
      }
      return holdsOf(operand.value(context, now, item));
    }

    abstract boolean holdsOf(String text);

    private boolean holdsOf(@Nullable Object value) {
      return value instanceof String text ? holdsOf(text) : holdsOfOther(value);
    }

    /** Of a value that is no text. */
    boolean holdsOfOther(@Nullable Object value) {
      return Coercion.truth(operator.apply(new @Nullable Object[] {value, known.value()}));
    }
  }

  /** Equality with a text. */
  private static final class EqualsText extends Known {
    private final String text;
    private final boolean negated;

    EqualsText(Operator operator, Rule operand, Rule.Literal known, String text) {
      super(operator, operand, known);
      this.text = text;
      this.negated = operator == Operator.NOT_EQUAL || operator == Operator.NOT_SAME;
    }

    @Override
    boolean holdsOf(String value) {
      return value.equals(text) != negated;
    }
  }

  /** Order beside a number. */
  private static final class Compared extends Condition {
    private final Operator operator;
    private final Rule operand;
    private final double bound;
    private final boolean isLess;
    private final boolean orEqual;

    Compared(Operator operator, Rule operand, Rule.Literal known, double bound) {
      super(operator.text, List.of(operand, known));
      this.operator = operator;
      this.operand = operand;
      this.bound = bound;
      this.isLess = operator == Operator.LESS || operator == Operator.NOT_GREATER;
      this.orEqual = operator == Operator.NOT_GREATER || operator == Operator.NOT_LESS;
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      Object known = operand.value(context, now, item);
      if (!(known instanceof Number number)) {
        return Coercion.truth(operator.apply(new @Nullable Object[] {known, bound}));
      }
      double value = number.doubleValue();
      return (isLess ? value < bound : value > bound) || (orEqual && value == bound);
    }
  }

  /** {@code in} an array that is written in the rule. */
  private static final class Among extends Known {
    private final Set<String> texts;
    private final boolean onlyTexts;

    Among(Rule operand, Rule.Literal array) {
      super(Operator.IN, operand, array);
      this.texts = array.texts();
      this.onlyTexts = array.hasOnlyTexts();
    }

    @Override
    boolean holdsOf(String text) {
      return texts.contains(text);
    }

    @Override
    boolean holdsOfOther(@Nullable Object value) {
      return !onlyTexts && super.holdsOfOther(value);
    }
  }

  /** {@code starts_with} or {@code ends_with} a text that is written in the rule. */
  private static final class Affix extends Condition {
    private final Rule operand;
    private final String affix;
    private final boolean atEnd;

    Affix(Operator operator, Rule operand, Rule.Literal known, String affix) {
      super(operator.text, List.of(operand, known));
      this.operand = operand;
      this.affix = affix;
      this.atEnd = operator == Operator.ENDS_WITH;
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      String text = operand.text(context, now, item);
      return text != null && (atEnd ? text.endsWith(affix) : text.startsWith(affix));
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      return operand.value(context, now, item) instanceof String text
          ? (Object) (atEnd ? text.endsWith(affix) : text.startsWith(affix))
          : null;
    }
  }

  /** {@code sem_ver} beside a version that is written in the rule. */
  private static final class Version extends Rule {
    private final Rule operand;
    private final String operator;
    private final SemanticVersion bound;

    Version(Rule operand, String operator, SemanticVersion bound) {
      super(List.of(operand));
      this.operand = operand;
      this.operator = operator;
      this.bound = bound;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      SemanticVersion version =
          SemanticVersion.parse(Coercion.text(operand.value(context, now, item)));
      return version == null ? null : version.compare(operator, bound);
    }

    @Override
    String name() {
      return "sem_ver";
    }
  }

  /** {@code and} and {@code or}. Asked whether it holds, it begins with what is soon told. */
  private static final class Junction extends Rule {
    private final boolean decides;
    private final Rule[] inOrder;
    private final Rule[] soonestFirst;

    Junction(boolean decides, List<Rule> operands) {
      super(operands);
      this.decides = decides;
      this.inOrder = operands.toArray(Rule[]::new);
      this.soonestFirst = allNeverThrow(operands)
          ? operands.stream().sorted(Comparator.comparingInt(Shortcuts::cost)).toArray(Rule[]::new)
          : inOrder;
    }

    @Override
    boolean holds(EvaluationContext context, long now, @Nullable Object item) {
      for (Rule operand : soonestFirst) {
        if (operand.holds(context, now, item) == decides) {
          return decides;
        }
      }
      return !decides;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      Object last = null;
      for (Rule operand : inOrder) {
        last = operand.value(context, now, item);
        if (Coercion.truth(last) == decides) {
          return last;
        }
      }
      return last;
    }

    @Override
    String name() {
      return decides ? "or" : "and";
    }
  }

  private static boolean neverThrows(Rule rule) {
    return !(rule instanceof Rules.Missing)
        && !(rule instanceof Rules.Fractional fractional && fractional.bucketing() == Bucketing.V3)
        && allNeverThrow(rule.operands());
  }

  private static boolean allNeverThrow(List<Rule> rules) {
    for (Rule rule : rules) {
      if (!neverThrows(rule)) {
        return false;
      }
    }
    return true;
  }

  /** About how long it takes, in reads of an attribute. */
  private static int cost(Rule rule) {
    if (rule instanceof Rule.Literal) {
      return 0;
    }
    if (rule instanceof Attribute || rule instanceof TargetingKey) {
      return 1;
    }
    int operands = 0;
    for (Rule operand : rule.operands()) {
      operands += cost(operand);
    }
    if (rule instanceof EqualsText || rule instanceof Compared) {
      return operands + 1;
    }
    if (rule instanceof Affix
        || rule instanceof Among
        || rule instanceof Not
        || rule instanceof Junction) {
      return operands + 2;
    }
    return operands + (rule instanceof Draw ? 5 : 20);
  }

  /** What the bucketing key is made of. {@code end} is null for the targeting key, without which nothing is drawn. */
  record Key(Murmur3 beginning, @Nullable Rule end) {}

  /** {@code fractional} whose shares are written in the rule. */
  static final class Draw extends Rule {
    static final int NONE = -1;
    static final int ASK = -2;

    private final Rule general;
    private final Bucketing bucketing;
    private final Key key;
    private final boolean wantsText;
    private final Split split;
    private final int[] ends;

    /** {@code wantsText}: a key that is no text is none, where {@code cat} makes a text of anything. */
    Draw(Rule general, Bucketing bucketing, Key key, boolean wantsText, Split split) {
      super(general.operands());
      this.general = general;
      this.bucketing = bucketing;
      this.key = key;
      this.wantsText = wantsText;
      this.split = split;
      this.ends = split.ends();
    }

    Split split() {
      return split;
    }

    /** Index of the share; {@link #NONE}, or {@link #ASK} the rule as it is written. */
    int index(EvaluationContext context, long now, @Nullable Object item) {
      Rule end = key.end;
      String text;
      if (end == null) {
        text = context.getTargetingKey();
        if (text == null || text.isEmpty()) {
          return NONE;
        }
      } else {
        text = end.text(context, now, item);
        if (text == null) {
          if (wantsText) {
            return ASK;
          }
          Object value = end.value(context, now, item);
          text = value == null ? "" : Coercion.text(value);
        }
      }
      return bucketing.draw(key.beginning.hash(text), ends);
    }

    Rule general() {
      return general;
    }

    @Override
    @Nullable
    Object value(EvaluationContext context, long now, @Nullable Object item) {
      int index = index(context, now, item);
      if (index == ASK) {
        return general.value(context, now, item);
      }
      return index == NONE ? null : split.results().get(index);
    }

    @Override
    void reads(Consumer<String> attribute) {
      general.reads(attribute);
    }

    @Override
    String name() {
      return general.name();
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
