package dev.chasqui.app;

import dev.chasqui.app.cli.Cli;

/** The program: everything is in {@link Cli}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(Cli.run(arguments));
  }
}
