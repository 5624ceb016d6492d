package dev.chasqui.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command {@code chasqui}: reads arguments, runs what they ask for, gives an exit code. */
@Command(
    name = "chasqui",
    description = "Pushes configuration to fleets of trucks, and shows that it arrived.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    usageHelpAutoWidth = true,
    sortOptions = false,
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      ImportCommand.class,
      SetCommand.class,
      ExplainCommand.class,
      SimulateCommand.class,
      HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:refused, or it could not be done",
      "2:the command line or the configuration is wrong",
      "3:the server cannot be reached"
    })
@SuppressWarnings("NullAway.Init")
public final class Cli implements Runnable {
  static final int REFUSED = ExitCode.SOFTWARE;
  static final int UNREACHABLE = 3;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description =
          "Properties file: the names of options, without dashes in front, and their values. "
              + "A flag wins over the environment, that over the file, that over the default. "
              + "Environment: CHASQUI_CONFIG")
  private String config;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      scope = ScopeType.INHERIT,
      defaultValue = "text",
      description = "How log lines look. Environment: CHASQUI_LOG_FORMAT. Default: text")
  private LogFormat logFormat;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log more, and show where an error comes from. Environment: CHASQUI_VERBOSE")
  private boolean verbose;

  /** How log lines look. */
  enum LogFormat {
    text,
    json
  }

  private Cli() {}

  /** The command line of this process. */
  public static int run(String... arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    return run(System.getenv(), out, err, arguments);
  }

  /** A command line with an environment and outputs of its own. */
  static int run(
      Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
    Cli cli = new Cli();
    CommandLine line = new CommandLine(cli)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Cli::explainUsage)
        .setExecutionExceptionHandler((e, command, parsed) -> cli.explain(e, command))
        .setExecutionStrategy(parsed -> {
          cli.startLogging();
          return new CommandLine.RunLast().execute(parsed);
        });
    try {
      line.setDefaultValueProvider(Defaults.of(environment, arguments, line));
    } catch (IOException e) {
      err.println("chasqui: --config: cannot read " + e.getMessage());
      return ExitCode.USAGE;
    } catch (IllegalArgumentException e) {
      err.println("chasqui: --config: " + e.getMessage());
      return ExitCode.USAGE;
    }
    return line.execute(arguments);
  }

  /** Without a command: help. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private void startLogging() {
    if (LoggerFactory.getILoggerFactory() instanceof ch.qos.logback.classic.LoggerContext context) {
      Logging.configure(context, logFormat == LogFormat.json, verbose);
    }
  }

  private static int explainUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(command.getColorScheme().errorText("chasqui: " + e.getMessage()));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private int explain(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (verbose) {
      e.printStackTrace(err);
    }
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    err.println(command.getColorScheme().errorText("chasqui: " + message));
    if (e instanceof AdminApi.RefusedAnswer refused) {
      ProblemTable.print(refused.problems(), err);
    }
    if (e instanceof AdminApi.Unreachable) {
      return UNREACHABLE;
    }
    return e instanceof UsageException ? ExitCode.USAGE : REFUSED;
  }
}
