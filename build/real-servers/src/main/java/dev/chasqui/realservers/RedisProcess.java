package dev.chasqui.realservers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A Redis process that a test may treat badly: kill it, let it hang, bring it back. It is always one of our own, whatever
 * server is given for tests, since nobody else's may be killed.
 *
 * <pre>{@code
 * try (RedisProcess redis = RedisProcess.start("maxclients 20", "user alice on >secret ~* +@all")) {
 *   redis.kill();    // clients are cut off, new ones refused
 *   redis.restart(); // at the same port, with the same password, empty
 *   redis.pause();   // connections stay, nobody answers
 *   redis.resume();
 * }
 * }</pre>
 *
 * <p>It listens on 127.0.0.1 only, at a port that systems do not give to outgoing connections, wants a random password,
 * and ends with this JVM, however that ends; its directory goes with it. It writes nothing to the disk unless its
 * configuration says so: with {@code appendonly yes} it has its data again after {@link #restart()}.
 *
 * <p><b>Threads:</b> safe for any number; one change at a time.
 */
public final class RedisProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final RedisProgram program;
  private final int port;
  private final String password;
  private final List<String> options;
  private final Path directory;
  private final Watchdog watchdog;
  private Process process; // guarded by this
  private boolean paused; // guarded by this
  private boolean closed; // guarded by this

  private RedisProcess(
      RedisProgram program,
      int port,
      String password,
      List<String> configuration,
      List<String> options)
      throws IOException {
    this.program = program;
    this.port = port;
    this.password = password;
    this.options = options;
    this.directory = Directories.temporary("chasqui-redis");
    Files.write(configurationFile(), configuration(configuration));
    this.watchdog =
        Watchdog.start(pidFile(), directory, Watchdog.Ending.KILL, this::killWithTheJvm);
    try {
      this.process = launch();
    } catch (IOException e) {
      watchdog.close();
      Directories.delete(directory);
      throw e;
    }
  }

  /**
   * Starts the program that tests use unless they say otherwise, {@link RedisProgram#forTests()}.
   *
   * @param configuration lines as in {@code redis.conf}, like {@code maxclients 20}; they come last, so they prevail
   * @throws RealServerException if it does not start; the message has what it said, as for a line that it does not know
   */
  public static RedisProcess start(String... configuration) {
    return start(RedisProgram.forTests(), configuration);
  }

  /**
   * Starts the given program.
   *
   * @param configuration lines as in {@code redis.conf}, like {@code maxclients 20}; they come last, so they prevail
   * @throws RealServerException if it does not start; the message has what it said, as for a line that it does not know
   */
  public static RedisProcess start(RedisProgram program, String... configuration) {
    return start(program, FreePort.choose(), List.of(configuration));
  }

  /**
   * Starts the given program so that it also listens with TLS, at {@link #tlsUri()}. Clients need no certificate, unless
   * there is a line {@code tls-auth-clients yes}; the same certificate is then good for them. Redis for Windows has no
   * TLS, and another program may have been built without.
   *
   * @param configuration lines as in {@code redis.conf}; they come last, so they prevail
   * @throws RealServerException if it does not start; the message has what it said
   */
  public static RedisProcess startWithTls(
      RedisProgram program, TlsCertificate certificate, String... configuration) {
    int port = FreePort.choose();
    List<String> lines = new ArrayList<>(certificate.configuration(tlsPort(port)));
    lines.addAll(List.of(configuration));
    return start(program, port, lines);
  }

  /** Known to be free, since only nodes of clusters use it for something else. */
  private static int tlsPort(int port) {
    return port + FreePort.CLUSTER_BUS;
  }

  private static RedisProcess start(RedisProgram program, int port, List<String> configuration) {
    RedisProcess redis = launch(program, port, randomPassword(), configuration, List.of());
    try {
      redis.awaitReady();
      return redis;
    } catch (RuntimeException e) {
      redis.close();
      throw e;
    }
  }

  /**
   * Starts a process without waiting for it, so that several can start at the same time.
   *
   * @param options what follows the configuration file on the command line
   */
  static RedisProcess launch(
      RedisProgram program,
      int port,
      String password,
      List<String> configuration,
      List<String> options) {
    try {
      return new RedisProcess(program, port, password, configuration, options);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start " + program, e);
    }
  }

  static String randomPassword() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private List<String> configuration(List<String> more) {
    List<String> lines = new ArrayList<>();
    lines.add("bind 127.0.0.1");
    lines.add("port " + port);
    lines.add("requirepass " + password);
    lines.add("save \"\"");
    lines.add("dir " + quoted(directory));
    lines.add("pidfile " + quoted(pidFile()));
    lines.addAll(more);
    return lines;
  }

  /** As a value in a file of configuration. */
  static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private Path configurationFile() {
    return directory.resolve("redis.conf");
  }

  private Path pidFile() {
    return directory.resolve("redis.pid");
  }

  private File log() {
    return directory.resolve("server.log").toFile();
  }

  private Process launch() throws IOException {
    List<String> line =
        new ArrayList<>(List.of(program.file().toString(), configurationFile().toString()));
    line.addAll(options);
    Process started = new ProcessBuilder(line)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
        .start();
    watchdog.watch(started.pid());
    return started;
  }

  void awaitReady() {
    await("to answer", this::answers);
  }

  /** Waits while this process lives: asked again and again, since it cannot call us. */
  void await(String what, BooleanSupplier condition) {
    Process awaited = process();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        if (awaited.waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new RealServerException(this + " ended:\n" + endOfLog());
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new RealServerException(
              "Waited in vain for " + this + " " + what + ":\n" + endOfLog());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealServerException("Interrupted while waiting for " + this, e);
    }
  }

  private boolean answers() {
    try (RedisConnection connection = new RedisConnection(URI.create(uri()))) {
      return connection.call("PING").equals("PONG");
    } catch (RedisConnection.Refused e) {
      // A configuration may well shut out the default user.
      return !String.valueOf(e.getMessage()).contains("LOADING");
    } catch (IOException e) {
      return false; // not listening yet
    }
  }

  private String endOfLog() {
    try {
      List<String> lines = Files.readAllLines(log().toPath());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    } catch (IOException e) {
      return "(log unreadable: " + e.getMessage() + ")";
    }
  }

  private synchronized Process process() {
    return process;
  }

  /** Returns {@code redis://:password@127.0.0.1:port}, as Lettuce and others take it; the same after a restart. */
  public String uri() {
    return "redis://:" + password + "@" + address();
  }

  /**
   * Returns {@code rediss://:password@127.0.0.1:port}; somebody listens there only after {@link #startWithTls}. The same
   * after a restart.
   */
  public String tlsUri() {
    return "rediss://:" + password + "@127.0.0.1:" + tlsPort(port);
  }

  /** Returns {@code 127.0.0.1:port}. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Returns the port on 127.0.0.1; the same after a restart. */
  public int port() {
    return port;
  }

  /** Returns the password of the default user. */
  public String password() {
    return password;
  }

  /** Returns the program that runs. */
  public RedisProgram program() {
    return program;
  }

  /** Whether the process exists and is not paused. */
  public synchronized boolean isRunning() {
    return process.isAlive() && !paused;
  }

  /**
   * Sends a command over a connection of its own, so whatever a test does to others does not matter: {@code
   * redis.call("CLIENT", "KILL", "TYPE", "normal")}.
   *
   * @return the answer as text; of an array the elements, those of nested arrays too, one on a line; null is empty
   * @throws RealServerException if the answer is an error, or there is none within 5 seconds
   */
  public String call(String... words) {
    try (RedisConnection connection = new RedisConnection(URI.create(uri()))) {
      return connection.call(words);
    } catch (IOException e) {
      throw new RealServerException(this + ": " + e.getMessage(), e);
    }
  }

  /** Kills the process, as {@code kill -9} does, and returns when it is gone. One that is gone already may be killed. */
  public synchronized void kill() {
    killAndAwait();
    watchdog.forget();
  }

  private synchronized void killWithTheJvm() {
    process.destroyForcibly();
  }

  private void killAndAwait() {
    try {
      process.destroyForcibly().waitFor();
      Files.deleteIfExists(pidFile());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealServerException("Interrupted while killing " + this, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Stops the process where it stands ({@code SIGSTOP}): connections stay open and are still accepted, but nothing is
   * answered, as from a machine that hangs. It can be killed and closed as it is.
   *
   * @throws UnsupportedOperationException on Windows
   */
  public synchronized void pause() {
    signal("STOP");
    paused = true;
  }

  /**
   * Lets a paused process go on ({@code SIGCONT}). One that is not paused takes no notice.
   *
   * @throws UnsupportedOperationException on Windows
   */
  public synchronized void resume() {
    signal("CONT");
    paused = false;
  }

  private void signal(String name) {
    if (Platform.isWindows()) {
      throw new UnsupportedOperationException("Windows has no SIG" + name);
    }
    if (!process.isAlive()) {
      throw new RealServerException(this + " is not running");
    }
    // The shell's own kill: the program of that name may be missing.
    List<String> line =
        List.of("sh", "-c", "kill -s \"$0\" \"$1\"", name, Long.toString(process.pid()));
    Command.Result result = new Command(line, PATIENCE).run();
    if (result.exitCode() != 0) {
      throw new RealServerException("Cannot signal " + this + ": " + result.output());
    }
  }

  /**
   * Starts the process anew at the same port, with the same configuration and password, and returns when it answers. One
   * that still runs is killed first. Only what the configuration had it write to the disk is there again.
   *
   * @throws RealServerException if it does not start
   */
  public void restart() {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException(this + " is closed");
      }
      kill();
      try {
        process = launch();
        paused = false;
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot start " + this, e);
      }
    }
    awaitReady();
  }

  /** Kills the process and removes its files. Doing so twice is harmless. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (watchdog) {
      killAndAwait();
    }
    Directories.delete(directory);
  }

  /** Closes all, the last one first. */
  static void closeAll(List<RedisProcess> processes) {
    if (processes.isEmpty()) {
      return;
    }
    int last = processes.size() - 1;
    try {
      processes.get(last).close();
    } finally {
      closeAll(processes.subList(0, last));
    }
  }

  /** Returns program and address, for messages; no password. */
  @Override
  public String toString() {
    return program + " at " + address();
  }
}
