package dev.chasqui.app.cli;

import picocli.CommandLine.Option;

/** Who makes a change, and why. */
@SuppressWarnings("NullAway.Init")
final class SignatureOptions {
  @Option(
      names = "--author",
      paramLabel = "NAME",
      defaultValue = "${sys:user.name}",
      description = "Who makes the change. Environment: CHASQUI_AUTHOR. Default: your user name")
  private String author;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Why, for those who look at the change later. Environment: CHASQUI_REASON."
          + " Default: none")
  private String reason;

  String author() {
    return author;
  }

  String reason() {
    return reason;
  }
}
