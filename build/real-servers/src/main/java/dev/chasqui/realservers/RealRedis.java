package dev.chasqui.realservers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A real Redis. An embedded server is version 6.2 (5.0 on Windows), listens on 127.0.0.1 only, wants a random password,
 * and ends with this JVM, however that ends.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class RealRedis implements AutoCloseable {
  private final URI uri;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  private RealRedis(URI uri, Runnable onClose) {
    this.uri = uri;
    this.onClose = onClose;
  }

  /**
   * Starts an embedded Redis whose data stays in {@code directory}, created if need be. Each command is appended to a
   * file that reaches the disk every second: a crash of the process loses nothing, one of the machine at most about the
   * last second. A server that a killed JVM left running there is stopped first. The port is the one of the run before
   * as long as that is free.
   *
   * @throws RealServerException if a living process holds the directory, or the server does not start within a minute
   */
  public static RealRedis open(Path directory) {
    EmbeddedRedis server = EmbeddedRedis.persistent(directory);
    return new RealRedis(server.uri(), server::close);
  }

  /**
   * Finds an empty Redis for tests. It is the one that the system property {@code chasqui.test.redis.uri} or the
   * variable {@code CHASQUI_TEST_REDIS_URI} names; else, if a program is named for {@link RedisProgram#forTests()}, one
   * that it runs; else one in Docker if Testcontainers is on the class path and Docker answers; else an embedded one. For
   * one that can be killed see {@link RedisProcess}. A given one must be empty, so that a mistaken URI destroys nothing, and is emptied
   * at close; only the logical database that its URI names counts. One that was started here ends with the returned
   * object.
   *
   * @throws RealServerException if no server can be had, or the given one is not empty
   */
  public static RealRedis forTests() {
    return forTests(GivenServers.ofThisProcess());
  }

  static RealRedis forTests(GivenServers given) {
    Optional<String> uri = given.find(GivenServers.REDIS);
    if (uri.isPresent()) {
      return borrow(URI.create(uri.get()));
    }
    if (given.find(GivenServers.REDIS_PROGRAM).isEmpty() && Docker.isUsable()) {
      Containers.Started<String> container = Containers.redis();
      return new RealRedis(URI.create(container.address()), container.stop());
    }
    RedisProcess server = RedisProcess.start(RedisProgram.forTests(given));
    return new RealRedis(URI.create(server.uri()), server::close);
  }

  private static RealRedis borrow(URI uri) {
    String keys = call(uri, "DBSIZE");
    if (!keys.equals("0")) {
      throw new RealServerException(
          "The Redis given for tests, " + withoutPassword(uri) + ", holds " + keys
              + " keys. Tests empty it, so it must be empty before: FLUSHDB it, or name another one");
    }
    return new RealRedis(uri, () -> call(uri, "FLUSHDB"));
  }

  private static String call(URI uri, String command) {
    try (RedisConnection connection = new RedisConnection(uri)) {
      return connection.call(command);
    } catch (IOException e) {
      throw new RealServerException("Redis at " + withoutPassword(uri) + ": " + e.getMessage(), e);
    }
  }

  private static String withoutPassword(URI uri) {
    return uri.getHost() + ":" + uri.getPort() + uri.getPath();
  }

  /** Returns {@code redis://:password@host:port}, as Lettuce and others take it; a given URI unchanged. */
  public String uri() {
    return uri.toString();
  }

  /** Stops the server if this object started it, else empties the given one. Doing so twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
    }
  }
}
