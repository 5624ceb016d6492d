package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Change;
import dev.chasqui.hierarchicalconfig.ConfigChange;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.LiveConfig;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Subscription;
import dev.chasqui.hierarchicalconfig.Targeting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A device's configuration: keeps it in step with a gateway, keeps the last good one over restarts and while there is no
 * network.
 *
 * <p><b>Threads:</b> safe for any number. Reading never waits: {@link #get} is a volatile read and a look-up, a {@link
 * Live} value, from {@link #live(Setting)}, the read alone. Listeners run on the client's one thread, one at a time, in
 * the order they were added; a slow one holds up the next change and the acknowledgement of this one. <b>Listeners</b>
 * hear of a value when it differs from the one before, once, whatever is sent again and however often the connection or
 * the process starts anew. What a device skipped while it was away it does not hear of; nor of what the process did not
 * live to tell: the value was stored first, so the next process starts with it. <b>Time:</b> entries begin and end by the
 * device's own clock, also without a network, and after a start are what they are by then. <b>Refusals:</b> a config with
 * a value that the device's own settings do not allow, or that a view of {@link #live(Function)} throws at, is kept, but
 * not applied; {@link EdgeStatus#refusal()} and the gateway say why.
 */
public final class EdgeClient implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EdgeClient.class.getName());
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final String device;
  private final EdgeStore store;
  private final Actor actor;
  private final List<Consumer<? super EdgeStatus>> statusListeners = new CopyOnWriteArrayList<>();
  private final Applier applier;
  private final Link link;
  private final @Nullable ScheduledExecutorService ownScheduler;
  private final @Nullable JdkTransport ownTransport;
  private final CompletableFuture<Boolean> synced = new CompletableFuture<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<CompletionStage<?>> left = new CompletableFuture<>();
  private volatile EdgeStatus status;

  private EdgeClient(
      Builder builder, Catalogue catalogue, EdgeStore store, Stored held, Link.Address address) {
    this.device = address.device();
    this.store = store;
    this.ownScheduler = builder.scheduler == null ? ownScheduler(device) : null;
    this.actor = new Actor(
        device,
        builder.scheduler == null ? Objects.requireNonNull(ownScheduler) : builder.scheduler,
        builder.nanoClock,
        builder.wallClock);
    this.applier = new Applier(
        device,
        new Resolver(catalogue, builder.hierarchy, builder.targeting),
        builder.facts,
        store,
        held,
        actor);
    this.ownTransport = builder.transport == null ? new JdkTransport() : null;
    this.link = new Link(
        address,
        builder.transport == null ? Objects.requireNonNull(ownTransport) : builder.transport,
        actor,
        builder.random,
        applier,
        this::onStatus);
    this.status = link.status();
  }

  private static ScheduledExecutorService ownScheduler(String device) {
    ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, task -> {
      Thread thread = new Thread(task, "chasqui-edge-" + device);
      thread.setDaemon(true);
      return thread;
    });
    scheduler.setRemoveOnCancelPolicy(true);
    return scheduler;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * The value of {@code setting} in force.
   *
   * @throws IllegalArgumentException if this very setting was not given to the builder
   */
  public <T> T get(Setting<T> setting) {
    return applier.config().get(setting);
  }

  /** The config in force; what is read from one is of one state. */
  public EffectiveConfig config() {
    return applier.config().now();
  }

  /**
   * The value of {@code setting}, always the newest, to be kept in a field: see {@link LiveConfig#live(Setting)}.
   *
   * @throws IllegalArgumentException if this very setting was not given to the builder
   */
  public <T> Live<T> live(Setting<T> setting) {
    return applier.config().live(setting);
  }

  /**
   * What {@code view} makes of the config in force, for values that must fit together: see {@link
   * LiveConfig#live(Function)}. A view that throws refuses a config, which is then kept but not applied. Come to the view
   * right after the start: what came into force before, it cannot refuse, and throws at the caller.
   */
  public <V> Live<V> live(Function<? super EffectiveConfig, ? extends V> view) {
    return applier.config().live(view);
  }

  /**
   * Calls {@code listener} with each new value of {@code setting}. When it is called, {@link #get} gives the new value.
   * To miss nothing, add the listener first and read the value then.
   *
   * @throws IllegalArgumentException if this very setting was not given to the builder
   */
  public <T> Subscription onChange(Setting<T> setting, Consumer<? super Change<T>> listener) {
    return applier.config().onChange(setting, listener);
  }

  /**
   * Calls {@code listener} with each new config that has other values than the one before: after one transfer, or when
   * time comes, at most once.
   */
  public Subscription onChange(Consumer<? super ConfigChange> listener) {
    return applier.config().onChange(listener);
  }

  /** How this client stands. */
  public EdgeStatus status() {
    return status;
  }

  /** Calls {@code listener}, on the client's thread, with each new status: after the listeners of the change behind it. */
  public Subscription onStatus(Consumer<? super EdgeStatus> listener) {
    Consumer<EdgeStatus> place = listener::accept; // of its own, so that one may be added twice
    statusListeners.add(place);
    return () -> statusListeners.remove(place);
  }

  /**
   * Waits until everything that the gateway had for the device has come once since the start. Not for listeners: they
   * would keep it from coming.
   *
   * @return false if that was not so within {@code timeout}, or the client was closed
   */
  public boolean awaitSynced(Duration timeout) throws InterruptedException {
    try {
      return synced.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed so", e);
    }
  }

  /**
   * Ends the connection and all threads that this client started, within seconds; interrupts a listener that does not
   * return. The config can still be read. Closing twice does nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (actor.isCurrent() || !actor.post(this::leave)) {
      leave();
    }
    if (!actor.isCurrent()) {
      awaitLeft();
    }
    if (ownScheduler != null) {
      ownScheduler.shutdown();
    }
    if (ownTransport != null) {
      ownTransport.close();
    }
  }

  private void begin() {
    applier.followClock(link::timeChanged);
    link.connect();
  }

  private void leave() {
    if (left.isDone()) {
      return;
    }
    applier.close();
    CompletionStage<?> gone = link.close();
    store.close();
    synced.complete(false);
    left.complete(gone);
  }

  private void awaitLeft() {
    try {
      CompletionStage<?> gone = left.get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (ownTransport != null) { // else its threads go on, and so does the farewell
        gone.toCompletableFuture().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException | ExecutionException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          device + ": a listener did not return in " + CLOSE_TIMEOUT + " after close()");
      leaveByForce();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      leaveByForce();
    }
  }

  /** On a thread of our own we interrupt the listener and go on without it; others' are theirs to interrupt. */
  private void leaveByForce() {
    if (ownScheduler != null) {
      ownScheduler.shutdownNow();
      try {
        ownScheduler.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      leave();
    }
  }

  private void onStatus(EdgeStatus now) {
    boolean changed = !now.equals(status);
    status = now;
    if (now.state() == EdgeStatus.State.LIVE) {
      synced.complete(true);
    }
    if (changed) {
      statusListeners.forEach(listener -> tell(listener, now));
    }
  }

  private void tell(Consumer<? super EdgeStatus> listener, EdgeStatus now) {
    if (!statusListeners.contains(listener)) {
      return; // closed by one before it
    }
    try {
      listener.accept(now);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, device + ": a listener failed on " + now, e);
    }
  }

  /** Collects what a client needs; {@link #start()} comes last. */
  public static final class Builder {
    private @Nullable URI gateway;
    private @Nullable String device;
    private @Nullable Catalogue catalogue;
    private @Nullable EdgeStore store;
    private Hierarchy hierarchy = Hierarchy.DEFAULT;
    private String software = "";
    private Duration patience = Duration.ofSeconds(30);
    private @Nullable Transport transport;
    private @Nullable ScheduledExecutorService scheduler;
    private DeviceContext facts = DeviceContext.NONE;
    private Targeting targeting = Targeting.NONE;
    private LongSupplier nanoClock = System::nanoTime;
    private InstantSource wallClock = InstantSource.system();
    private RandomGenerator random = new SplittableRandom();

    private Builder() {}

    /** {@code ws://host:port} or {@code wss://host:port}, with a path if the gateway is below one. Required. */
    public Builder gateway(URI gateway) {
      this.gateway = gateway;
      return this;
    }

    /** Key of the device's scope. Required. */
    public Builder device(String device) {
      this.device = device;
      return this;
    }

    /** The settings of this device's software. Required. */
    public Builder settings(Setting<?>... settings) {
      return settings(Catalogue.of(settings));
    }

    /** As {@link #settings(Setting...)}. */
    public Builder settings(Catalogue settings) {
      this.catalogue = settings;
      return this;
    }

    /** As {@link EdgeStore#directory}. This or another store is required. */
    public Builder store(Path directory) {
      return store(EdgeStore.directory(directory));
    }

    public Builder store(EdgeStore store) {
      this.store = store;
      return this;
    }

    /** Nothing outlives this client: it starts with the defaults. */
    public Builder inMemory() {
      return store(EdgeStore.inMemory());
    }

    /** The levels that the profiles are of; {@link Hierarchy#DEFAULT} unless another is given. */
    public Builder hierarchy(Hierarchy hierarchy) {
      this.hierarchy = hierarchy;
      return this;
    }

    /** What the device says of itself; conditions and variants of entries go by it. Nothing unless given. */
    public Builder facts(DeviceContext facts) {
      this.facts = facts;
      return this;
    }

    /** The rule language and bucketing of conditions, variants and invariants; {@link Targeting#NONE} unless given. */
    public Builder targeting(Targeting targeting) {
      this.targeting = targeting;
      return this;
    }

    /** Name and version of the device's software, for people who look at the fleet; none unless given. */
    public Builder software(String software) {
      this.software = software;
      return this;
    }

    /** How long the gateway may take to accept a connection, and again to answer a hello; 30 s unless given. */
    public Builder patience(Duration patience) {
      this.patience = patience;
      return this;
    }

    /** Shared with other clients, and not closed by this one; a {@link JdkTransport} of its own unless given. */
    public Builder transport(Transport transport) {
      this.transport = transport;
      return this;
    }

    /**
     * A scheduler of exactly one thread, shared with other clients and not shut down by this one; a daemon thread of its
     * own unless given. Listeners run there.
     */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = scheduler;
      return this;
    }

    /** Nanoseconds since any fixed moment, never going back; tests move it by hand. */
    public Builder nanoClock(LongSupplier nanoClock) {
      this.nanoClock = nanoClock;
      return this;
    }

    /**
     * What time it is, for entries that hold for a time; the system's clock unless given. It may be set forth and back;
     * that is noticed within a minute.
     */
    public Builder wallClock(InstantSource wallClock) {
      this.wallClock = wallClock;
      return this;
    }

    /** Where the jitter comes from; used on the client's thread only. */
    public Builder random(RandomGenerator random) {
      this.random = random;
      return this;
    }

    /**
     * Starts a client with what its store holds, or the defaults, and returns at once: the network comes when it comes.
     *
     * @throws IllegalArgumentException if something required is missing or malformed; names it
     * @throws IllegalStateException if another client uses the store
     * @throws UncheckedIOException if the store cannot be read
     */
    public EdgeClient start() {
      String key = checkedDevice(required(device, "device"));
      EdgeStore opened = required(store, "store (or inMemory())");
      Link.Address address =
          new Link.Address(stream(required(gateway, "gateway"), key), key, software, patience);
      Catalogue settings = required(catalogue, "settings");
      if (patience.isNegative() || patience.isZero()) {
        throw new IllegalArgumentException("patience must be positive, was " + patience);
      }
      Stored held;
      try {
        held = opened.open(key);
      } catch (IOException e) {
        throw new UncheckedIOException("store of device " + key + " cannot be read", e);
      }
      try {
        EdgeClient client = new EdgeClient(this, settings, opened, held, address);
        client.actor.post(client::begin);
        return client;
      } catch (RuntimeException | Error e) {
        opened.close(); // or the next client would find it in use
        throw e;
      }
    }

    private static <T> T required(@Nullable T given, String name) {
      if (given == null) {
        throw new IllegalArgumentException(name + " is missing");
      }
      return given;
    }

    private static String checkedDevice(String device) {
      try {
        return new Scope("device", device).key();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("device: " + e.getMessage(), e);
      }
    }

    static URI stream(URI gateway, String device) {
      String scheme = gateway.getScheme();
      if (!("ws".equals(scheme) || "wss".equals(scheme))
          || gateway.getHost() == null
          || gateway.getQuery() != null
          || gateway.getFragment() != null) {
        throw new IllegalArgumentException(
            "gateway must be ws://host:port or wss://host:port, was " + gateway);
      }
      String base = gateway.toString();
      return URI.create(
          (base.endsWith("/") ? base : base + '/') + "v1/devices/" + device + "/stream");
    }
  }
}
