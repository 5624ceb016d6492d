package dev.chasqui.pooledredis;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what was meant by a word with a typo. */
final class Nearest {
  /** Longer words were not meant to be one of ours, and comparing takes time squared. */
  private static final int LONGEST = 40;

  private Nearest() {}

  /** The known word that needs the fewest changes, or null if none is near. Case, - and _ do not count. */
  static @Nullable String of(String word, Collection<String> known) {
    if (word.length() > LONGEST) {
      return null;
    }
    String plain = plain(word);
    String nearest = null;
    int fewest = Integer.MAX_VALUE;
    for (String candidate : known) {
      int changes = changes(plain, plain(candidate));
      // A quarter of the letters may be wrong: any word is near to a short one otherwise.
      if (changes <= Math.max(1, candidate.length() / 4) && changes < fewest) {
        nearest = candidate;
        fewest = changes;
      }
    }
    return nearest;
  }

  private static String plain(String word) {
    return word.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** Letters to insert, leave out or replace (the Levenshtein distance). */
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int above = row[j];
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
