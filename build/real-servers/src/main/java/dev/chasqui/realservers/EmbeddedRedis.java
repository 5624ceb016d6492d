package dev.chasqui.realservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A Redis process that belongs to this JVM and whose data stays. */
final class EmbeddedRedis implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final int ATTEMPTS = 3;
  private static final List<String> DURABLE = List.of("appendonly yes", "appendfsync everysec");

  private final ServerDirectory directory;
  private final Watchdog watchdog;
  private int port;

  private EmbeddedRedis(ServerDirectory directory) throws IOException {
    this.directory = directory;
    stopOrphan();
    this.watchdog = Watchdog.start(pidFile(), null, Watchdog.Ending.INT, this::stop);
  }

  /** Starts on a directory that stays; at most the last second before a crash of the machine is lost. */
  static EmbeddedRedis persistent(Path path) {
    Path program = Binaries.ofUser().redis();
    ServerDirectory directory = ServerDirectory.hold(path);
    @Nullable EmbeddedRedis server = null;
    try {
      server = new EmbeddedRedis(directory);
      server.startProcess(program);
      return server;
    } catch (IOException e) {
      release(server, directory);
      throw new UncheckedIOException("Cannot start Redis in " + path, e);
    } catch (RuntimeException e) {
      release(server, directory);
      throw e;
    }
  }

  private static void release(@Nullable EmbeddedRedis server, ServerDirectory directory) {
    if (server != null) {
      server.close();
    } else {
      directory.close();
    }
  }

  private Path pidFile() {
    return directory.file("redis.pid");
  }

  /** Stops what a killed JVM left running: whoever takes our password at our last port is our server. */
  private void stopOrphan() throws IOException {
    OptionalInt last = directory.lastPort();
    if (last.isPresent()) {
      port = last.getAsInt();
      stop();
    }
    Files.deleteIfExists(pidFile());
  }

  private void startProcess(Path program) throws IOException {
    for (int attempt = 1; ; attempt++) {
      port = directory.choosePort();
      directory.newLog();
      Path configuration = directory.writePrivate("redis.conf", configuration());
      launch(program, configuration);
      if (awaitReady()) {
        return;
      }
      if (attempt == ATTEMPTS) {
        throw notStarted();
      }
    }
  }

  private List<String> configuration() throws IOException {
    Path data = Directories.createPrivate(directory.file("data"));
    List<String> lines = new ArrayList<>(DURABLE);
    lines.add("bind 127.0.0.1");
    lines.add("port " + port);
    lines.add("requirepass " + directory.password());
    lines.add("save \"\"");
    lines.add("dir " + RedisProcess.quoted(data));
    lines.add("pidfile " + RedisProcess.quoted(pidFile()));
    lines.add("logfile " + RedisProcess.quoted(directory.file("server.log")));
    if (!Platform.isWindows()) {
      lines.add(
          "daemonize yes"); // a session of its own: Ctrl-C ends the application first, then the
      // application ends us
    }
    return lines;
  }

  private void launch(Path program, Path configuration) throws IOException {
    List<String> line = List.of(program.toString(), configuration.toString());
    if (Platform.isWindows()) {
      Process process = new ProcessBuilder(line)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      Files.writeString(pidFile(), Long.toString(process.pid()));
      return;
    }
    Command.Result result = new Command(line, PATIENCE).run();
    if (result.exitCode() != 0) {
      throw new RealServerException(
          "Redis did not start in " + directory.file("") + ":\n" + result.output());
    }
  }

  /** Waits for an answer; false if somebody else took the port in the meantime. */
  private boolean awaitReady() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    OptionalLong pid = OptionalLong.empty();
    while (System.nanoTime() - deadline < 0) {
      if (pid.isEmpty()) {
        pid = PidFile.read(pidFile());
        pid.ifPresent(watchdog::watch);
      } else if (answers()) {
        return true;
      } else if (!isAlive(pid.getAsLong())) {
        throw notStarted();
      }
      if (directory.endOfLog().contains("Failed listening on port")) {
        return false;
      }
      pause();
    }
    throw notStarted();
  }

  private RealServerException notStarted() {
    return new RealServerException("Redis did not start in " + directory.file("") + " on port "
        + port + ":\n" + directory.endOfLog());
  }

  private boolean answers() {
    try (RedisConnection connection = new RedisConnection(uri())) {
      return connection.call("PING").equals("PONG");
    } catch (IOException e) {
      return false; // not listening yet, or still loading its data
    }
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealServerException("Interrupted while waiting for Redis", e);
    }
  }

  URI uri() {
    return URI.create("redis://:" + directory.password() + "@127.0.0.1:" + port);
  }

  private void stop() {
    try (RedisConnection connection = new RedisConnection(uri())) {
      connection.shutDown();
    } catch (IOException e) {
      // Nobody there, or not ours. One of ours that is just ending still has its pid file.
    }
    awaitEnd();
  }

  /** Redis removes its pid file as the last thing. The process itself may stay as a zombie where nobody reaps it. */
  private void awaitEnd() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (OptionalLong pid = PidFile.read(pidFile());
        pid.isPresent() && isRedis(pid.getAsLong());
        pid = PidFile.read(pidFile())) {
      if (System.nanoTime() - deadline >= 0) {
        throw new RealServerException("Redis with pid " + pid.getAsLong() + " did not stop in "
            + directory.file("") + ":\n" + directory.endOfLog());
      }
      pause();
    }
  }

  private static boolean isRedis(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().command())
        .filter(command -> command.contains("redis-server"))
        .isPresent();
  }

  /** Stops the server in order: what it holds is on the disk afterwards, if it is persistent. */
  @Override
  public void close() {
    try (directory;
        watchdog) {
      stop();
    }
  }
}
