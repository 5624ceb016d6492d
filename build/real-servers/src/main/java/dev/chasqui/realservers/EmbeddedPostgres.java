package dev.chasqui.realservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One PostgreSQL process that belongs to this JVM. Its one user is {@value #USER}. */
final class EmbeddedPostgres implements AutoCloseable {
  static final String USER = "chasqui";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 3;
  /** A committed change survives a crash of the machine. */
  private static final Map<String, String> DURABLE =
      Map.of("fsync", "on", "synchronous_commit", "on");
  /** The data ends with the test. */
  private static final Map<String, String> FLEETING =
      Map.of("fsync", "off", "synchronous_commit", "off", "full_page_writes", "off");

  /** What changes can be captured from, by logical decoding, and what standbys can follow. */
  private static final Map<String, String> FOLLOWED =
      Map.of("wal_level", "logical", "max_replication_slots", "32", "max_wal_senders", "32");

  /** Sorting and upper case by Unicode, not by what the machine's language happens to be. */
  private static final List<String> SAME_ORDER_EVERYWHERE =
      List.of("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8");

  private final Path programs;
  private final List<String> unprivileged;
  private final ServerDirectory directory;
  private final Watchdog watchdog;
  private final @Nullable Path temporary;
  private int port;

  private EmbeddedPostgres(Path programs, ServerDirectory directory, @Nullable Path temporary)
      throws IOException {
    this.programs = programs;
    this.directory = directory;
    this.temporary = temporary;
    this.unprivileged = withoutRoot(directory.file("lock"));
    stopOrphan();
    this.watchdog = Watchdog.start(pidFile(), temporary, Watchdog.Ending.INT, this::stop);
  }

  /** Starts on a directory that stays; what was committed there before is there again. */
  static EmbeddedPostgres persistent(Path path) {
    return start(programs(), path, null, EmbeddedPostgres::initialise, DURABLE);
  }

  /** Starts on a directory that goes with the server. */
  static EmbeddedPostgres temporary() {
    return temporary(Map.of());
  }

  /** Starts on a directory that goes with the server, with some settings of its own. */
  static EmbeddedPostgres temporary(Map<String, String> settings) {
    return temporary(EmbeddedPostgres::initialise, settings);
  }

  /** Starts on data that are copied from another server, in a directory that goes with the server. */
  static EmbeddedPostgres onCopy(BaseBackup backup) {
    return temporary(server -> backup.copyTo(server.data()), Map.of());
  }

  private static EmbeddedPostgres temporary(Preparation preparation, Map<String, String> settings) {
    Path programs = programs();
    Path path = Directories.temporary("chasqui-postgres");
    Map<String, String> all = new TreeMap<>(FLEETING);
    all.putAll(settings);
    return start(programs, path, path, preparation, all);
  }

  /** Puts a database where the server is to find its data. */
  private interface Preparation {
    void prepare(EmbeddedPostgres server) throws IOException;
  }

  private static Path programs() {
    return Binaries.ofUser().postgres().resolve("bin");
  }

  private static EmbeddedPostgres start(
      Path programs,
      Path path,
      @Nullable Path temporary,
      Preparation preparation,
      Map<String, String> settings) {
    ServerDirectory directory = ServerDirectory.hold(path);
    @Nullable EmbeddedPostgres server = null;
    try {
      server = new EmbeddedPostgres(programs, directory, temporary);
      preparation.prepare(server);
      server.startProcess(settings);
      return server;
    } catch (IOException e) {
      release(server, directory, temporary);
      throw new UncheckedIOException("Cannot start PostgreSQL in " + path, e);
    } catch (RuntimeException e) {
      release(server, directory, temporary);
      throw e;
    }
  }

  private static void release(
      @Nullable EmbeddedPostgres server, ServerDirectory directory, @Nullable Path temporary) {
    if (server != null) {
      server.close();
      return;
    }
    directory.close();
    if (temporary != null) {
      Directories.delete(temporary);
    }
  }

  /** PostgreSQL refuses to run as root; in a user namespace of its own it is nobody, and needs nothing from us. */
  private static List<String> withoutRoot(Path ours) throws IOException {
    if (Platform.isWindows() || !Files.getAttribute(ours, "unix:uid").equals(0)) {
      return List.of();
    }
    List<String> prefix = List.of("unshare", "-U");
    Command.Result result;
    try {
      result = new Command(List.of("unshare", "-U", "true"), PATIENCE).run();
    } catch (RealServerException e) {
      throw refusedAsRoot(e.getMessage());
    }
    if (result.exitCode() != 0) {
      throw refusedAsRoot(result.output());
    }
    return prefix;
  }

  private static RealServerException refusedAsRoot(@Nullable String reason) {
    return new RealServerException(
        "PostgreSQL does not run as root, and this machine forbids the way round it"
            + " (unshare -U: " + reason
            + "). Run as a normal user, or give the URL of a running PostgreSQL");
  }

  Path data() {
    return directory.file("data");
  }

  private Path pidFile() {
    return data().resolve("postmaster.pid");
  }

  /** Stops what a killed JVM left running, and removes the trace of a process that was something else. */
  private void stopOrphan() throws IOException {
    OptionalLong pid = PidFile.read(pidFile());
    if (pid.isEmpty()) {
      return;
    }
    ProcessHandle process = ProcessHandle.of(pid.getAsLong()).orElse(null);
    if (process == null || !process.isAlive()) {
      return; // PostgreSQL itself deals with the file, and checks what else could be left
    }
    String line = String.join(" ", process.info().arguments().orElse(new String[0]));
    if (line.contains(data().toString())) {
      stop();
    } else if (process.info().command().isPresent()) {
      // After a restart of a container the same pids come again: PostgreSQL would take this process
      // for a postmaster.
      Files.deleteIfExists(pidFile());
    }
  }

  /** Creates the data aside first: what a killed JVM leaves half done must not look like a database. */
  private void initialise() throws IOException {
    if (Files.exists(data())) {
      return;
    }
    Path aside = directory.file("data.new");
    Directories.delete(aside);
    List<String> arguments =
        new ArrayList<>(List.of("-D", aside.toString(), "-U", USER, "-E", "UTF8"));
    arguments.addAll(List.of("-A", "scram-sha-256", "--pwfile=" + directory.file("password")));
    arguments.addAll(SAME_ORDER_EVERYWHERE);
    if (temporary != null) {
      arguments.add("--no-sync");
    }
    Command.Result result = command("initdb", arguments).run();
    if (result.exitCode() != 0) {
      throw new RealServerException("initdb failed in " + aside + ":\n" + result.output());
    }
    Files.move(aside, data(), StandardCopyOption.ATOMIC_MOVE);
  }

  private void startProcess(Map<String, String> settings) throws IOException {
    for (int attempt = 1; ; attempt++) {
      port = directory.choosePort();
      Path log = directory.newLog();
      Command.Result result = pgCtl("start", "-l", log.toString(), "-o", options(settings));
      if (result.exitCode() == 0) {
        watchdog.watch(PidFile.read(pidFile()).orElseThrow());
        return;
      }
      boolean portTaken = directory.endOfLog().contains("could not create any TCP/IP sockets");
      if (!portTaken || attempt == ATTEMPTS) {
        throw new RealServerException("PostgreSQL did not start in " + data() + ":\n"
            + result.output() + "\n" + directory.endOfLog());
      }
    }
  }

  private String options(Map<String, String> settings) {
    Map<String, String> all = new TreeMap<>(FOLLOWED);
    all.putAll(settings);
    all.put("port", Integer.toString(port));
    all.put("listen_addresses", "127.0.0.1");
    all.put("max_connections", "200");
    all.put("unix_socket_directories", ""); // in /tmp, they would stay behind a crash
    return all.entrySet().stream()
        .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
        .collect(Collectors.joining(" "));
  }

  private Command.Result pgCtl(String action, String... arguments) {
    List<String> line =
        new ArrayList<>(List.of(action, "-D", data().toString(), "-w", "-t", seconds()));
    line.addAll(List.of(arguments));
    return command("pg_ctl", line).run();
  }

  private static String seconds() {
    return Long.toString(PATIENCE.toSeconds());
  }

  private Command command(String program, List<String> arguments) {
    List<String> line = new ArrayList<>(unprivileged);
    line.add(programs.resolve(program).toString());
    line.addAll(arguments);
    return new Command(line, PATIENCE.plusSeconds(10));
  }

  int port() {
    return port;
  }

  String password() {
    return directory.password();
  }

  private void stop() {
    if (!isRunning()) {
      return;
    }
    Command.Result result = pgCtl("stop", "-m", "fast");
    if (result.exitCode() != 0 && isRunning()) {
      throw new RealServerException(
          "PostgreSQL did not stop in " + data() + ":\n" + result.output());
    }
  }

  boolean isRunning() {
    OptionalLong pid = PidFile.read(pidFile());
    return pid.isPresent()
        && ProcessHandle.of(pid.getAsLong()).map(ProcessHandle::isAlive).orElse(false);
  }

  /** Stops the server: connections are cut, what was committed stays. */
  @Override
  public void close() {
    try (directory;
        watchdog) {
      stop();
    }
    if (temporary != null) {
      Directories.delete(temporary);
    }
  }
}
