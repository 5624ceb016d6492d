package dev.chasqui.app.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** Which server a command talks to. */
@SuppressWarnings("NullAway.Init")
final class ServerOption {
  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where the server's REST is. Environment: CHASQUI_SERVER."
          + " Default: http://127.0.0.1:8080")
  private URI server;

  AdminApi api() {
    return new AdminApi(server);
  }
}
