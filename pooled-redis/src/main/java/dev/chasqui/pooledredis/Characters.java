package dev.chasqui.pooledredis;

import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * Refuses what Redis would refuse in a name. Says which character it was, and not the whole name: in a
 * damaged URI that may be a password.
 */
final class Characters {
  private Characters() {}

  /** Users and masters: the ACL and the lines of sentinels' configuration are split at spaces. */
  static void refuseSpace(String component, String name) {
    refuse(
        component,
        name,
        "must not have white space or control characters",
        c -> Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c));
  }

  /** Clients: {@code CLIENT SETNAME} takes only these. */
  static void refuseNotPrintable(String component, String name) {
    refuse(
        component,
        name,
        "must be printable ASCII characters without spaces",
        c -> c < '!' || c > '~');
  }

  private static void refuse(String component, String name, String rule, IntPredicate wrong) {
    int[] codePoints = name.codePoints().toArray();
    for (int i = 0; i < codePoints.length; i++) {
      if (wrong.test(codePoints[i])) {
        throw new IllegalArgumentException(String.format(
            Locale.ROOT,
            "%s %s, but its character %d of %d was U+%04X",
            component,
            rule,
            i + 1,
            codePoints.length,
            codePoints[i]));
      }
    }
  }
}
