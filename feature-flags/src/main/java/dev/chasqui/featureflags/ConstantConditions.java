package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Conditions that come to the same for every context: of constants alone, or of types that are never equal. */
final class ConstantConditions {
  private static final Set<String> COMPARISONS = Set.of(
      "==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "starts_with", "ends_with", "sem_ver");

  private enum Type {
    NULL,
    BOOLEAN,
    NUMBER,
    TEXT,
    LIST,
    OBJECT
  }

  private static final Set<Type> ANY = Set.copyOf(EnumSet.allOf(Type.class));

  private ConstantConditions() {}

  /** What it comes to; null if that depends on the context, or cannot be told. */
  static @Nullable Boolean decide(String operator, JsonNode operands) {
    if (!COMPARISONS.contains(operator)
        || !operands.isArray()
        || !hasItsOperands(operator, operands)) {
      return null;
    }
    if (isConstant(operands)) {
      @Nullable Object[] values = new @Nullable Object[operands.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = value(operands.get(i));
      }
      Operator known = Operator.of(operator);
      return known == null ? null : Coercion.truth(known.apply(values));
    }
    return switch (operator) {
      case "===", "!==" ->
        areNeverSame(operands.get(0), operands.get(1)) ? operator.equals("!==") : null;
      case "==", "!=" ->
        areNeverEqual(operands.get(0), operands.get(1)) ? operator.equals("!=") : null;
      case "in" -> isNeverIn(operands.get(0), operands.get(1)) ? false : null;
      default -> null;
    };
  }

  private static boolean hasItsOperands(String operator, JsonNode operands) {
    Operator known = Operator.of(operator);
    return known != null && known.fewest <= operands.size() && operands.size() <= known.most;
  }

  /** A text, number or boolean as rules have it; null for anything else, null among it. */
  static @Nullable Object scalar(JsonNode literal) {
    return switch (literal.getNodeType()) {
      case STRING -> literal.stringValue();
      case BOOLEAN -> literal.booleanValue();
      case NUMBER -> literal.numberValue().doubleValue() + 0.0; // -0 is 0
      default -> null;
    };
  }

  /** Whether nothing in it is worked out. */
  static boolean isConstant(JsonNode rule) {
    if (!rule.isArray()) {
      return !rule.isObject() || rule.isEmpty();
    }
    for (JsonNode element : rule) {
      if (!isConstant(element)) {
        return false;
      }
    }
    return true;
  }

  /** Of a constant, as rules have it. */
  static @Nullable Object value(JsonNode constant) {
    if (constant.isArray()) {
      List<@Nullable Object> values = new ArrayList<>();
      constant.forEach(element -> values.add(value(element)));
      return values;
    }
    return constant.isObject() ? Map.of() : scalar(constant);
  }

  private static boolean areNeverSame(JsonNode one, JsonNode other) {
    Set<Type> both = EnumSet.noneOf(Type.class);
    both.addAll(types(one));
    both.retainAll(types(other));
    both.remove(Type.LIST); // equal to nothing, nor to themselves
    both.remove(Type.OBJECT);
    return both.isEmpty();
  }

  private static boolean areNeverEqual(JsonNode one, JsonNode other) {
    for (Type type : types(one)) {
      for (Type second : types(other)) {
        if (mayBeEqual(type, one, second, other)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean mayBeEqual(Type one, JsonNode rule, Type other, JsonNode otherRule) {
    if (one == Type.NULL || other == Type.NULL) {
      return one == other;
    }
    if (isCompound(one) && isCompound(other)) {
      return false;
    }
    return !(isNoNumber(rule) && isNumeric(other)) && !(isNoNumber(otherRule) && isNumeric(one));
  }

  private static boolean isCompound(Type type) {
    return type == Type.LIST || type == Type.OBJECT;
  }

  private static boolean isNumeric(Type type) {
    return type == Type.NUMBER || type == Type.BOOLEAN;
  }

  private static boolean isNoNumber(JsonNode rule) {
    return rule.isString() && Double.isNaN(Coercion.number(rule.stringValue()));
  }

  private static boolean isNeverIn(JsonNode part, JsonNode whole) {
    if (whole.isArray()) {
      for (JsonNode element : whole) {
        if (!areNeverSame(part, element)) {
          return false;
        }
      }
      return true;
    }
    Set<Type> types = types(whole);
    return (!types.contains(Type.TEXT) && !types.contains(Type.LIST))
        || (whole.isString() && whole.stringValue().isEmpty());
  }

  /** Whether a rule comes to a text, if to anything. */
  static boolean isText(JsonNode rule) {
    return types(rule).equals(Set.of(Type.TEXT));
  }

  /** That a rule may come to. */
  private static Set<Type> types(JsonNode rule) {
    return switch (rule.getNodeType()) {
      case NULL -> Set.of(Type.NULL);
      case BOOLEAN -> Set.of(Type.BOOLEAN);
      case NUMBER -> Set.of(Type.NUMBER);
      case STRING -> Set.of(Type.TEXT);
      case ARRAY -> Set.of(Type.LIST);
      default -> rule.isEmpty() ? Set.of(Type.OBJECT) : typesOfOperation(rule);
    };
  }

  private static Set<Type> typesOfOperation(JsonNode rule) {
    if (rule.size() != 1) {
      return ANY;
    }
    return switch (rule.propertyNames().iterator().next()) {
      case "cat", "substr" -> Set.of(Type.TEXT);
      case "+", "-", "/", "%", "min", "max" -> Set.of(Type.NUMBER);
      case "==", "===", "!=", "!==", "<", "<=", ">", ">=", "!", "!!", "in", "all", "none", "some" ->
        Set.of(Type.BOOLEAN);
      case "starts_with", "ends_with", "sem_ver" -> Set.of(Type.BOOLEAN, Type.NULL);
      case "map", "filter", "merge", "missing", "missing_some" -> Set.of(Type.LIST);
      default -> ANY;
    };
  }
}
