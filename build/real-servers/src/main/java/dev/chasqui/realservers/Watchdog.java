package dev.chasqui.realservers;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A shell that outlives this JVM by a moment, to stop a server that the JVM left behind however it died. It reads from a
 * pipe that only this JVM holds open: at its end without a farewell it interrupts the server (for PostgreSQL a fast
 * shutdown, for Redis an orderly one), or kills it where nothing is to be kept, and removes what was temporary.
 *
 * <p>It runs in a session of its own where {@code setsid} exists, so that killing the JVM's whole process group leaves
 * it alive. Where there is no {@code sh} (Windows), a shutdown hook does what it can.
 */
final class Watchdog implements AutoCloseable {
  private static final String SCRIPT = """
      trap '' INT TERM HUP QUIT PIPE
      pidfile=$1 stale=$2 temporary=$3 signal=$4 pid=
      while read -r word; do
        [ "$word" = bye ] && exit 0
        [ "$word" = none ] && word=
        pid=$word
      done
      # The JVM died while the server was starting: its pid file may be on its way.
      tries=0
      while [ -z "$pid" ] && [ $tries -lt 5 ]; do
        [ -s "$pidfile" ] && pid=$(head -n 1 "$pidfile")
        [ "$pid" = "$stale" ] && pid=
        [ -z "$pid" ] && sleep 1
        tries=$((tries + 1))
      done
      if [ -n "$pid" ]; then
        kill -s "$signal" "$pid"
        # A killed server leaves its pid file, and nobody may reap it: it is not waited for.
        [ "$signal" = KILL ] && rm -f "$pidfile"
        tries=0
        while [ -s "$pidfile" ] && kill -0 "$pid" && [ $tries -lt 300 ]; do
          sleep 0.1 || sleep 1
          tries=$((tries + 1))
        done
      fi
      [ -n "$temporary" ] && rm -rf "$temporary"
      """;
  /** In a session of its own where that is possible; the script and its arguments follow. */
  private static final String LAUNCHER =
      "command -v setsid >/dev/null && exec setsid sh -c \"$0\" sh \"$@\"; exec sh -c \"$0\" sh \"$@\"";

  /** How a server that outlived its JVM is ended. */
  enum Ending {
    /** In order: what it holds is kept. */
    INT,
    /** At once, even if it is stopped by a signal. */
    KILL
  }

  private final @Nullable Process shell;
  private final @Nullable Thread hook;

  private Watchdog(@Nullable Process shell, @Nullable Thread hook) {
    this.shell = shell;
    this.hook = hook;
  }

  /**
   * Begins to watch, before the server starts.
   *
   * @param pidFile whose first line will be the server's process id; one that is there already is stale
   * @param temporary removed if the JVM dies, or null
   * @param ending how the server is ended if the JVM dies
   * @param atExit ends the server where there is no shell
   */
  static Watchdog start(Path pidFile, @Nullable Path temporary, Ending ending, Runnable atExit) {
    if (Platform.isWindows()) {
      Thread hook = new Thread(atExit, "real-servers-shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      return new Watchdog(null, hook);
    }
    String stale =
        PidFile.read(pidFile).stream().mapToObj(Long::toString).findFirst().orElse("none");
    List<String> line = List.of(
        "sh",
        "-c",
        LAUNCHER,
        SCRIPT,
        pidFile.toString(),
        stale,
        temporary == null ? "" : temporary.toString(),
        ending.name());
    try {
      ProcessBuilder builder = new ProcessBuilder(line)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD);
      return new Watchdog(builder.directory(Path.of("/").toFile()).start(), null);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot start the shell that ends the server with this JVM", e);
    }
  }

  /** Tells which process to stop, now that it is known. */
  void watch(long pid) {
    say(Long.toString(pid));
  }

  /** Tells that the process is gone, so that no other one of its id is stopped in its place. */
  void forget() {
    say("none");
  }

  /** Ends the watch: the server is stopped already. */
  @Override
  public void close() {
    if (hook != null && !Thread.currentThread().equals(hook)) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM is shutting down: the hook will find the server stopped.
      }
    }
    if (shell == null) {
      return;
    }
    say("bye");
    try {
      if (!shell.waitFor(5, TimeUnit.SECONDS)) {
        shell.destroyForcibly();
      }
    } catch (InterruptedException e) {
      shell.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void say(String word) {
    if (shell == null) {
      return;
    }
    try {
      OutputStream pipe = shell.getOutputStream();
      pipe.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
      pipe.flush();
    } catch (IOException e) {
      // Somebody ended the shell: the server then merely has no watchdog.
    }
  }
}
