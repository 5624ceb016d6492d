package dev.chasqui.app.simulator;

import dev.chasqui.app.store.DeviceFacts;
import dev.chasqui.edgeclient.EdgeClient;
import dev.chasqui.edgeclient.EdgeStatus;
import dev.chasqui.edgeclient.EdgeStore;
import dev.chasqui.edgeclient.JdkTransport;
import dev.chasqui.featureflags.config.RuleTargeting;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs devices: real clients with a few threads in common. Each goes offline and comes back in its
 * own rhythm, and keeps what it had meanwhile, as a device does that loses power.
 *
 * <p><b>Threads:</b> safe for any number. One thread of its own starts and stops devices, at a bounded
 * rate.
 */
public final class FleetSimulator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetSimulator.class);
  private static final Duration SHORTEST_BREAK = Duration.ofMillis(500);

  private final URI gateway;
  private final SimulatorConfig config;
  private final DeviceSoftware software = new DeviceSoftware();
  private final RuleTargeting targeting = new RuleTargeting();
  private final JdkTransport transport;
  private final List<ScheduledThreadPoolExecutor> schedulers = new ArrayList<>();
  private final ScheduledThreadPoolExecutor pacer;
  private final List<Unit> units = new ArrayList<>();

  /**
   * How many devices are in which state.
   *
   * @param devices all
   * @param live connected and with all there is
   * @param connected connected, the live ones too
   * @param away offline because their rhythm says so
   */
  public record Census(int devices, int live, int connected, int away) {
    /** Whether every device that shall be connected has all there is. */
    public boolean settled() {
      return live + away == devices;
    }
  }

  private FleetSimulator(URI gateway, SimulatorConfig config) {
    this.gateway = gateway;
    this.config = config;
    this.transport = new JdkTransport(config.threads());
    this.pacer = scheduler("chasqui-simulator-pacer");
    for (int i = 0; i < config.threads(); i++) {
      schedulers.add(scheduler("chasqui-simulator-" + i));
    }
  }

  private static ScheduledThreadPoolExecutor scheduler(String name) {
    ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    });
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return scheduler;
  }

  /**
   * Starts devices and returns; they connect one after the other.
   *
   * @param devices at most {@link SimulatorConfig#MOST_DEVICES}
   * @param gateway {@code ws://host:port}
   */
  public static FleetSimulator start(
      List<SimulatedDevice> devices, URI gateway, SimulatorConfig config) {
    if (devices.size() > SimulatorConfig.MOST_DEVICES) {
      throw new IllegalArgumentException("one process simulates at most "
          + SimulatorConfig.MOST_DEVICES + " devices, were " + devices.size());
    }
    FleetSimulator simulator = new FleetSimulator(gateway, config);
    simulator.begin(devices);
    return simulator;
  }

  private void begin(List<SimulatedDevice> devices) {
    long nanosPerConnect = TimeUnit.SECONDS.toNanos(1) / config.connectsPerSecond();
    long delay = 0;
    for (int i = 0; i < devices.size(); i++) {
      RandomGenerator random = SimulatedFleet.random(config.seed() * 1_000_003 + i);
      Unit unit = new Unit(devices.get(i), schedulers.get(i % schedulers.size()), random);
      units.add(unit);
      if (random.nextDouble() < config.offlineShare()) {
        unit.away = true;
        later(unit::comeBack, unit.exponential(config.cycle(), config.offlineShare()));
      } else {
        later(unit::comeBack, Duration.ofNanos(delay));
        delay += nanosPerConnect;
      }
    }
  }

  private void later(Runnable task, Duration delay) {
    Future<?> unused = pacer.schedule(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.warn("a simulated device failed", e);
          }
        },
        delay.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  public Census census() {
    int live = 0;
    int connected = 0;
    int away = 0;
    for (Unit unit : units) {
      EdgeClient client = unit.client;
      away += unit.away ? 1 : 0;
      if (client != null && client.status().connected()) {
        connected++;
        live += client.status().state() == EdgeStatus.State.LIVE ? 1 : 0;
      }
    }
    return new Census(units.size(), live, connected, away);
  }

  /** The client of a device, or null while it is offline. */
  public @Nullable EdgeClient client(String device) {
    return units.stream()
        .filter(unit -> unit.device.key().equals(device))
        .findFirst()
        .map(unit -> unit.client)
        .orElse(null);
  }

  /** Stops all devices and threads, within seconds. */
  @Override
  public void close() {
    pacer.shutdown();
    awaitEnd(pacer);
    schedulers.forEach(ScheduledThreadPoolExecutor::shutdown); // what is left is dropped at once
    units.forEach(Unit::stop);
    schedulers.forEach(FleetSimulator::awaitEnd);
    transport.close();
  }

  private static void awaitEnd(ScheduledThreadPoolExecutor scheduler) {
    try {
      if (!scheduler.awaitTermination(5, TimeUnit.SECONDS)) {
        scheduler.shutdownNow();
      }
    } catch (InterruptedException e) {
      scheduler.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** One device and its rhythm. Started and stopped on the pacer's thread. */
  private final class Unit {
    private final SimulatedDevice device;
    private final ScheduledThreadPoolExecutor scheduler;
    private final RandomGenerator random;
    private final EdgeStore store = EdgeStore.inMemory();
    private volatile @Nullable EdgeClient client;
    private volatile boolean away;

    Unit(SimulatedDevice device, ScheduledThreadPoolExecutor scheduler, RandomGenerator random) {
      this.device = device;
      this.scheduler = scheduler;
      this.random = random;
    }

    /** A time around {@code share} of {@code mean}, as between events that know nothing of each other. */
    Duration exponential(Duration mean, double share) {
      double nanos = -Math.log(1 - random.nextDouble()) * (double) mean.toNanos() * share;
      return Duration.ofNanos((long) Math.max(nanos, (double) SHORTEST_BREAK.toNanos()));
    }

    void comeBack() {
      away = false;
      client = EdgeClient.builder()
          .gateway(gateway)
          .device(device.key())
          .settings(software.catalogue(device))
          .software(device.software())
          .facts(DeviceFacts.of(device.key(), device.software()))
          .targeting(targeting)
          .store(store)
          .transport(transport)
          .scheduler(scheduler)
          .random(SimulatedFleet.random(random.nextLong()))
          .start();
      Duration untilOffline = config.offlineShare() == 0
          ? Duration.ofDays(10_000)
          : exponential(config.cycle(), 1 - config.offlineShare());
      Duration untilBroken = exponential(config.churn(), 1);
      if (untilBroken.compareTo(untilOffline) < 0) {
        later(() -> goAway(SHORTEST_BREAK.plusMillis(random.nextInt(4_000))), untilBroken);
      } else {
        later(() -> goAway(exponential(config.cycle(), config.offlineShare())), untilOffline);
      }
    }

    private void goAway(Duration time) {
      away = true;
      stop();
      later(this::comeBack, time);
    }

    void stop() {
      EdgeClient stopped = client;
      if (stopped != null) {
        client = null;
        stopped.close();
      }
    }
  }
}
