package dev.chasqui.benchmarks.pooledredis.fairness;

import dev.chasqui.benchmarks.pooledredis.FilledRedis;
import dev.chasqui.benchmarks.pooledredis.ManyThreads;
import dev.chasqui.benchmarks.pooledredis.borrow.BorrowBenchmark;
import dev.chasqui.benchmarks.pooledredis.borrow.Chasqui;
import dev.chasqui.benchmarks.pooledredis.borrow.FairFloor;
import dev.chasqui.benchmarks.pooledredis.borrow.Floor;
import dev.chasqui.benchmarks.pooledredis.borrow.Jedis;
import dev.chasqui.benchmarks.pooledredis.borrow.LettucePool;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.util.SampleBuffer;
import org.openjdk.jmh.util.Statistics;

/**
 * Lets 64 threads borrow 8 connections again and again, each holding one for about 50 µs of work, and tells how often
 * each thread got one, and how long it waited. Lettuce's own pool does not take part: nobody can wait for it.
 */
public final class Fairness {
  private static final int THREADS = 64;
  private static final int MICROS_HELD = 50;
  private static final long CALIBRATION_TOKENS = 1_000_000;

  /** What one thread got: how often, and after what waits in nanoseconds. */
  private record Share(long borrowed, SampleBuffer waits) {}

  private final URI redis;
  private final Duration warmUp;
  private final Duration time;
  private final long tokens = tokensOf(MICROS_HELD);

  private Fairness(URI redis, Duration warmUp, Duration time) {
    this.redis = redis;
    this.warmUp = warmUp;
    this.time = time;
  }

  /**
   * A page in Markdown.
   *
   * @param warmUp how long each pool is used before it counts
   * @param time how long it counts, positive
   */
  public static String page(Duration warmUp, Duration time) throws Exception {
    StringBuilder page = new StringBuilder("## pooled-redis: fairness\n\n").append("""
        | Who | Borrowed a second | Least of a thread | Most of a thread | Most ÷ least | Median wait, ms | 99 %, ms | Longest, ms |
        |---|--:|--:|--:|--:|--:|--:|--:|
        """);
    try (FilledRedis redis = FilledRedis.start()) {
      Fairness fairness = new Fairness(redis.uri(), warmUp, time);
      for (BorrowBenchmark<?> each : whoeverCanWait()) {
        page.append(fairness.line(each));
      }
      return page.append("\n").append(fairness.circumstances()).append("\n").toString();
    }
  }

  private static List<BorrowBenchmark<?>> whoeverCanWait() {
    return List.of(new Floor(), new FairFloor(), new Chasqui(), new LettucePool(), new Jedis());
  }

  private <C> String line(BorrowBenchmark<C> who) throws Exception {
    try (BorrowBenchmark.Pool<C> pool = who.open(redis, THREADS)) {
      List<Share> shares = shares(pool);
      LongSummaryStatistics borrowed =
          shares.stream().mapToLong(Share::borrowed).summaryStatistics();
      SampleBuffer all = new SampleBuffer();
      shares.forEach(share -> all.addAll(share.waits()));
      Statistics millis = all.getStatistics(1e-6);
      return String.format(
          Locale.ROOT,
          "| %s | %,.0f | %,d | %,d | %s | %.2f | %.2f | %.2f |%n",
          who.getClass().getSimpleName(),
          borrowed.getSum() / (time.toNanos() / 1e9),
          borrowed.getMin(),
          borrowed.getMax(),
          borrowed.getMin() == 0
              ? "∞"
              : String.format(Locale.ROOT, "%.2f", (double) borrowed.getMax() / borrowed.getMin()),
          millis.getPercentile(50),
          millis.getPercentile(99),
          millis.getMax());
    }
  }

  private <C> List<Share> shares(BorrowBenchmark.Pool<C> pool) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier start = new CyclicBarrier(THREADS);
      Callable<Share> borrower = () -> {
        start.await();
        return share(pool, System.nanoTime() + warmUp.toNanos());
      };
      List<Share> shares = new ArrayList<>();
      for (Future<Share> share : threads.invokeAll(Collections.nCopies(THREADS, borrower))) {
        shares.add(share.get());
      }
      return shares;
    } finally {
      threads.shutdownNow();
    }
  }

  /** A wait counts wholly if it ended in time, also what of it was before {@code begin}. */
  private <C> Share share(BorrowBenchmark.Pool<C> pool, long begin) throws Exception {
    long end = begin + time.toNanos();
    SampleBuffer waits = new SampleBuffer();
    long borrowed = 0;
    for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
      C connection = pool.borrow();
      long got = System.nanoTime();
      Blackhole.consumeCPU(tokens);
      pool.giveBack(connection);
      if (got - begin >= 0) {
        waits.add(got - now);
        borrowed++;
      }
    }
    return new Share(borrowed, waits);
  }

  /** How much JMH has to be asked to consume for that long, on a processor that nothing else wants. */
  private static long tokensOf(int micros) {
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      Blackhole.consumeCPU(CALIBRATION_TOKENS);
      fastest = Math.min(fastest, System.nanoTime() - start);
    }
    return Math.max(1, CALIBRATION_TOKENS * micros * 1_000 / fastest);
  }

  private String circumstances() {
    return String.format(
        Locale.ROOT,
        "%s, %s %s, %s %s, %d processors. %d threads, %d connections, each held for %d µs of work; "
            + "warm-up: %s, measurement: %s.",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("java.vm.name"),
        System.getProperty("java.vm.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        THREADS,
        ManyThreads.CONNECTIONS,
        MICROS_HELD,
        warmUp.toString().substring(2).toLowerCase(Locale.ROOT),
        time.toString().substring(2).toLowerCase(Locale.ROOT));
  }
}
