package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.RedisConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an actor of a history is told.
 *
 * @param actor its name, which no other has
 * @param rows the JDBC URL of where rows are read from, if not {@code jdbcUrl} a standby of it
 * @param lossy whether fences may be lost in this history: then some writers commit without
 * @param foreign whether there are writers without fences, and so capture
 */
record HistorySettings(
    String actor,
    long seed,
    String jdbcUrl,
    String username,
    String password,
    String rows,
    String redis,
    Path log,
    boolean lossy,
    boolean foreign,
    HistoryFaults.Rates faults) {
  static final String NAMESPACE = "history";

  /** Most of a transaction's life from its fences to its commit, as the database sees to it. */
  static final Duration LONGEST_TRANSACTION = Duration.ofMillis(1_500);

  /** Of a commit that hangs: it must be visible before the fences end (SPEC A1). */
  static final Duration LONGEST_HANG = Duration.ofSeconds(3);

  private static final Duration FENCES = LONGEST_TRANSACTION.plus(LONGEST_HANG).plusSeconds(1);

  private static final Duration REDIS_PATIENCE = Duration.ofMillis(500);
  private static final PointCacheConfig CACHE = PointCacheConfig.of(NAMESPACE)
      .withTimeToLive(Duration.ofSeconds(20))
      .withMemoryTime(Duration.ofMillis(300))
      .withLeaseTime(Duration.ofSeconds(1))
      .withWaitTime(Duration.ofMillis(30))
      .withFenceTime(FENCES)
      .withPollTime(Duration.ofMillis(150))
      .withLoadTimeout(Duration.ofSeconds(2));
  /** How far capture may be behind. */
  static final Duration BEHIND = Duration.ofMillis(2_500);
  /** And so less than this is how much a standby lags. */
  static final Duration AGAIN = Duration.ofMillis(600);

  static PointCacheConfig cacheOf(boolean foreign) {
    return CACHE.withForeignWriters(foreign);
  }

  PointCacheConfig cache() {
    return cacheOf(foreign);
  }

  CaptureConfig capture() {
    return CaptureConfig.of(jdbcUrl, username, password).withBehind(BEHIND).withAgain(AGAIN);
  }

  static RedisConfig redisOf(String uri) {
    return RedisConfig.parse(uri)
        .withBorrowTimeout(REDIS_PATIENCE)
        .withConnectTimeout(REDIS_PATIENCE)
        .withCommandTimeout(REDIS_PATIENCE)
        .withReconnectMax(Duration.ofMillis(100));
  }

  /**
   * What is promised (SPEC §7).
   *
   * @param standby whether some read from a standby
   */
  static HistoryChecker.Bounds bounds(boolean lossy, boolean standby) {
    Duration foreign = BEHIND.plus(CACHE.pollTime().multipliedBy(2));
    return new HistoryChecker.Bounds(
        lossy ? foreign : Duration.ZERO,
        foreign,
        CACHE.memoryTime(),
        standby ? AGAIN : Duration.ZERO);
  }

  List<String> lines() {
    return List.of(
        actor,
        Long.toString(seed),
        jdbcUrl,
        username,
        password,
        rows,
        redis,
        log.toString(),
        Boolean.toString(lossy),
        Boolean.toString(foreign),
        Integer.toString(faults.pauses()),
        Integer.toString(faults.abandons()),
        Integer.toString(faults.hangs()),
        faults.longestPause().toString(),
        Boolean.toString(faults.halts()));
  }

  /** The same, as {@code history.mjs} takes it. */
  String json() {
    ObjectNode all = NodeClient.servers(redis, jdbcUrl, username, password, "item");
    all.put("actor", actor)
        .put("seed", seed)
        .put("log", log.toString())
        .put("lossy", lossy)
        .put("foreign", foreign)
        .put("longestTransactionMillis", LONGEST_TRANSACTION.toMillis())
        .put("redisPatienceMillis", REDIS_PATIENCE.toMillis());
    PointCacheConfig cache = cache();
    all.putObject("cache")
        .put("namespace", NAMESPACE)
        .put("captured", foreign)
        .put("leaseMillis", cache.leaseTime().toMillis())
        .put("waitMillis", cache.waitTime().toMillis())
        .put("fenceMillis", cache.fenceTime().toMillis())
        .put("pollMillis", cache.pollTime().toMillis())
        .put("lifeMillis", cache.timeToLive().toMillis());
    all.putObject("faults")
        .put("pauses", faults.pauses())
        .put("abandons", faults.abandons())
        .put("hangs", faults.hangs())
        .put("longestPauseMillis", faults.longestPause().toMillis());
    all.putObject("rows")
        .put("keys", HistoryTable.KEYS)
        .put("groups", HistoryTable.GROUPS)
        .put("namesOfAKey", HistoryTable.NAMES_OF_A_KEY);
    return all.toString();
  }

  /** Takes back {@link #lines}. */
  static HistorySettings of(List<String> lines) {
    return new HistorySettings(
        lines.get(0),
        Long.parseLong(lines.get(1)),
        lines.get(2),
        lines.get(3),
        lines.get(4),
        lines.get(5),
        lines.get(6),
        Path.of(lines.get(7)),
        Boolean.parseBoolean(lines.get(8)),
        Boolean.parseBoolean(lines.get(9)),
        new HistoryFaults.Rates(
            Integer.parseInt(lines.get(10)),
            Integer.parseInt(lines.get(11)),
            Integer.parseInt(lines.get(12)),
            Duration.parse(lines.get(13)),
            Boolean.parseBoolean(lines.get(14))));
  }
}
