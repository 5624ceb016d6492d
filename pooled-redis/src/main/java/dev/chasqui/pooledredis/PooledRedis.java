package dev.chasqui.pooledredis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.reactive.RedisClusterReactiveCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Connections to Redis, in two lanes. Plain commands go over a few connections that all threads share:
 * {@link #sync()}, {@link #async()}, {@link #reactive()}. What needs a connection of its own gets one that is lent and
 * comes back: {@link #borrow()}.
 *
 * <p><b>Threads:</b> safe for any number; make one for the process. <b>Time:</b> every wait ends, as {@link RedisConfig}
 * says. <b>Errors:</b> {@link RedisUnavailableException} if a command was not sent, {@link CommandLostException} or
 * {@link io.lettuce.core.RedisCommandTimeoutException} if it is not known what became of it,
 * {@link io.lettuce.core.RedisCommandExecutionException} if Redis refused it. No command is ever sent twice, unless the
 * caller says that it may be: {@link #retrying}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
public final class PooledRedis<K, V> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PooledRedis.class.getName());
  private static final Duration MAINTENANCE = Duration.ofMillis(500);

  private final RedisConfig config;
  private final RedisCodec<K, V> codec;
  private final Random random = new Random();
  private final ClientResources resources;
  private final Topology<K, V> topology;
  private final @Nullable RedisMeters meters;
  /** Of the shared connections, and of the exclusive ones unless those lead to nodes of a cluster. */
  private final Connector connector;

  private final List<SharedConnection<K, V>> shared = new ArrayList<>();
  private final SharedWriter writer;
  private final SharedFacade<K, V> facade;
  /** For those who wait: the same, or one that lets them lead the event loops. */
  private final SharedFacade<K, V> waiting;

  private final ConcurrentHashMap<RedisURI, ExclusivePool<K, V>> pools = new ConcurrentHashMap<>();
  /** Where there is no cluster: found without looking for it, which would cost a tenth of borrowing. */
  private final @Nullable ExclusivePool<K, V> onlyPool;

  private final Scripts<K, V> scripts;
  private final MultiKey<K, V> multiKey;
  /** Each ends one call of {@link #retrying}. */
  private final Set<Runnable> retries = ConcurrentHashMap.newKeySet();

  private final ScheduledFuture<?> maintenance;
  private final AtomicBoolean closed = new AtomicBoolean();

  private PooledRedis(Builder<K, V> builder) {
    config = builder.config;
    codec = builder.codec;
    List<CommandObserver> observing = new ArrayList<>(builder.observers);
    meters = builder.registry == null
        ? null
        : new RedisMeters(
            builder.registry, config.clientName() == null ? "redis" : config.clientName());
    if (meters != null) {
      observing.add(meters.commands());
    }
    CommandObservers observers = new CommandObservers(observing);
    Lettuce lettuce = new Lettuce(config);
    ClientOptions options = lettuce.options(); // may refuse a file: nothing is open yet
    resources = lettuce.resources();
    topology = Topologies.of(config, lettuce, resources, codec, observers);
    connector = newConnector(config.servers().toString());
    for (int i = 0; i < config.sharedConnections(); i++) {
      shared.add(new SharedConnection<>(
          connector,
          topology.newSharedOpener(),
          topology.healsItself(),
          resources.eventExecutorGroup(),
          random,
          new Backoff(config.reconnectMin(), config.reconnectMax(), random)));
    }
    writer = new SharedWriter(shared, connector::unavailable, resources, observers, config);
    facade = new SharedFacade<>(writer, codec, config.commandTimeout());
    facade.setOptions(options);
    if (shared.stream().anyMatch(connection -> connection.loop() != null)) {
      waiting = new WaitingFacade<>(writer, codec, config.commandTimeout());
      waiting.setOptions(options);
    } else {
      waiting = facade;
    }
    scripts = new Scripts<>(facade.async(), this::loadLibrary);
    multiKey = new MultiKey<>(facade.async(), waiting.sync(), codec, topology.isCluster());
    onlyPool = topology.isCluster() ? null : pool(topology.nodeOf(0));
    maintenance = resources
        .eventExecutorGroup()
        .scheduleWithFixedDelay(
            this::maintain, MAINTENANCE.toMillis(), MAINTENANCE.toMillis(), TimeUnit.MILLISECONDS);
    if (meters != null) {
      meters.watch(shared, writer);
    }
  }

  /**
   * Opens the shared connections, and as many exclusive ones as there should be at least, for texts in UTF-8.
   *
   * @throws RedisUnavailableException if that does not succeed within the connect timeout, or Redis refuses it
   */
  public static PooledRedis<String, String> connect(RedisConfig config) {
    return builder(config).connect();
  }

  /** Returns a builder for whoever wants other keys and values than texts, meters, spans, or to start without Redis. */
  public static Builder<String, String> builder(RedisConfig config) {
    return new Builder<>(config, StringCodec.UTF8);
  }

  /** Returns Lettuce's commands over the shared connections, which wait for the answer. */
  public RedisClusterCommands<K, V> sync() {
    return waiting.sync();
  }

  /** Returns Lettuce's commands over the shared connections, which return futures. */
  public RedisClusterAsyncCommands<K, V> async() {
    return facade.async();
  }

  /** Returns Lettuce's commands over the shared connections, as publishers of Reactor. */
  public RedisClusterReactiveCommands<K, V> reactive() {
    return facade.reactive();
  }

  /**
   * Calls {@code call} again and again until it succeeds, Redis refuses it, or {@code within} is over. For commands that
   * may be carried out more than once: by calling this the caller declares that they may.
   *
   * @param call sends commands over the shared connections, such as {@code commands -> commands.set(key, value)}
   */
  public <T> CompletionStage<T> retrying(
      Duration within,
      Function<RedisClusterAsyncCommands<K, V>, ? extends CompletionStage<T>> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable giveUp = () -> result.completeExceptionally(
        new RedisUnavailableException("PooledRedis was closed before another attempt", null));
    retries.add(giveUp);
    result.whenComplete((value, failure) -> retries.remove(giveUp));
    attempt(
        call,
        result,
        System.nanoTime() + within.toNanos(),
        config.reconnectMin().toNanos());
    return result;
  }

  private <T> void attempt(
      Function<RedisClusterAsyncCommands<K, V>, ? extends CompletionStage<T>> call,
      CompletableFuture<T> result,
      long deadline,
      long wait) {
    CompletionStage<T> stage;
    try {
      stage = call.apply(facade.async());
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete((value, failure) -> {
      if (failure == null) {
        result.complete(value);
        return;
      }
      Throwable cause = Causes.of(failure);
      boolean again = cause instanceof CommandLostException
          || cause instanceof RedisUnavailableException
          || cause instanceof RedisCommandTimeoutException;
      if (!again || result.isDone() || deadline - System.nanoTime() <= wait || closed.get()) {
        result.completeExceptionally(cause);
        return;
      }
      long longer = Math.min(config.reconnectMax().toNanos(), wait * 2);
      resources
          .eventExecutorGroup()
          .schedule(
              () -> attempt(call, result, deadline, longer),
              wait / 2 + random.nextLong(wait / 2 + 1),
              TimeUnit.NANOSECONDS);
    });
  }

  /** Returns commands on many keys at once, also where those are on several nodes of a cluster. */
  public MultiKey<K, V> multiKey() {
    return multiKey;
  }

  /**
   * Runs a script over the shared connections.
   *
   * @param keys the keys that it uses, {@code KEYS} in Lua; in a cluster all in one slot
   * @param arguments what else it is given, {@code ARGV} in Lua
   */
  public <T> CompletionStage<T> run(Script<T> script, List<K> keys, List<V> arguments) {
    return scripts.run(script, keys, arguments);
  }

  /** Without keys a call may go to any node. */
  private CompletionStage<?> loadLibrary(List<K> keys, String library) {
    return keys.isEmpty()
        ? CompletableFuture.allOf(topology.nodes().stream()
            .map(node -> load(pool(node).borrowAsync(), library).toCompletableFuture())
            .toArray(CompletableFuture[]::new))
        : load(borrowAsync(keys.get(0)), library);
  }

  private CompletionStage<?> load(
      CompletionStage<ExclusiveConnection<K, V>> lease, String library) {
    return lease.thenCompose(connection -> connection
        .async()
        .functionLoad(library, true)
        .whenComplete((name, failure) -> connection.close()));
  }

  /**
   * Borrows a connection, waiting at most the borrow timeout. Whoever asked first gets one first.
   *
   * @throws PoolExhaustedException if none came back in time, or too many wait already; says who holds them
   * @throws RedisUnavailableException if none can be opened
   * @throws IllegalStateException in a cluster, where a connection leads to one node: {@link #borrow(Object)}
   */
  public ExclusiveConnection<K, V> borrow() {
    return single().borrow();
  }

  /** As {@link #borrow()}, to the node that has {@code key}. */
  public ExclusiveConnection<K, V> borrow(K key) {
    return poolFor(key).borrow();
  }

  /**
   * As {@link #borrow()}, blocking nothing: the stage ends when there is a connection. Cancelling it gives up the place in
   * the queue.
   */
  public CompletionStage<ExclusiveConnection<K, V>> borrowAsync() {
    return single().borrowAsync();
  }

  /** As {@link #borrowAsync()}, to the node that has {@code key}. */
  public CompletionStage<ExclusiveConnection<K, V>> borrowAsync(K key) {
    try {
      return poolFor(key).borrowAsync();
    } catch (RedisUnavailableException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private ExclusivePool<K, V> single() {
    if (onlyPool == null) {
      throw new IllegalStateException(
          "In a cluster a connection leads to one node: borrow(key) one to the node of that key");
    }
    return onlyPool;
  }

  private ExclusivePool<K, V> poolFor(K key) {
    return onlyPool != null
        ? onlyPool
        : pool(topology.nodeOf(SlotHash.getSlot(codec.encodeKey(key))));
  }

  private ExclusivePool<K, V> pool(RedisURI node) {
    ExclusivePool<K, V> pool = pools.get(node);
    return pool != null ? pool : pools.computeIfAbsent(node, this::newPool);
  }

  private Connector newConnector(String address) {
    return new Connector(
        address, config.reconnectMin(), config.reconnectMax(), System::nanoTime, random);
  }

  private void maintain() {
    pools.values().forEach(ExclusivePool::maintain);
    // Where there is no cluster, the shared connections use the same connector, and keep trying.
    if (topology.isCluster()) {
      pools.values().forEach(ExclusivePool::probe);
    }
    Set<RedisURI> nodes = topology.nodes();
    pools.forEach((node, pool) -> {
      if (!nodes.contains(node) && pool.retire()) {
        if (meters != null) {
          meters.forget(pool); // first: the next pool for this node has meters of the same names
        }
        pools.remove(node, pool);
      }
    });
  }

  private ExclusivePool<K, V> newPool(RedisURI node) {
    if (closed.get()) {
      throw new IllegalStateException("PooledRedis is closed");
    }
    String address = topology.isCluster()
        ? node.getHost() + ":" + node.getPort()
        : config.servers().toString();
    ExclusivePool<K, V> pool = new ExclusivePool<>(
        address,
        config,
        topology.isCluster() ? newConnector(address) : connector,
        () -> topology.connectExclusive(node),
        resources.timer(),
        resources.eventExecutorGroup(),
        System::nanoTime,
        random,
        topology::refresh,
        meters == null ? PoolMeters.NONE : meters.pool(address));
    if (meters != null) {
      meters.watch(pool);
    }
    return pool;
  }

  /** Returns what it was made with. */
  public RedisConfig config() {
    return config;
  }

  /** Returns how the connections are now. */
  public Health health() {
    return new Health(
        (int) shared.stream().filter(connection -> connection.link() != null).count(),
        shared.size(),
        shared.stream().mapToInt(SharedConnection::inFlight).sum(),
        writer.waiting(),
        pools.values().stream().map(ExclusivePool::health).toList());
  }

  /**
   * Closes all connections, once what is under way has ended or the command timeout is over. Whoever waits for a
   * connection is told. Doing so twice is harmless.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    maintenance.cancel(false);
    writer.close();
    pools.values().forEach(ExclusivePool::close);
    awaitQuiet();
    pools.values().forEach(ExclusivePool::closeLent);
    CompletableFuture<?> ended = CompletableFuture.allOf(
        shared.stream().map(SharedConnection::close).toArray(CompletableFuture[]::new));
    try {
      ended.get(config.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(System.Logger.Level.DEBUG, "Not all connections ended in order", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // With the executor ends what would have tried again.
    retries.forEach(Runnable::run);
    topology.close();
    resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    if (meters != null) {
      meters.close();
    }
  }

  private void awaitQuiet() {
    long deadline = System.nanoTime() + config.commandTimeout().toNanos();
    while (isBusy()
        && System.nanoTime() - deadline < 0
        && !Thread.currentThread().isInterrupted()) {
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }

  private boolean isBusy() {
    return shared.stream().anyMatch(connection -> connection.inFlight() > 0)
        || pools.values().stream().anyMatch(pool -> pool.active() > 0);
  }

  @Override
  public String toString() {
    return "PooledRedis[" + config.servers() + ", " + (closed.get() ? "closed" : health()) + "]";
  }

  /** What a {@link PooledRedis} is made of. */
  public static final class Builder<K, V> {
    private final RedisConfig config;
    private final RedisCodec<K, V> codec;
    private final List<CommandObserver> observers = new ArrayList<>();
    private @Nullable MeterRegistry registry;

    private Builder(RedisConfig config, RedisCodec<K, V> codec) {
      this.config = config;
      this.codec = codec;
    }

    /** How keys and values become bytes; texts in UTF-8 if not given. Comes first, since the types follow from it. */
    public <A, B> Builder<A, B> codec(RedisCodec<A, B> other) {
      Builder<A, B> builder = new Builder<>(config, other);
      builder.observers.addAll(observers);
      builder.registry = registry;
      return builder;
    }

    /**
     * Registers meters, all named {@code redis.…}, until {@link PooledRedis#close()}. Their tag {@code client} is
     * {@link RedisConfig#clientName()}, {@code redis} if there is none: who has several {@link PooledRedis} gives them
     * different names.
     */
    @SuppressWarnings("exports") // who has a registry requires its module
    public Builder<K, V> meters(MeterRegistry registry) {
      this.registry = registry;
      return this;
    }

    /** Makes a span of each command, in the trace that is current where it is given away. */
    @SuppressWarnings("exports") // who traces requires its module
    public Builder<K, V> spans(OpenTelemetry telemetry) {
      return observer(new OpenTelemetrySpans(telemetry, config));
    }

    /** Tells {@code observer} of each command. */
    public Builder<K, V> observer(CommandObserver observer) {
      observers.add(observer);
      return this;
    }

    /**
     * Opens the shared connections, and as many exclusive ones as there should be at least, trying again until the connect
     * timeout is over.
     *
     * @throws RedisUnavailableException if that does not succeed in time, or Redis refuses it, such as for its password
     */
    public PooledRedis<K, V> connect() {
      PooledRedis<K, V> redis = new PooledRedis<>(this);
      try {
        redis.open().get(config.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
        redis.warmUp().get(config.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
        return redis;
      } catch (ExecutionException e) {
        redis.close();
        Throwable cause = Causes.of(e);
        throw cause instanceof RedisUnavailableException known
            ? known
            : new RedisUnavailableException(
                "No connection to Redis at " + config.servers() + ": " + Causes.why(cause), cause);
      } catch (TimeoutException e) {
        RedisUnavailableException problem = redis.connector.unavailable();
        redis.close();
        throw new RedisUnavailableException(
            "No connection to Redis at " + config.servers() + " within "
                + config.connectTimeout().toMillis() + " ms (connectTimeout)"
                + (problem == null ? "" : ": " + problem.getMessage()),
            problem == null ? e : problem.getCause());
      } catch (InterruptedException e) {
        redis.close();
        Thread.currentThread().interrupt();
        throw new RedisUnavailableException("Interrupted while connecting", e);
      }
    }

    /** Returns at once, and opens the connections as soon as Redis is there. */
    public PooledRedis<K, V> start() {
      PooledRedis<K, V> redis = new PooledRedis<>(this);
      redis.open();
      redis.warmUp();
      return redis;
    }
  }

  private CompletableFuture<Void> open() {
    return CompletableFuture.allOf(
        shared.stream().map(SharedConnection::open).toArray(CompletableFuture[]::new));
  }

  /** In a cluster a pool is opened when its node is first borrowed from. */
  private CompletableFuture<Void> warmUp() {
    return onlyPool == null ? CompletableFuture.completedFuture(null) : onlyPool.warmUp();
  }
}
