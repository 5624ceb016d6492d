package dev.chasqui.pooledredis;

import io.lettuce.core.RedisCommandInterruptedException;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.DestroyMode;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive connections to one node. {@link Permits} let in as many as there may be connections, in the order of
 * asking; whoever is in takes a slot out of a Commons Pool, which therefore never has to wait.
 *
 * <p><b>Threads:</b> safe for any number. Invariant: as many permits are taken as slots are lent, being cleaned, or
 * awaited by a borrower who was let in.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class ExclusivePool<K, V> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ExclusivePool.class.getName());
  /** Connections live between four fifths of the greatest lifetime and all of it. */
  private static final double JITTER = 0.2;

  private final String address;
  private final RedisConfig config;
  private final Connector connector;
  private final Supplier<? extends CompletionStage<TrackedConnection<K, V>>> opener;
  private final Timer timer;
  private final Executor executor;
  private final LongSupplier nanoClock;
  private final RandomGenerator random;
  private final Runnable onMoved;
  private final PoolMeters meters;
  private final Permits permits;
  private final GenericObjectPool<Slot<K, V>> idle;
  private final Set<Slot<K, V>> slots = ConcurrentHashMap.newKeySet();
  private final LongAdder borrows = new LongAdder();
  private final LongAdder timeouts = new LongAdder();
  private final LongAdder leaks = new LongAdder();
  private volatile boolean closed;
  private volatile boolean retired; // closed because its node has no keys any more

  ExclusivePool(
      String address,
      RedisConfig config,
      Connector connector,
      Supplier<? extends CompletionStage<TrackedConnection<K, V>>> opener,
      Timer timer,
      Executor executor,
      LongSupplier nanoClock,
      RandomGenerator random,
      Runnable onMoved,
      PoolMeters meters) {
    this.address = address;
    this.config = config;
    this.connector = connector;
    this.opener = opener;
    this.timer = timer;
    this.executor = executor;
    this.nanoClock = nanoClock;
    this.random = random;
    this.onMoved = onMoved;
    this.meters = meters;
    this.permits = new Permits(config.maxConnections(), config.maxWaiters());
    this.idle = new GenericObjectPool<>(new SlotFactory(), idleConfig(config));
  }

  private static <T> GenericObjectPoolConfig<T> idleConfig(RedisConfig config) {
    GenericObjectPoolConfig<T> idle = new GenericObjectPoolConfig<>();
    idle.setMaxTotal(config.maxConnections());
    idle.setMaxIdle(config.maxConnections());
    idle.setMinIdle(config.minConnections());
    idle.setTestOnBorrow(true); // all of these ask flags of ours, not Redis
    idle.setTestOnReturn(true);
    idle.setTestWhileIdle(true);
    idle.setNumTestsPerEvictionRun(-1); // all
    idle.setMinEvictableIdleDuration(
        Duration.ofMillis(-1)); // the soft one, which keeps the minimum
    idle.setSoftMinEvictableIdleDuration(config.idleTimeout());
    idle.setJmxEnabled(false);
    idle.setCollectDetailedStatistics(false); // ours are in PoolMeters
    return idle;
  }

  /** Borrows, waiting at most the borrow timeout. */
  ExclusiveConnection<K, V> borrow() {
    long start = nanoClock.getAsLong();
    boolean waited = enter(start);
    try {
      return take(start, waited);
    } catch (Throwable e) {
      permits.release();
      throw e;
    }
  }

  /** Whether the permit had to be waited for. */
  private boolean enter(long start) {
    if (closed) {
      throw closedException();
    }
    if (permits.tryAcquire()) {
      return false;
    }
    Permits.Place place = queueUp();
    try {
      place.get(nanosLeft(start), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (permits.giveUp(place)) {
        throw exhausted();
      }
    } catch (InterruptedException e) {
      if (!permits.giveUp(place)) {
        permits.release();
      }
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw closedException();
    }
    return true;
  }

  private Permits.Place queueUp() {
    Permits.Place place = permits.queueUp();
    if (place == null) {
      countTimeout();
      throw new PoolExhaustedException(
          "All " + config.maxConnections() + " connections to " + address + " are out and "
              + config.maxWaiters() + " wait already (maxWaiters)",
          holders());
    }
    return place;
  }

  private static RedisCommandInterruptedException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RedisCommandInterruptedException(e);
  }

  private RuntimeException closedException() {
    return retired
        ? new RedisUnavailableException(
            "No connection to Redis at " + address + ": it has left the cluster or its masters",
            null)
        : new IllegalStateException("The pool of connections to " + address + " is closed");
  }

  /** Somebody goes without a connection. */
  private void countTimeout() {
    timeouts.increment();
    meters.timedOut();
  }

  private PoolExhaustedException exhausted() {
    countTimeout();
    return new PoolExhaustedException(
        "None of the " + config.maxConnections() + " connections to " + address
            + " came back within " + config.borrowTimeout().toMillis() + " ms (borrowTimeout), "
            + permits.waiting() + " wait",
        holders());
  }

  private RedisUnavailableException notOpened(@Nullable Throwable cause) {
    String why = cause == null
        ? "none was opened within " + config.borrowTimeout().toMillis() + " ms (borrowTimeout)"
        : Causes.why(cause);
    return cause instanceof RedisUnavailableException known
        ? known
        : new RedisUnavailableException("No connection to Redis at " + address + ": " + why, cause);
  }

  private long nanosLeft(long start) {
    return config.borrowTimeout().toNanos() - (nanoClock.getAsLong() - start);
  }

  private ExclusiveConnection<K, V> take(long start, boolean waited) {
    Slot<K, V> slot = slot();
    TrackedConnection<K, V> connection = slot.connection();
    if (connection == null) {
      return lend(slot, await(slot, start), start, true);
    }
    return lend(slot, connection, start, waited);
  }

  private TrackedConnection<K, V> await(Slot<K, V> slot, long start) {
    try {
      return slot.connecting().get(nanosLeft(start), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      putBack(slot); // it may still get its connection
      countTimeout();
      throw notOpened(null);
    } catch (InterruptedException e) {
      putBack(slot);
      throw interrupted(e);
    } catch (ExecutionException e) {
      slot.condemn(Destroyed.UNREACHABLE);
      putBack(slot);
      throw notOpened(Causes.of(e));
    }
  }

  /** Waits for at most a look of the evictor at a slot, since there are no more permits than slots. */
  private Slot<K, V> slot() {
    try {
      return idle.borrowObject(config.borrowTimeout());
    } catch (IllegalStateException e) {
      throw closedException();
    } catch (NoSuchElementException e) { // a new one, which could not be opened
      RedisUnavailableException problem = connector.unavailable();
      throw problem == null ? notOpened(e) : problem;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("The pool of connections to " + address + " is broken", e);
    }
  }

  /** The clock is read once more only for who waited: reading it is a tenth of what borrowing costs. */
  private ExclusiveConnection<K, V> lend(
      Slot<K, V> slot, TrackedConnection<K, V> connection, long start, boolean waited) {
    long since = waited ? nanoClock.getAsLong() : start;
    Throwable place = config.leakAfter() == null ? null : new Throwable("borrowed here");
    ExclusiveConnection<K, V> lease =
        new ExclusiveConnection<>(this, slot, connection, since, place);
    slot.lentTo(lease);
    connection.borrowed();
    borrows.increment();
    meters.borrowed(since - start);
    return lease;
  }

  /** Borrows without blocking anything. The future may be cancelled at any time. */
  CompletableFuture<ExclusiveConnection<K, V>> borrowAsync() {
    long start = nanoClock.getAsLong();
    CompletableFuture<ExclusiveConnection<K, V>> result = new CompletableFuture<>();
    if (closed) {
      result.completeExceptionally(closedException());
    } else if (permits.tryAcquire()) {
      takeInto(result, start);
    } else {
      enterInto(result, start);
    }
    return result;
  }

  private void enterInto(CompletableFuture<ExclusiveConnection<K, V>> result, long start) {
    Permits.Place place;
    try {
      place = queueUp();
    } catch (PoolExhaustedException e) {
      result.completeExceptionally(e);
      return;
    }
    Timeout expiry = timer.newTimeout(
        due -> {
          if (permits.giveUp(place)) {
            executor.execute(() -> result.completeExceptionally(exhausted()));
          }
        },
        nanosLeft(start),
        TimeUnit.NANOSECONDS);
    result.whenComplete((lease, failure) -> {
      if (result.isCancelled()) {
        permits.giveUp(place); // or the permit is given back as soon as it arrives
      }
    });
    place.whenCompleteAsync(
        (entered, failure) -> {
          expiry.cancel();
          if (failure == null) {
            takeInto(result, start);
          } else if (!place.isCancelled()) {
            result.completeExceptionally(closedException());
          }
        },
        executor);
  }

  /** With a permit, which goes back unless {@code result} takes the connection. */
  private void takeInto(CompletableFuture<ExclusiveConnection<K, V>> result, long start) {
    if (result.isDone()) {
      permits.release();
      return;
    }
    Slot<K, V> slot;
    try {
      slot = slot();
    } catch (RuntimeException e) {
      permits.release();
      result.completeExceptionally(e);
      return;
    }
    TrackedConnection<K, V> connection = slot.connection();
    if (connection != null) {
      lendInto(result, slot, connection, start);
      return;
    }
    CompletableFuture<TrackedConnection<K, V>> opened = slot.connecting().copy();
    Timeout expiry = timer.newTimeout(
        due -> opened.cancel(false), Math.max(1, nanosLeft(start)), TimeUnit.NANOSECONDS);
    opened.whenCompleteAsync(
        (c, failure) -> {
          expiry.cancel();
          if (failure == null) {
            lendInto(result, slot, c, start);
            return;
          }
          if (opened.isCancelled()) {
            countTimeout();
          } else {
            slot.condemn(Destroyed.UNREACHABLE);
          }
          putBack(slot);
          permits.release();
          result.completeExceptionally(notOpened(opened.isCancelled() ? null : Causes.of(failure)));
        },
        executor);
  }

  private void lendInto(
      CompletableFuture<ExclusiveConnection<K, V>> result,
      Slot<K, V> slot,
      TrackedConnection<K, V> connection,
      long start) {
    ExclusiveConnection<K, V> lease = lend(slot, connection, start, true);
    if (!result.complete(lease)) {
      lease.close(); // cancelled in the meantime
    }
  }

  /** A lease has ended. */
  void takeBack(Slot<K, V> slot, TrackedConnection<K, V> connection, long since) {
    if (connection.isClean()) {
      connection.givenBack();
      giveBack(slot, since);
      return;
    }
    Destroyed hopeless = connection.cannotBeCleaned();
    if (hopeless != null) {
      destroy(slot, hopeless, since);
      return;
    }
    connection.clean().whenComplete((cleaned, failure) -> {
      if (failure == null && cleaned) {
        giveBack(slot, since);
      } else {
        destroy(slot, Destroyed.NOT_RESET, since);
      }
    });
  }

  private void giveBack(Slot<K, V> slot, long since) {
    meters.used(since, nanoClock);
    slot.givenBack();
    putBack(slot);
    permits.release();
  }

  void destroy(Slot<K, V> slot, Destroyed reason, long since) {
    if (reason == Destroyed.MOVED) {
      onMoved.run();
    }
    slot.condemn(reason);
    giveBack(slot, since);
  }

  /** The slot becomes idle, or is destroyed if it is not usable any more. */
  private void putBack(Slot<K, V> slot) {
    if (closed) {
      slot.condemn(Destroyed.CLOSED);
    }
    idle.returnObject(slot); // not invalidateObject, which opens another one at once
  }

  /** Opens connections until there are as many as there should be at least, and ends those that nobody needs. */
  void maintain() {
    if (closed) {
      return;
    }
    long now = nanoClock.getAsLong();
    slots.forEach(slot -> slot.look(now));
    try {
      idle.evict();
      if (connector.unavailable() == null) {
        idle.preparePool();
      }
    } catch (IllegalStateException e) {
      return; // closed meanwhile
    } catch (Exception e) { // declared by Commons Pool
      LOG.log(
          System.Logger.Level.WARNING, "Connections to " + address + " were not looked after", e);
    }
    reportLeaks();
  }

  /**
   * Opens a connection if the last attempt failed and it is time for another: else nobody finds out that the node is back
   * until somebody borrows. For a pool whose connector is its own.
   */
  void probe() {
    if (closed || connector.unavailable() == null || connector.nanosToRetry() > 0) {
      return;
    }
    try {
      idle.addObject();
    } catch (IllegalStateException e) {
      return; // closed meanwhile
    } catch (Exception e) { // declared by Commons Pool
      LOG.log(System.Logger.Level.WARNING, "No connection to " + address + " was tried", e);
    }
  }

  private void reportLeaks() {
    Duration limit = config.leakAfter();
    if (limit == null) {
      return;
    }
    long now = nanoClock.getAsLong();
    for (Slot<K, V> slot : slots) {
      ExclusiveConnection<K, V> lease = slot.lease();
      if (lease != null && now - lease.since() >= limit.toNanos() && lease.reportOnce()) {
        leaks.increment();
        meters.leaked();
        Holder holder = lease.holder(now);
        LOG.log(
            System.Logger.Level.WARNING,
            "A connection to " + address + " has not come back: held by " + holder,
            holder.borrowedAt());
      }
    }
  }

  /** Opens the least number of connections; the stage ends when all are open, or fails as the first of them does. */
  CompletableFuture<Void> warmUp() {
    try {
      idle.preparePool();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // declared by Commons Pool
      throw new IllegalStateException(e);
    }
    return CompletableFuture.allOf(
        slots.stream().map(Slot::connecting).toArray(CompletableFuture[]::new));
  }

  /** Who holds a connection now, longest first. */
  List<Holder> holders() {
    long now = nanoClock.getAsLong();
    return slots.stream()
        .map(Slot::lease)
        .filter(Objects::nonNull)
        .map(lease -> lease.holder(now))
        .sorted(Comparator.comparing(Holder::held).reversed())
        .toList();
  }

  Health.Pool health() {
    RedisUnavailableException problem = connector.unavailable();
    return new Health.Pool(
        address,
        active(),
        idle(),
        config.maxConnections(),
        waiting(),
        borrows.sum(),
        timeouts.sum(),
        leaks.sum(),
        problem == null ? null : problem.getMessage(),
        holders());
  }

  int active() {
    return idle.getNumActive();
  }

  int idle() {
    return idle.getNumIdle();
  }

  int waiting() {
    return permits.waiting();
  }

  String address() {
    return address;
  }

  /**
   * Closes the pool if nobody has or awaits a connection. Whoever comes later, having known the pool from before, is told
   * that it is unavailable.
   */
  boolean retire() {
    if (active() > 0 || waiting() > 0) {
      return false;
    }
    retired = true;
    closeBecause(Destroyed.MOVED);
    return true;
  }

  /** Closes what is idle now and what is lent when it comes back. Who waits is told. */
  @Override
  public void close() {
    closeBecause(Destroyed.CLOSED);
  }

  private void closeBecause(Destroyed reason) {
    closed = true;
    permits.failAll(closedException());
    slots.stream().filter(slot -> slot.lease() == null).forEach(slot -> slot.condemn(reason));
    idle.close();
  }

  /** Closes what is still lent. */
  void closeLent() {
    slots.forEach(slot -> {
      slot.condemn(Destroyed.CLOSED);
      slot.close();
    });
  }

  private final class SlotFactory extends BasePooledObjectFactory<Slot<K, V>> {
    @Override
    public Slot<K, V> create() {
      long lifetime = config.maxLifetime().toNanos();
      long expiresAt =
          nanoClock.getAsLong() + lifetime - (long) (lifetime * JITTER * random.nextDouble());
      Slot<K, V> slot = new Slot<>(connector.connect(opener), expiresAt);
      slots.add(slot);
      slot.connecting().thenRun(meters::created);
      return slot;
    }

    @Override
    public PooledObject<Slot<K, V>> wrap(Slot<K, V> slot) {
      return new PooledSlot<>(slot);
    }

    @Override
    public boolean validateObject(PooledObject<Slot<K, V>> pooled) {
      Slot<K, V> slot = pooled.getObject();
      Destroyed unusable = slot.unusable();
      if (unusable != null) {
        slot.condemn(unusable);
      }
      return unusable == null;
    }

    @Override
    public void passivateObject(PooledObject<Slot<K, V>> pooled) {
      pooled.getObject().layAside();
    }

    @Override
    public void destroyObject(PooledObject<Slot<K, V>> pooled, DestroyMode mode) {
      Slot<K, V> slot = pooled.getObject();
      slots.remove(slot);
      slot.close();
      meters.destroyed(slot.destroyed());
    }
  }
}
