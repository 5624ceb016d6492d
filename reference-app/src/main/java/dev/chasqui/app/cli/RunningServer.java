package dev.chasqui.app.cli;

import dev.chasqui.app.Server;
import dev.chasqui.app.ServerConfig;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node and, where they are embedded, its PostgreSQL and Redis. */
final class RunningServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>(); // the newest first
  private final Server server;

  /** Told what has been started, and how long it took. */
  interface Steps {
    void done(String what, Duration took);
  }

  private RunningServer(ServerOptions options, Steps steps) throws IOException {
    requireFree(options);
    boolean started = false;
    try {
      ServerConfig config = options.isEmbedded() ? embedded(options, steps) : options.config();
      long begin = System.nanoTime();
      server = Server.start(config);
      open.push(server);
      steps.done("server", since(begin));
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /**
   * Starts what the options ask for.
   *
   * @throws IOException if a port is taken; nothing is left running then
   */
  static RunningServer start(ServerOptions options, Steps steps) throws IOException {
    return new RunningServer(options, steps);
  }

  private ServerConfig embedded(ServerOptions options, Steps steps) {
    Path data = options.dataDirectory().toAbsolutePath();
    long begin = System.nanoTime();
    RealPostgres postgres = RealPostgres.open(data.resolve("postgres"));
    open.push(postgres);
    steps.done("PostgreSQL, data in " + data, since(begin));
    begin = System.nanoTime();
    RealRedis redis = RealRedis.open(data.resolve("redis"));
    open.push(redis);
    steps.done("Redis", since(begin));
    return options.config(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), redis.uri());
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Finds a taken port before databases are started; the server looks again itself. */
  static void requireFree(ServerOptions options) throws IOException {
    options.check();
    requireFree("admin", options.admin());
    requireFree("devices", options.devices());
  }

  private static void requireFree(String name, InetSocketAddress address) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    } catch (BindException e) {
      throw new BindException("port " + address.getPort() + " (" + name
          + ") is taken by another program, perhaps by another Chasqui; choose another by --"
          + name);
    }
  }

  URI adminUri() {
    return uri("http", server.adminAddress());
  }

  URI devicesUri() {
    return uri("ws", server.devicesAddress());
  }

  private static URI uri(String scheme, InetSocketAddress address) {
    String host = address.getAddress().isAnyLocalAddress()
        ? "127.0.0.1"
        : address.getAddress().getHostAddress();
    return URI.create(
        scheme + "://" + (host.contains(":") ? '[' + host + ']' : host) + ':' + address.getPort());
  }

  @Override
  public void close() {
    for (AutoCloseable part : open) {
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("{} did not stop well", part.getClass().getSimpleName(), e);
      }
    }
    open.clear();
  }
}
