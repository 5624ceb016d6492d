package dev.chasqui.app;

import dev.chasqui.app.convergence.AckAggregator;
import dev.chasqui.app.convergence.AckIntake;
import dev.chasqui.app.convergence.AckLedger;
import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.convergence.DevicePresence;
import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.gateway.DeviceGateway;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.pipeline.ChangeTail;
import dev.chasqui.app.pipeline.OutboxRelay;
import dev.chasqui.app.pipeline.Redis;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.Settings;
import dev.chasqui.app.web.BackOffice;
import dev.chasqui.app.web.HealthCheck;
import dev.chasqui.tracing.Tracing;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node of the app. */
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>(); // the newest first
  private final AtomicBoolean closed = new AtomicBoolean();
  private final DeviceGateway gateway;
  private final BackOffice backOffice;

  /**
   * Starts a node.
   *
   * @throws BindException if a port is taken; nothing is left running then
   * @throws IOException if a port cannot be had for another reason
   * @throws RuntimeException if PostgreSQL cannot be reached or migrated; Redis may come later
   */
  public static Server start(ServerConfig config) throws IOException {
    return new Server(config);
  }

  private Server(ServerConfig config) throws IOException {
    boolean started = false;
    try {
      Assembled assembled = assemble(config);
      gateway = assembled.devices();
      backOffice = assembled.admin();
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private record Assembled(DeviceGateway devices, BackOffice admin) {}

  private Assembled assemble(ServerConfig config) throws IOException {
    PrometheusMeterRegistry meters = Meters.withExemplars();
    open.push(meters::close);
    Telemetry telemetry = opened(new Telemetry(config.node(), config.telemetry()));
    Tracing tracing = telemetry.tracing();
    Database database =
        opened(Database.open(config.jdbcUrl(), config.username(), config.password(), meters));
    Jdbi jdbi = database.jdbi();
    Settings settings = new Settings(jdbi);
    Fleet fleet = new Fleet(jdbi);
    Profiles profiles = new Profiles(jdbi);
    Changes changes = new Changes(jdbi, settings, fleet, tracing);
    Flags flags = new Flags(jdbi, tracing);
    FlagHub flagHub = opened(new FlagHub(
        config.jdbcUrl(), config.username(), config.password(), flags, meters, tracing));
    flagHub.start();
    Redis redis = opened(new Redis(config.redisUri()));

    AckAggregator aggregator =
        opened(new AckAggregator(redis, new AckLedger(jdbi, meters), config.node(), meters));
    aggregator.start();
    AckIntake acks = opened(new AckIntake(redis, meters));
    acks.start();
    DevicePresence presence = opened(new DevicePresence(jdbi, config.node()));
    presence.start();
    DeviceGateway devices = opened(new DeviceGateway(
        new DeviceGateway.Config(
            config.devices(), config.ackWithin(), config.heartbeat(), config.drain()),
        profiles,
        acks,
        presence,
        meters,
        tracing));
    ChangeTail tail = opened(new ChangeTail(redis, changes, devices, meters, tracing));
    tail.start();
    OutboxRelay relay = opened(new OutboxRelay(
        config.jdbcUrl(),
        config.username(),
        config.password(),
        jdbi,
        redis,
        changes,
        meters,
        tracing));
    relay.start();
    listen("devices", config.devices(), devices::start);
    BackOffice admin = opened(new BackOffice(
        config.admin(),
        config.ofrepOrigins(),
        new BackOffice.Parts(
            jdbi,
            settings,
            fleet,
            profiles,
            changes,
            new Convergence(jdbi),
            new Importer(jdbi, changes),
            flags,
            flagHub,
            meters,
            tracing,
            telemetry.store(),
            List.of(
                new HealthCheck("postgresql", () -> answers(jdbi)),
                check("relay", relay::trouble),
                check("tail", tail::trouble),
                check("flags", flagHub::trouble),
                check("acks-out", acks::trouble),
                check("acks-in", aggregator::trouble)))));
    listen("admin", config.admin(), admin::start);
    LOG.info(
        "Node {} takes devices at {}, people at {}",
        config.node(),
        devices.address(),
        admin.address());
    return new Assembled(devices, admin);
  }

  /** Nothing wrong, or an exception: the pool waits for ten seconds at most. */
  private static Optional<String> answers(Jdbi jdbi) {
    jdbi.useHandle(handle -> handle.execute("select 1"));
    return Optional.empty();
  }

  private static HealthCheck check(String name, Supplier<String> trouble) {
    return new HealthCheck(name, () -> Optional.of(trouble.get()).filter(text -> !text.isEmpty()));
  }

  private interface Start {
    void run() throws IOException;
  }

  private static void listen(String name, InetSocketAddress address, Start start)
      throws IOException {
    try {
      start.run();
    } catch (IOException e) {
      if (e instanceof BindException || e.getCause() instanceof BindException) {
        BindException taken = new BindException(
            "port " + address.getPort() + " (" + name + ") is taken by another program");
        taken.initCause(e);
        throw taken;
      }
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Where REST and the back office are. */
  public InetSocketAddress adminAddress() {
    return backOffice.address();
  }

  /** Where devices connect. */
  public InetSocketAddress devicesAddress() {
    return gateway.address();
  }

  /**
   * Stops: tells devices to go elsewhere and waits for them as long as {@link ServerConfig#drain}
   * says, finishes requests, writes what waits, ends all threads. Closing twice does nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    for (AutoCloseable part : open) {
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("{} did not close well", part.getClass().getSimpleName(), e);
      }
    }
  }
}
