package dev.chasqui.featureflags;

import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How JavaScript makes one type of another (ECMA-262, 7.1 and 7.2), which is what JsonLogic means by its operators. Values are null,
 * {@link Boolean}, {@link Number}, {@link String}, {@link List}, {@link Map} and {@link Structure}; those within lists and
 * structures may be a {@link Value} each.
 */
final class Coercion {
  /** What a member that is not there gives, where null would say that it is there. */
  static final Object MISSING = new Object();

  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(?:Infinity|(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)");

  private static final double GREATEST_SAFE = 0x1p53; // above it, not all digits are needed
  private static final int MOST_DIGITS = 17;

  private Coercion() {}

  @SuppressWarnings("ReferenceEquality") // there is one
  static boolean isMissing(@Nullable Object found) {
    return found == MISSING;
  }

  /** Out of what OpenFeature keeps it in. */
  static @Nullable Object plain(@Nullable Object value) {
    Object inner = value instanceof Value wrapped ? wrapped.asObject() : value;
    return inner instanceof Instant instant ? instant.toString() : inner;
  }

  /** JsonLogic's truth: JavaScript's, but for the empty array. */
  static boolean truth(@Nullable Object value) {
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean known) {
      return known;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof Number number) {
      double known = number.doubleValue();
      return known != 0 && !Double.isNaN(known);
    }
    return !(value instanceof List<?> list) || !list.isEmpty();
  }

