package dev.chasqui.pointcache;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What {@link Cli} prints: fields with their names at the left, in 80 columns, and tables. */
final class CliPage {
  private static final int WIDTH = 80;
  private static final int NAMES = 13;
  private static final int LONGEST_TEXT = 40;

  private final PrintWriter out;

  CliPage(PrintWriter out) {
    this.out = out;
  }

  void line() {
    out.println();
  }

  /** One that may be of several lines, for which words are not torn apart. */
  void field(String name, String text) {
    StringBuilder line = new StringBuilder(padded(name, NAMES));
    boolean first = true;
    for (String word : text.split(" ", -1)) {
      if (!first && line.length() + 1 + word.length() > WIDTH) {
        out.println(line);
        line.setLength(0);
        line.append(padded("", NAMES));
        first = true;
      }
      line.append(first ? "" : " ").append(word);
      first = false;
    }
    out.println(line.toString().stripTrailing());
  }

  /** Rows of two cells, of which the first are as wide as the widest. */
  void table(List<List<String>> rows) {
    int width = rows.stream().mapToInt(row -> row.get(0).length()).max().orElse(0) + 2;
    line();
    rows.forEach(
        row -> out.println(("  " + padded(row.get(0), width) + row.get(1)).stripTrailing()));
    line();
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** A text of a row, on one line, and none that a terminal obeys. */
  static String cell(@Nullable String text, boolean full) {
    if (text == null) {
      return "NULL";
    }
    StringBuilder cell = new StringBuilder();
    text.codePoints()
        .limit(full ? Long.MAX_VALUE : LONGEST_TEXT + 1)
        .forEach(c -> cell.append(
            Character.isISOControl(c)
                ? String.format(Locale.ROOT, "\\u%04x", c)
                : Character.toString(c)));
    if (!full && text.codePointCount(0, text.length()) > LONGEST_TEXT) {
      cell.setLength(cell.offsetByCodePoints(0, LONGEST_TEXT - 3));
      cell.append("...");
    }
    return cell.toString();
  }

  static String time(long millis) {
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    long seconds = TimeUnit.MILLISECONDS.toSeconds(millis);
    return seconds < 3_600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min";
  }

  static String bytes(long bytes) {
    if (bytes < 1_000) {
      return bytes + " bytes";
    }
    double amount = bytes;
    int unit = -1;
    while (amount >= 999.95 && unit < 3) {
      amount /= 1_000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %sB", amount, "kMGT".charAt(unit));
  }
}
