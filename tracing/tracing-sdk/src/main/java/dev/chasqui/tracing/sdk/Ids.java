package dev.chasqui.tracing.sdk;

/**
 * Ids within names. They are whole tokens, which are runs of letters and digits: only digits, or hexadecimal of 8 digits or more
 * with a letter and a digit among them; and UUIDs. So {@code v1}, {@code http2} and {@code sha256} are none.
 */
final class Ids {
  private static final String ID = "{id}";
  private static final int SHORTEST_HEXADECIMAL = 8;
  private static final int[] PARTS_OF_A_UUID = {8, 4, 4, 4, 12};

  private Ids() {}

  /** Returns the same with {@code {id}} for each; the very same if there are none. */
  static String without(String name) {
    StringBuilder without = null;
    int copied = 0;
    int end;
    for (int i = 0; i < name.length(); i = end) {
      if (!Character.isLetterOrDigit(name.charAt(i))) {
        end = i + 1;
        continue;
      }
      int uuid = endOfUuid(name, i);
      end = uuid < 0 ? endOfToken(name, i) : uuid;
      if (uuid >= 0 || isId(name, i, end)) {
        without = without == null ? new StringBuilder(name.length()) : without;
        without.append(name, copied, i).append(ID);
        copied = end;
      }
    }
    return without == null ? name : without.append(name, copied, name.length()).toString();
  }

  private static int endOfToken(String name, int start) {
    int end = start;
    while (end < name.length() && Character.isLetterOrDigit(name.charAt(end))) {
      end++;
    }
    return end;
  }

  /** Less than none if no UUID starts there. */
  private static int endOfUuid(String name, int start) {
    int end = start - 1;
    for (int length : PARTS_OF_A_UUID) {
      int part = end + 1;
      boolean isFollowing = part == start || (end < name.length() && name.charAt(end) == '-');
      if (!isFollowing) {
        return -1;
      }
      end = endOfToken(name, part);
      if (end - part != length || count(name, part, end, Ids::isHexadecimal) != length) {
        return -1;
      }
    }
    return end;
  }

  private static boolean isId(String name, int start, int end) {
    int length = end - start;
    int digits = count(name, start, end, Ids::isDigit);
    return digits == length
        || (digits > 0
            && length >= SHORTEST_HEXADECIMAL
            && count(name, start, end, Ids::isHexadecimal) == length);
  }

  @FunctionalInterface
  private interface Kind {
    boolean has(char c);
  }

  private static int count(String name, int start, int end, Kind kind) {
    int count = 0;
    for (int i = start; i < end; i++) {
      if (kind.has(name.charAt(i))) {
        count++;
      }
    }
    return count;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isHexadecimal(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
}