  /** ToNumber. */
  static double number(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value == null) {
      return 0;
    }
    if (value instanceof Boolean known) {
      return known ? 1 : 0;
    }
    return numberOf(text(value));
  }

  private static double numberOf(String text) {
    String trimmed = trim(text);
    if (trimmed.isEmpty()) {
      return 0;
    }
    if (trimmed.length() > 2 && trimmed.charAt(0) == '0') {
      int radix = radix(trimmed.charAt(1));
      if (radix != 0) {
        return whole(trimmed, radix);
      }
    }
    return DECIMAL.matcher(trimmed).matches() ? Double.parseDouble(trimmed) : Double.NaN;
  }

  private static int radix(char letter) {
    return switch (letter) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 0;
    };
  }

  private static double whole(String text, int radix) {
    java.math.BigInteger number = java.math.BigInteger.ZERO;
    for (int i = 2; i < text.length(); i++) {
      char letter = text.charAt(i);
      int digit = letter < 128 ? Character.digit(letter, radix) : -1;
      if (digit < 0) {
        return Double.NaN;
      }
      number = number
          .multiply(java.math.BigInteger.valueOf(radix))
          .add(java.math.BigInteger.valueOf(digit));
    }
    return number.doubleValue();
  }

  /** {@code parseFloat}: the number that the text begins with. */
  static double leadingNumber(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue() + 0.0; // through its text, by which -0 is 0
    }
    Matcher beginning = DECIMAL.matcher(trim(text(value)));
    return beginning.lookingAt() ? Double.parseDouble(beginning.group()) : Double.NaN;
  }

  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (from < to && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char letter) {
    return (letter >= '\t' && letter <= '\r')
        || letter == '\uFEFF'
        || Character.getType(letter) == Character.SPACE_SEPARATOR
        || letter == '\u2028'
        || letter == '\u2029';
  }

  /** ToString. */
  static String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Number number) {
      return text(number.doubleValue());
    }
    if (value instanceof List<?> list) {
      return join(list, ",");
    }
    if (value instanceof Map || value instanceof Structure) {
      return "[object Object]";
    }
    return String.valueOf(value); // null, true, false
  }

  /** {@code Array.prototype.join}: nulls are empty. */
  static String join(List<?> list, String between) {
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        joined.append(between);
      }
      Object element = plain(list.get(i));
      if (element != null) {
        joined.append(text(element));
      }
    }
    return joined.toString();
  }

  /** Number::toString: the fewest digits that read as the same number. */
  static String text(double number) {
    if (number == Math.rint(number) && Math.abs(number) <= GREATEST_SAFE) {
      return Long.toString((long) number); // -0 is 0 too
    }
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.toString(number);
    }
    BigDecimal exact = new BigDecimal(number);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= MOST_DIGITS; digits++) {
      shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (shortest.doubleValue() == number) {
        break;
      }
      // Below a power of two doubles are closer, so the nearest may miss and the one above not.
      shortest = exact.round(new MathContext(digits, RoundingMode.UP));
      if (shortest.doubleValue() == number) {
        break;
      }
    }
    return written(shortest.stripTrailingZeros());
  }

  private static String written(BigDecimal number) {
    String digits = number.unscaledValue().abs().toString();
    String sign = number.signum() < 0 ? "-" : "";
    int exponent = digits.length() - number.scale(); // 0.digits * 10 to it
    if (exponent > 21 || exponent < -5) {
      String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
      return sign + digits.charAt(0) + fraction + "e" + (exponent > 0 ? "+" : "-")
          + Math.abs(exponent - 1);
    }
    if (exponent <= 0) {
      return sign + "0." + "0".repeat(-exponent) + digits;
    }
    if (exponent >= digits.length()) {
      return sign + digits + "0".repeat(exponent - digits.length());
    }
    return sign + digits.substring(0, exponent) + "." + digits.substring(exponent);
  }

  /** {@code ===}. Arrays and objects are equal to nothing. */
  static boolean same(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    if (one instanceof String || one instanceof Boolean) {
      return one.equals(other);
    }
    return one instanceof Number number
        && other instanceof Number second
        && number.doubleValue() == second.doubleValue();
  }

  /** {@code ==}. Arrays and objects are equal to no others. */
  static boolean equal(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    if (one instanceof String && other instanceof String) {
      return one.equals(other);
    }
    boolean oneIsObject = isObject(one);
    if (oneIsObject && isObject(other)) {
      return false;
    }
    Object left = oneIsObject ? text(one) : one;
    Object right = isObject(other) ? text(other) : other;
    if (left instanceof String && right instanceof String) {
      return left.equals(right);
    }
    return number(left) == number(right);
  }

  private static boolean isObject(Object value) {
    return !(value instanceof String || value instanceof Number || value instanceof Boolean);
  }

  /** Whether {@code one < other}, or {@code one <= other} if so asked. */
  static boolean less(@Nullable Object one, @Nullable Object other, boolean orEqual) {
    Object left = one != null && isObject(one) ? text(one) : one;
    Object right = other != null && isObject(other) ? text(other) : other;
    if (left instanceof String text && right instanceof String second) {
      int order = text.compareTo(second);
      return orEqual ? order <= 0 : order < 0;
    }
    double number = number(left);
    double second = number(right);
    return orEqual ? number <= second : number < second;
  }

  /** {@code in}: a part of a text, or an element of an array. */
  static boolean contains(@Nullable Object whole, @Nullable Object part) {
    if (whole instanceof String text) {
      return !text.isEmpty() && text.contains(text(part));
    }
    if (whole instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        if (same(plain(list.get(i)), part)) {
          return true;
        }
      }
    }
    return false;
  }

  /** A member by its name; {@link #MISSING} where there is none. */
  static @Nullable Object member(@Nullable Object data, String name) {
    if (data instanceof Structure structure) {
      Value value = structure.getValue(name);
      return value == null ? MISSING : plain(value);
    }
    if (data instanceof Map<?, ?> map) {
      return map.containsKey(name) ? plain(map.get(name)) : MISSING;
    }
    if (data instanceof List<?> list) {
      if (name.equals("length")) {
        return (double) list.size();
      }
      int index = index(name);
      return index >= 0 && index < list.size() ? plain(list.get(index)) : MISSING;
    }
    if (data instanceof String text) {
      if (name.equals("length")) {
        return (double) text.length();
      }
      int index = index(name);
      return index >= 0 && index < text.length() ? String.valueOf(text.charAt(index)) : MISSING;
    }
    return MISSING;
  }

  private static int index(String name) {
    if (name.isEmpty() || name.length() > 9 || (name.length() > 1 && name.charAt(0) == '0')) {
      return -1;
    }
    int index = 0;
    for (int i = 0; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      index = index * 10 + digit;
    }
    return index;
  }

  /** {@code String.prototype.substr}. */
  static String part(String text, double from, double length) {
    double start = whole(from);
    if (start < 0) {
      start = Math.max(0, text.length() + start);
    }
    double end = Math.min(start + Math.max(0, whole(length)), text.length());
    return start >= end ? "" : text.substring((int) start, (int) end);
  }

  private static double whole(double number) {
    if (Double.isNaN(number)) {
      return 0;
    }
    return number < 0 ? Math.ceil(number) : Math.floor(number);
  }

  /** A list without {@link Value}s around its elements; shallow. */
  static List<@Nullable Object> elements(List<?> list) {
    List<@Nullable Object> plain = new ArrayList<>(list.size());
    for (Object element : list) {
      plain.add(plain(element));
    }
    return plain;
  }
}
