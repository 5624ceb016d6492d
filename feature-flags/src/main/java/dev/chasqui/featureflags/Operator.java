package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The operators that take all their operands evaluated, and look at nothing else: those of json-logic-js 2.0.5, and flagd's.
 */
enum Operator {
  EQUAL("==", 2, 2, values -> Coercion.equal(values[0], values[1])),
  SAME("===", 2, 2, values -> Coercion.same(values[0], values[1])),
  NOT_EQUAL("!=", 2, 2, values -> !Coercion.equal(values[0], values[1])),
  NOT_SAME("!==", 2, 2, values -> !Coercion.same(values[0], values[1])),
  GREATER(">", 2, 2, values -> Coercion.less(values[1], values[0], false)),
  NOT_LESS(">=", 2, 2, values -> Coercion.less(values[1], values[0], true)),
  LESS("<", 2, 3, values -> inOrder(values, false)),
  NOT_GREATER("<=", 2, 3, values -> inOrder(values, true)),
  NOT("!", 0, 1, values -> values.length == 0 || !Coercion.truth(values[0])),
  TRUTH("!!", 0, 1, values -> values.length > 0 && Coercion.truth(values[0])),
  ADD("+", 0, Operator.ANY, Operator::sum),
  MULTIPLY("*", 1, Operator.ANY, Operator::product),
  SUBTRACT("-", 1, 2, Operator::difference),
  DIVIDE("/", 2, 2, values -> Coercion.number(values[0]) / Coercion.number(values[1])),
  REMAINDER("%", 2, 2, values -> Coercion.number(values[0]) % Coercion.number(values[1])),
  MIN("min", 0, Operator.ANY, values -> extreme(values, Double.POSITIVE_INFINITY, Math::min)),
  MAX("max", 0, Operator.ANY, values -> extreme(values, Double.NEGATIVE_INFINITY, Math::max)),
  IN("in", 2, 2, values -> Coercion.contains(values[1], values[0])),
  CAT("cat", 0, Operator.ANY, values -> Coercion.join(Arrays.asList(values), "")),
  SUBSTR("substr", 2, 3, Operator::part),
  MERGE("merge", 0, Operator.ANY, Operator::merged),
  LOG("log", 1, 1, values -> values[0]),
  STARTS_WITH(
      "starts_with",
      0,
      Operator.ANY,
      values ->
          texts(values) ? (Object) ((String) values[0]).startsWith((String) values[1]) : null),
  ENDS_WITH(
      "ends_with",
      0,
      Operator.ANY,
      values -> texts(values) ? (Object) ((String) values[0]).endsWith((String) values[1]) : null),
  SEM_VER(
      "sem_ver",
      0,
      Operator.ANY,
      values ->
          values.length == 3 ? SemanticVersion.compare(values[0], values[1], values[2]) : null);

  static final int ANY = Integer.MAX_VALUE;

  private static final Map<String, Operator> BY_NAME = Arrays.stream(values())
      .collect(Collectors.toMap(operator -> operator.text, operator -> operator));

  final String text;
  final int fewest;
  final int most;

  @SuppressWarnings("ImmutableEnumChecker") // each is a function of its operands alone
  private final Function<@Nullable Object[], @Nullable Object> function;

  Operator(
      String text, int fewest, int most, Function<@Nullable Object[], @Nullable Object> function) {
    this.text = text;
    this.fewest = fewest;
    this.most = most;
    this.function = function;
  }

  static @Nullable Operator of(String name) {
    return BY_NAME.get(name);
  }

  @Nullable
  Object apply(@Nullable Object[] values) {
    return function.apply(values);
  }

  private static boolean inOrder(@Nullable Object[] values, boolean orEqual) {
    return Coercion.less(values[0], values[1], orEqual)
        && (values.length == 2 || Coercion.less(values[1], values[2], orEqual));
  }

  private static boolean texts(@Nullable Object[] values) {
    return values.length == 2 && values[0] instanceof String && values[1] instanceof String;
  }

  private static Object sum(@Nullable Object[] values) {
    double sum = 0;
    for (Object value : values) {
      sum += Coercion.leadingNumber(value);
    }
    return sum;
  }

  private static @Nullable Object product(@Nullable Object[] values) {
    if (values.length == 1) {
      return values[0]; // as it is
    }
    double product = Coercion.leadingNumber(values[0]);
    for (int i = 1; i < values.length; i++) {
      product = (product + 0.0) * Coercion.leadingNumber(values[i]); // -0 between two is 0
    }
    return product;
  }

  private static Object difference(@Nullable Object[] values) {
    return values.length == 1
        ? -Coercion.number(values[0])
        : Coercion.number(values[0]) - Coercion.number(values[1]);
  }

  private static Object extreme(
      @Nullable Object[] values, double start, java.util.function.DoubleBinaryOperator better) {
    double best = start;
    for (Object value : values) {
      best = better.applyAsDouble(best, Coercion.number(value));
    }
    return best;
  }

  private static Object part(@Nullable Object[] values) {
    String text = Coercion.text(values[0]);
    double from = Coercion.number(values[1]);
    if (values.length == 2) {
      return Coercion.part(text, from, Double.POSITIVE_INFINITY);
    }
    double length = Coercion.number(values[2]);
    if (length < 0) { // so many are left out at the end, as in PHP
      String rest = Coercion.part(text, from, Double.POSITIVE_INFINITY);
      double left = values[2] instanceof Number
          ? rest.length() + length
          : Coercion.number(rest.length() + Coercion.text(values[2])); // JavaScript joins them
      return Coercion.part(rest, 0, left);
    }
    return Coercion.part(text, from, length);
  }

  private static Object merged(@Nullable Object[] values) {
    List<@Nullable Object> merged = new ArrayList<>();
    for (Object value : values) {
      if (value instanceof List<?> list) {
        merged.addAll(Coercion.elements(list));
      } else {
        merged.add(value);
      }
    }
    return merged;
  }
}
