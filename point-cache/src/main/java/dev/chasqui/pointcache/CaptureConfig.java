package dev.chasqui.pointcache;

import java.time.Duration;

/**
 * How {@link Capture} reads the log of PostgreSQL.
 *
 * @param jdbcUrl of the primary
 * @param username who may replicate ({@code REPLICATION} or a role such as {@code rds_replication})
 * @param password that user's
 * @param behind how far capture may be behind before rows come from the database, 1 second to 1 hour; by default 5
 *     seconds
 * @param again how long after a change it is fenced once more: longer than any standby lags that rows are read from, 1
 *     millisecond to less than {@code behind}; by default 1 second
 * @param maximumLog how many bytes of its log PostgreSQL may keep for us, at least 1 MB; by default 1 GB. When it is more,
 *     the slot is dropped, and all rows with it
 * @param replicas how many replicas of Redis must have the fences before rows are vouched for, at least 0; by default 0, with
 *     which {@link PointCache#dropAll} has to follow when one of them becomes the master. In a Redis Cluster it must be 0
 */
public record CaptureConfig(
    String jdbcUrl,
    String username,
    String password,
    Duration behind,
    Duration again,
    long maximumLog,
    int replicas) {
  private static final long LEAST_LOG = 1 << 20;

  /** Refuses what is out of range. */
  public CaptureConfig {
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(
          "jdbcUrl must begin with jdbc:postgresql:, was \"" + jdbcUrl + '"');
    }
    if (behind.compareTo(Duration.ofSeconds(1)) < 0 || behind.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("behind must be 1 second to 1 hour, was " + behind);
    }
    if (again.compareTo(Duration.ofMillis(1)) < 0 || again.compareTo(behind) >= 0) {
      throw new IllegalArgumentException("again must be 1 millisecond to less than behind, was "
          + again + " with behind " + behind);
    }
    if (maximumLog < LEAST_LOG) {
      throw new IllegalArgumentException(
          "maximumLog must be at least " + LEAST_LOG + ", was " + maximumLog);
    }
    if (replicas < 0) {
      throw new IllegalArgumentException("replicas must be at least 0, was " + replicas);
    }
  }

  /** The defaults. */
  public static CaptureConfig of(String jdbcUrl, String username, String password) {
    return new CaptureConfig(
        jdbcUrl, username, password, Duration.ofSeconds(5), Duration.ofSeconds(1), 1L << 30, 0);
  }

  /** The same with {@code behind} changed. */
  public CaptureConfig withBehind(Duration changed) {
    return new CaptureConfig(jdbcUrl, username, password, changed, again, maximumLog, replicas);
  }

  /** The same with {@code again} changed. */
  public CaptureConfig withAgain(Duration changed) {
    return new CaptureConfig(jdbcUrl, username, password, behind, changed, maximumLog, replicas);
  }

  /** The same with {@code maximumLog} changed. */
  public CaptureConfig withMaximumLog(long changed) {
    return new CaptureConfig(jdbcUrl, username, password, behind, again, changed, replicas);
  }

  /** The same with {@code replicas} changed. */
  public CaptureConfig withReplicas(int changed) {
    return new CaptureConfig(jdbcUrl, username, password, behind, again, maximumLog, changed);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "CaptureConfig[" + jdbcUrl + ", " + username + ", behind=" + behind + ", again=" + again
        + ", maximumLog=" + maximumLog + ", replicas=" + replicas + "]";
  }
}
