package dev.chasqui.app.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "serve",
    description =
        "Runs a node of the server: with a PostgreSQL and a Redis of yours, or embedded ones.")
@SuppressWarnings("NullAway.Init")
final class ServeCommand implements Callable<Integer> {
  /** For what is to be done beside the draining: requests, threads, PostgreSQL. */
  private static final Duration STOP = Duration.ofSeconds(15);

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Mixin
  private ServerOptions options;

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.isEmbedded(); // refuses what does not go together
    Screen screen = Screen.of(spec.commandLine().getOut());
    RunningServer server = RunningServer.start(options, new StepLines(screen)::done);
    screen.line("Back office  " + server.adminUri());
    screen.line("Devices      " + server.devicesUri());
    Stop.await(options.drain().plus(STOP), server);
    return 0;
  }
}
