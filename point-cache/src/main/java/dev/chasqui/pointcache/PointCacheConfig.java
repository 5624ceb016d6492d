package dev.chasqui.pointcache;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How a {@link PointCache} keeps rows. All clients of a namespace have the same times, which SPEC.md names in §8.
 *
 * @param namespace whose rows share a Redis with others', 1 to 64 of {@code a}–{@code z}, {@code 0}–{@code 9}, {@code -}, {@code _};
 *     all clients of one database have the same
 * @param foreignWriters whether others write to the tables without fences; then rows are kept only while capture vouches that it
 *     is not behind. By default they do
 * @param timeToLive how long Redis keeps a row, give or take 10 % at random; by default 1 hour
 * @param earlyRefresh how eagerly rows are read anew before they end, 0 to 10, 0 is never; by default 1, which by its paper is best
 * @param maximumKeys of how many rows with one value the keys are kept, at least 1; by default 1,000
 * @param memoryTime how long this process keeps a row of its own, 0 to a day, 0 is not at all; by default 1 second, which is how
 *     much staler answers can be for it
 * @param memorySize how many rows of a table this process keeps, and as many keys of each of its other columns, at least 1; by
 *     default 10,000
 * @param leaseTime how long a lease lives, and so nobody else loads the row; by default 3 seconds
 * @param waitTime how long to wait for another's lease, at most {@code leaseTime}; by default 100 milliseconds
 * @param fenceTime how long a fence lives: longer than any transaction takes from its last change to being visible; by default
 *     60 seconds
 * @param pollTime between two looks at the state of the namespace; by default 250 milliseconds
 * @param loadTimeout how long the database may take for a row, in whole seconds; by default 5 seconds
 * @param oldTime how long an answer may be given once more, as {@link Source#OLD}, if the database fails or takes longer than
 *     {@code softTimeout}, 0 to a day; by default 0, which is not at all
 * @param softTimeout how long to wait for the database where there is such an answer; by default 500 milliseconds
 * @param sampling which part of the hits in Redis is compared with the primary, 0 to 1; by default 0, which is none; 0.0001 is a
 *     statement for each 10,000 hits
 */
public record PointCacheConfig(
    String namespace,
    boolean foreignWriters,
    Duration timeToLive,
    double earlyRefresh,
    int maximumKeys,
    Duration memoryTime,
    int memorySize,
    Duration leaseTime,
    Duration waitTime,
    Duration fenceTime,
    Duration pollTime,
    Duration loadTimeout,
    Duration oldTime,
    Duration softTimeout,
    double sampling) {
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9_-]{1,64}");
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration SHORTEST = Duration.ofMillis(1);

  /** Refuses what is out of range. */
  public PointCacheConfig {
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "namespace must be 1 to 64 of a-z, 0-9, - and _, was \"" + namespace + '"');
    }
    refuse("timeToLive", timeToLive, SHORTEST);
    refuse("earlyRefresh", earlyRefresh, 10);
    refuseBelowOne("maximumKeys", maximumKeys);
    refuse("memoryTime", memoryTime, Duration.ZERO);
    refuseBelowOne("memorySize", memorySize);
    refuse("leaseTime", leaseTime, SHORTEST);
    refuse("waitTime", waitTime, Duration.ZERO);
    if (waitTime.compareTo(leaseTime) > 0) {
      throw new IllegalArgumentException(
          "waitTime must be at most leaseTime, was " + waitTime + " with leaseTime " + leaseTime);
    }
    refuse("fenceTime", fenceTime, SHORTEST);
    refuse("pollTime", pollTime, SHORTEST);
    refuse("loadTimeout", loadTimeout, SHORTEST);
    refuse("oldTime", oldTime, Duration.ZERO);
    refuse("softTimeout", softTimeout, SHORTEST);
    refuse("sampling", sampling, 1);
  }

  private static void refuse(String component, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          component + " must be " + least + " to " + LONGEST + ", was " + value);
    }
  }

  private static void refuse(String component, double value, int most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(component + " must be 0 to " + most + ", was " + value);
    }
  }

  private static void refuseBelowOne(String component, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(component + " must be at least 1, was " + value);
    }
  }

  /** The defaults, for this namespace. */
  public static PointCacheConfig of(String namespace) {
    return new Draft(namespace).toConfig();
  }

  /** The same with {@code foreignWriters} changed. */
  public PointCacheConfig withForeignWriters(boolean changed) {
    Draft draft = new Draft(this);
    draft.foreignWriters = changed;
    return draft.toConfig();
  }

  /** The same with {@code timeToLive} changed. */
  public PointCacheConfig withTimeToLive(Duration changed) {
    Draft draft = new Draft(this);
    draft.timeToLive = changed;
    return draft.toConfig();
  }

  /** The same with {@code earlyRefresh} changed. */
  public PointCacheConfig withEarlyRefresh(double changed) {
    Draft draft = new Draft(this);
    draft.earlyRefresh = changed;
    return draft.toConfig();
  }

  /** The same with {@code maximumKeys} changed. */
  public PointCacheConfig withMaximumKeys(int changed) {
    Draft draft = new Draft(this);
    draft.maximumKeys = changed;
    return draft.toConfig();
  }

  /** The same with {@code memoryTime} changed. */
  public PointCacheConfig withMemoryTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.memoryTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code memorySize} changed. */
  public PointCacheConfig withMemorySize(int changed) {
    Draft draft = new Draft(this);
    draft.memorySize = changed;
    return draft.toConfig();
  }

  /** The same with {@code leaseTime} changed. */
  public PointCacheConfig withLeaseTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.leaseTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code waitTime} changed. */
  public PointCacheConfig withWaitTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.waitTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code fenceTime} changed. */
  public PointCacheConfig withFenceTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.fenceTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code pollTime} changed. */
  public PointCacheConfig withPollTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.pollTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code loadTimeout} changed. */
  public PointCacheConfig withLoadTimeout(Duration changed) {
    Draft draft = new Draft(this);
    draft.loadTimeout = changed;
    return draft.toConfig();
  }

  /** The same with {@code oldTime} changed. */
  public PointCacheConfig withOldTime(Duration changed) {
    Draft draft = new Draft(this);
    draft.oldTime = changed;
    return draft.toConfig();
  }

  /** The same with {@code softTimeout} changed. */
  public PointCacheConfig withSoftTimeout(Duration changed) {
    Draft draft = new Draft(this);
    draft.softTimeout = changed;
    return draft.toConfig();
  }

  /** The same with {@code sampling} changed. */
  public PointCacheConfig withSampling(double changed) {
    Draft draft = new Draft(this);
    draft.sampling = changed;
    return draft.toConfig();
  }

  /** One that can still be changed: so each change is one line. */
  private static final class Draft {
    private final String namespace;
    private boolean foreignWriters = true;
    private Duration timeToLive = Duration.ofHours(1);
    private double earlyRefresh = 1.0;
    private int maximumKeys = 1_000;
    private Duration memoryTime = Duration.ofSeconds(1);
    private int memorySize = 10_000;
    private Duration leaseTime = Duration.ofSeconds(3);
    private Duration waitTime = Duration.ofMillis(100);
    private Duration fenceTime = Duration.ofSeconds(60);
    private Duration pollTime = Duration.ofMillis(250);
    private Duration loadTimeout = Duration.ofSeconds(5);
    private Duration oldTime = Duration.ZERO;
    private Duration softTimeout = Duration.ofMillis(500);
    private double sampling;

    Draft(String namespace) {
      this.namespace = namespace;
    }

    Draft(PointCacheConfig config) {
      namespace = config.namespace;
      foreignWriters = config.foreignWriters;
      timeToLive = config.timeToLive;
      earlyRefresh = config.earlyRefresh;
      maximumKeys = config.maximumKeys;
      memoryTime = config.memoryTime;
      memorySize = config.memorySize;
      leaseTime = config.leaseTime;
      waitTime = config.waitTime;
      fenceTime = config.fenceTime;
      pollTime = config.pollTime;
      loadTimeout = config.loadTimeout;
      oldTime = config.oldTime;
      softTimeout = config.softTimeout;
      sampling = config.sampling;
    }

    PointCacheConfig toConfig() {
      return new PointCacheConfig(
          namespace,
          foreignWriters,
          timeToLive,
          earlyRefresh,
          maximumKeys,
          memoryTime,
          memorySize,
          leaseTime,
          waitTime,
          fenceTime,
          pollTime,
          loadTimeout,
          oldTime,
          softTimeout,
          sampling);
    }
  }
}
