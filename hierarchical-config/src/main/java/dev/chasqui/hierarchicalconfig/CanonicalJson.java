package dev.chasqui.hierarchicalconfig;

import java.math.BigDecimal;
import java.math.MathContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.io.NumberOutput;
import tools.jackson.databind.JsonNode;

/**
 * The one text of a JSON value: RFC 8785, JSON Canonicalization Scheme. What the RFC refuses (numbers
 * that are not finite, halves of surrogate pairs) {@link PlainJson} has refused before.
 */
final class CanonicalJson {
  private CanonicalJson() {}

  /** SHA-256 of nothing yet. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** How many bytes the text of {@code node} has as UTF-8. */
  static long size(JsonNode node) {
    StringBuilder text = new StringBuilder();
    write(node, text);
    return utf8Length(text);
  }

  /**
   * The text of {@code node}, but with all digits of whole numbers: for what must tell apart values
   * that only this language tells apart.
   */
  static String exact(JsonNode node) {
    StringBuilder text = new StringBuilder();
    write(node, text, true);
    return text.toString();
  }

  private static long utf8Length(CharSequence text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        // Each half of a surrogate pair stands for two of the pair's four bytes.
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return bytes;
  }

  /** Appends the text of {@code node}, which {@link PlainJson#copy} returned. */
  static void write(JsonNode node, StringBuilder out) {
    write(node, out, false);
  }

  private static void write(JsonNode node, StringBuilder out, boolean exact) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        // By UTF-16 code unit, as the RFC asks.
        SortedMap<String, JsonNode> members = new TreeMap<>();
        node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        writeObject(members, out, exact);
      }
      case ARRAY -> {
        out.append('[');
        for (int i = 0; i < node.size(); i++) {
          write(node.get(i), i == 0 ? out : out.append(','), exact);
        }
        out.append(']');
      }
      case STRING -> writeString(node.stringValue(), out);
      case NUMBER -> {
        if (exact && node.isIntegralNumber()) {
          out.append(node.bigIntegerValue());
        } else {
          writeNumber(node.numberValue().doubleValue(), out);
        }
      }
      case BOOLEAN -> out.append(node.booleanValue());
      default -> out.append("null");
    }
  }

  private static void writeObject(
      SortedMap<String, JsonNode> members, StringBuilder out, boolean exact) {
    out.append('{');
    String separator = "";
    for (Map.Entry<String, JsonNode> member : members.entrySet()) {
      out.append(separator);
      separator = ",";
      writeString(member.getKey(), out);
      out.append(':');
      write(member.getValue(), out, exact);
    }
    out.append('}');
  }

  private static void writeString(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u00").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** As ECMAScript's Number::toString. Whole numbers beyond 2^53 lose digits, as the RFC says. */
  private static void writeNumber(double value, StringBuilder out) {
    if (value == 0) {
      out.append('0');
      return;
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale(); // value = 0.digits * 10^point
    if (value < 0) {
      out.append('-');
    }
    if (point > 21 || point <= -6) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      out.append('e').append(point > 0 ? "+" : "").append(point - 1);
    } else if (point <= 0) {
      out.append("0.").append("0".repeat(-point)).append(digits);
    } else if (point >= digits.length()) {
      out.append(digits).append("0".repeat(point - digits.length()));
    } else {
      out.append(digits, 0, point).append('.').append(digits, point, digits.length());
    }
  }

  /** The decimal of the fewest digits that reads back as {@code value}, a positive number. */
  private static BigDecimal shortest(double value) {
    // Jackson's writer gives the shortest digits on every JDK; Double.toString only since 19.
    BigDecimal shortest = new BigDecimal(NumberOutput.toString(value, true)).stripTrailingZeros();
    if (shortest.precision() == 2) { // Java never writes one digit alone: 4.9E-324 for 5e-324
      BigDecimal oneDigit = shortest.round(new MathContext(1));
      return oneDigit.doubleValue() == value ? oneDigit.stripTrailingZeros() : shortest;
    }
    return shortest;
  }
}
