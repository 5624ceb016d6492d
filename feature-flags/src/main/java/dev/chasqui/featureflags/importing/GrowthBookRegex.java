package dev.chasqui.featureflags.importing;

/**
 * A regular expression that is a literal text.
 *
 * @param text not empty
 * @param fromStart whether what it is looked for in begins with it
 * @param toEnd whether it ends with it
 */
record GrowthBookRegex(String text, boolean fromStart, boolean toEnd) {
  private static final String SPECIAL = "\\^$.*+?()[]{}|";

  /** Refuses all others. */
  static GrowthBookRegex read(String written, String pointer) {
    GrowthBookPath.requireOwn(written, pointer); // GrowthBook keeps them in an object
    boolean fromStart = written.startsWith("^");
    StringBuilder text = new StringBuilder();
    int i = fromStart ? 1 : 0;
    boolean toEnd = false;
    for (; i < written.length() && !toEnd; i++) {
      char letter = written.charAt(i);
      if (letter == '$' && i == written.length() - 1) {
        toEnd = true;
      } else if (letter == '\\' && i + 1 < written.length() && isMark(written.charAt(i + 1))) {
        text.append(written.charAt(++i));
      } else if (SPECIAL.indexOf(letter) < 0) {
        text.append(letter);
      } else {
        throw Members.wrong(pointer, "$regex of more than a literal text cannot be said here");
      }
    }
    // by "/i" it would be kept where one is that does not tell great letters from small
    if (text.isEmpty() || written.endsWith("/i")) {
      throw Members.wrong(pointer, "$regex must have a text, and one that does not end with /i");
    }
    return new GrowthBookRegex(text.toString(), fromStart, toEnd);
  }

  /** What stands for itself after a backslash. */
  private static boolean isMark(char letter) {
    return letter > ' ' && letter < 0x7f && !Character.isLetterOrDigit(letter) && letter != '_';
  }

  boolean matches(String whole) {
    if (fromStart) {
      return toEnd ? whole.equals(text) : whole.startsWith(text);
    }
    return toEnd ? whole.endsWith(text) : whole.contains(text);
  }
}
