package dev.chasqui.app.cli;

import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.store.Problem;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "import",
    description = "Imports settings, fleets and profiles from files, each file as one change.")
@SuppressWarnings("NullAway.Init")
final class ImportCommand implements Callable<Integer> {
  private static final long TICK_MILLIS = 200;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files in JSON or YAML, see docs/import-format.md; - is the standard input.")
  private List<String> files;

  @Option(
      names = "--format",
      paramLabel = "json|yaml",
      description = "Format of the files. Environment: CHASQUI_FORMAT."
          + " Default: what each file's name ends with")
  private @Nullable ImportFormat format;

  @Option(
      names = "--keep-going",
      description = "Take what is valid when something else in a file is not."
          + " Environment: CHASQUI_KEEP_GOING. Default: a file goes in as a whole or not at all")
  private boolean keepGoing;

  @Mixin
  private ServerOption server;

  @Mixin
  private SignatureOptions signature;

  /** A file that was checked before the first one is sent. */
  private record Input(String name, @Nullable Path path, ImportFormat format, long size) {}

  @Override
  public Integer call() {
    AdminApi api = server.api();
    List<Input> inputs = new ArrayList<>();
    files.forEach(file -> inputs.add(checked(file)));
    Screen screen = Screen.of(spec.commandLine().getOut());
    boolean refused = false;
    for (Input input : inputs) {
      refused |= report(input, send(input, api, screen), screen);
    }
    return refused ? Cli.REFUSED : 0;
  }

  private Input checked(String file) {
    if (file.equals("-")) {
      if (format == null) {
        throw new UsageException("--format must be given for the standard input: json or yaml");
      }
      return new Input("standard input", null, format, -1);
    }
    Path path = Path.of(file);
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw new UsageException("FILE: there is no readable file " + file);
    }
    ImportFormat of = format != null
        ? format
        : ImportFormat.ofFileName(file)
            .orElseThrow(() -> new UsageException("--format must be given for " + file
                + ", its name ends neither with .json nor with .yaml or .yml"));
    try {
      return new Input(file, path, of, Files.size(path));
    } catch (IOException e) {
      throw new UsageException("FILE: " + file + ": " + e.getMessage());
    }
  }

  private JsonNode send(Input input, AdminApi api, Screen screen) {
    AtomicLong sent = new AtomicLong();
    try (Ticker ticker = new Ticker(TICK_MILLIS, () -> screen.live(progress(input, sent.get())))) {
      return api.importFile(
          () -> new Counting(open(input), sent),
          input.format(),
          keepGoing,
          signature.author(),
          signature.reason());
    } catch (AdminApi.RefusedAnswer e) {
      throw new AdminApi.RefusedAnswer(
          e.status(), input.name() + ": nothing was changed: " + e.getMessage(), e.problems());
    } finally {
      screen.live("");
    }
  }

  private static InputStream open(Input input) {
    try {
      return input.path() == null ? System.in : Files.newInputStream(input.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String progress(Input input, long sent) {
    if (sent == input.size()) {
      return input.name() + ": sent, the server imports";
    }
    String of = input.size() < 0 ? "" : " of " + input.size() / 1024 + " KiB";
    return input.name() + ": " + sent / 1024 + of + (of.isEmpty() ? " KiB sent" : " sent");
  }

  /** Whether something was refused. */
  private static boolean report(Input input, JsonNode report, Screen screen) {
    String revision = report.has("revision")
        ? "revision " + report.path("revision").asLong()
        : "no device is concerned";
    screen.line(input.name() + ": " + report.path("settings").asInt(0) + " settings, "
        + report.path("nodes").asInt(0) + " nodes, " + report.path("edits").asInt(0)
        + " entries taken · " + revision);
    List<Problem> problems = new ArrayList<>();
    report.path("refused").forEach(error -> problems.add(AdminApi.problem(error)));
    int refusals = report.path("refusals").asInt(problems.size());
    if (refusals == 0) {
      return false;
    }
    screen.line(refusals + " refused"
        + (refusals > problems.size() ? ", the first " + problems.size() + ":" : ":"));
    screen.table(problems);
    return true;
  }

  /** Counts what is read. */
  private static final class Counting extends FilterInputStream {
    private final AtomicLong count;

    Counting(InputStream in, AtomicLong count) {
      super(in);
      this.count = count;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count.addAndGet(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = super.read(to, offset, length);
      count.addAndGet(Math.max(0, read));
      return read;
    }
  }
}
