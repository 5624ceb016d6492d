package dev.chasqui.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "explain", description = "Says where a device's value of a setting comes from.")
@SuppressWarnings("NullAway.Init")
final class ExplainCommand implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "DEVICE",
      description = "Key of the device, such as andes-haul-017-cam.")
  private String device;

  @Parameters(
      index = "1",
      paramLabel = "SETTING",
      description = "Which setting, such as camera.fps.")
  private String setting;

  @Mixin
  private ServerOption server;

  @Override
  public void run() {
    String key = device.startsWith("device:") ? device.substring("device:".length()) : device;
    String text = server
        .api()
        .getText("/devices/" + AdminApi.encoded(key) + "/explain/" + AdminApi.encoded(setting));
    spec.commandLine().getOut().println(text.stripTrailing());
  }
}
