package dev.chasqui.pointcache;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The names of keys in Redis, by SPEC §1. */
final class Keys {
  private static final int LONGEST_VALUE = 128;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final String namespace;

  Keys(String namespace) {
    this.namespace = "pc1:" + namespace + ":";
  }

  String generations() {
    return namespace + "gen";
  }

  String watermark() {
    return namespace + "wm";
  }

  /** What is written before it is asked how far Redis' replicas are. */
  String replicated() {
    return namespace + "replicated";
  }

  String changes() {
    return namespace + "changed";
  }

  /** What the keys of a table's rows begin with, or of one of its columns; after it comes {@link #value}. */
  String beginning(long generation, Table table, String column) {
    return generation(generation) + table(table) + tail(table, column);
  }

  /** What all keys of a generation begin with. */
  String generation(long generation) {
    return namespace + generation + ":";
  }

  /** The part of a key that comes after its generation. */
  String table(Table table) {
    return escape(table.toString()) + ":";
  }

  /** The part that is the same in all generations. */
  static String tail(Table table, String column) {
    if (column.equals(table.key())) {
      return "pk:";
    }
    return (table.unique().contains(column) ? "u:" : "n:") + escape(column) + ":";
  }

  /** A value's part of a key. */
  static String value(String text) {
    String escaped = escape(text);
    return escaped.length() <= LONGEST_VALUE ? escaped : "#" + Table.Sha256.hex(text);
  }

  static String escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return escapeAll(text);
      }
    }
    return text;
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c < 0x7f && c != '%' && c != '#' && c != ':' && c != '{' && c != '}';
  }

  private static String escapeAll(String text) {
    StringBuilder escaped = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (isPlain(c)) {
        escaped.append((char) c);
      } else {
        escaped.append('%').append(HEX.toHexDigits(b));
      }
    }
    return escaped.toString();
  }

  /** Takes back {@link #escape}. */
  static String unescape(String escaped) {
    if (escaped.indexOf('%') < 0) {
      return escaped;
    }
    byte[] bytes = new byte[escaped.length()];
    int length = 0;
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) HexFormat.fromHexDigits(escaped, i + 1, i + 3);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
