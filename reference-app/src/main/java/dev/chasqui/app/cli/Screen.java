package dev.chasqui.app.cli;

import dev.chasqui.app.store.Problem;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;

/**
 * Where a command writes: lines, and on a terminal one last line that changes. Safe for any number of
 * threads.
 */
final class Screen {
  private final PrintWriter out;
  private final boolean terminal;
  private String live = "";

  Screen(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On a terminal where colours would be shown: picocli knows the ways of consoles and JDKs. */
  static Screen of(PrintWriter out) {
    return new Screen(out, CommandLine.Help.Ansi.AUTO.enabled());
  }

  /** Writes a line above the live one. */
  synchronized void line(String text) {
    erase();
    out.println(text);
    draw();
  }

  /** Shows {@code text} instead of what was live before; off a terminal, does nothing. */
  synchronized void live(String text) {
    if (terminal && !text.equals(live)) {
      erase();
      live = text;
      draw();
    }
  }

  /** Makes {@code text} the last state of the live line, a line like others from now on. */
  synchronized void settle(String text) {
    erase();
    live = "";
    out.println(text);
    out.flush();
  }

  synchronized void table(List<Problem> problems) {
    erase();
    ProblemTable.print(problems, out);
    draw();
  }

  private void erase() {
    if (!live.isEmpty()) {
      out.print("\r\033[2K");
    }
  }

  private void draw() {
    out.print(live);
    out.flush();
  }
}
