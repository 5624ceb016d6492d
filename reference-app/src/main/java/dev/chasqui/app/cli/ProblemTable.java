package dev.chasqui.app.cli;

import dev.chasqui.app.store.Problem;
import java.io.PrintWriter;
import java.util.List;

/** Problems for people: a line each, in columns. */
final class ProblemTable {
  private ProblemTable() {}

  static void print(List<Problem> problems, PrintWriter to) {
    int fields =
        width(problems.stream().map(problem -> problem.field().length()).toList());
    int rules = width(problems.stream().map(problem -> problem.rule().length()).toList());
    for (Problem problem : problems) {
      to.println("  " + pad(problem.field(), fields) + "  " + pad(problem.rule(), rules) + "  "
          + problem.message());
    }
  }

  private static int width(List<Integer> lengths) {
    return lengths.stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }
}
