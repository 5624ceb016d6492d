package dev.chasqui.pointcache;

import dev.chasqui.pointcache.NamespaceState.Look;
import dev.chasqui.pointcache.RowLoader.Loaded;
import io.lettuce.core.RedisException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Compares some of what Redis had with what the primary has, and finds what must not be (SPEC 5.5).
 *
 * <p>That they differ says nothing by itself: somebody may have changed the row in between. It is wrong if Redis still has
 * the same value when all that the primary showed must have been fenced. Where all writers fence that is at once;
 * otherwise when the watermark has come to where the log ended then.
 *
 * <p><b>Threads:</b> safe for any number; the work is that of the executor's, which has one.
 */
final class Sampler {
  private static final System.Logger LOG = System.getLogger(Sampler.class.getName());
  /** Differences that wait for the watermark. */
  private static final int MOST = 1_000;

  /** What became of a comparison. */
  enum Outcome {
    /** The primary has the same. */
    SAME,
    /** It had something else, and soon after so had Redis. */
    CHANGED,
    /** It had something else, and Redis kept what it had for longer than it may. */
    WRONG,
    /** That could not be told: the cache was bypassed or dropped, or the primary did not answer, or not show as much. */
    UNKNOWN
  }

  /** A value that was found in Redis. */
  record Hit(
      Table table,
      String column,
      String text,
      String key,
      StoredValue value,
      CacheMeters.OfTable meters) {}

  private record Difference(Hit hit, LogSequenceNumber end) {}

  private final boolean foreignWriters;
  private final Keys keys;
  private final NamespaceState state;
  private final RedisTier redis;
  private final DataSource database;
  private final RowLoader primary;
  private final Executor executor;
  private final Queue<Difference> differences = new ArrayBlockingQueue<>(MOST);

  Sampler(
      PointCacheConfig config,
      Keys keys,
      NamespaceState state,
      RedisTier redis,
      DataSource database,
      RowLoader primary,
      Executor executor) {
    this.foreignWriters = config.foreignWriters();
    this.keys = keys;
    this.state = state;
    this.redis = redis;
    this.database = database;
    this.primary = primary;
    this.executor = executor;
  }

  /** Compares it later, if there is not too much else to do. */
  void compare(Hit hit) {
    try {
      executor.execute(() -> compareNow(hit));
    } catch (RejectedExecutionException e) {
      hit.meters.sampled(Outcome.UNKNOWN);
    }
  }

  private void compareNow(Hit hit) {
    try {
      Loaded now = primary.load(hit.table, hit.column, List.of(hit.text));
      if (isSame(hit.value, now.rows(), hit.table.key())) {
        hit.meters.sampled(Outcome.SAME);
      } else if (!hasSeenAsMuch(now.snapshot(), hit.value)) {
        hit.meters.sampled(Outcome.UNKNOWN);
      } else if (!foreignWriters) {
        judge(hit);
      } else {
        judgeLater(new Difference(hit, endOfLog()));
      }
    } catch (LoadFailedException | SQLException | IllegalArgumentException e) {
      hit.meters.sampled(Outcome.UNKNOWN);
    }
  }

  /** Else the value is of a standby that shows what the primary does not yet (SPEC A2). */
  private static boolean hasSeenAsMuch(@Nullable String now, StoredValue value) {
    return now != null && Snapshot.parse(now).hasSeenAllOf(Snapshot.parse(value.snapshot()));
  }

  private void judgeLater(Difference difference) {
    if (!differences.offer(difference)) {
      difference.hit.meters.sampled(Outcome.UNKNOWN);
    }
  }

  private static boolean isSame(StoredValue value, List<Row> rows, String key) {
    List<@Nullable String> kept = value.payload();
    return switch (value.kind()) {
      case ROW -> rows.size() == 1 && rows.get(0).texts().equals(kept);
      case NO_ROW -> rows.isEmpty();
      // That keys are too many is allowed (SPEC 4.8).
      case KEYS -> kept != null && rows.stream().allMatch(row -> kept.contains(row.text(key)));
      case TOO_MANY -> true;
    };
  }

  private LogSequenceNumber endOfLog() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet end = statement.executeQuery("select pg_current_wal_insert_lsn()::text")) {
      end.next();
      return LogSequenceNumber.valueOf(end.getString(1));
    }
  }

  /** Judges those for which it is time, later; to be called after each look at the namespace. */
  void judge() {
    if (!differences.isEmpty()) {
      try {
        executor.execute(this::judgeNow);
      } catch (RejectedExecutionException e) {
        // After the next look.
      }
    }
  }

  private void judgeNow() {
    Look look = state.usable();
    String watermark = look == null ? null : look.watermark();
    for (int i = differences.size(); i > 0; i--) {
      Difference each = differences.remove();
      if (look == null
          || watermark == null
          || !each.hit.key.startsWith(keys.generation(look.read()))) {
        each.hit.meters.sampled(Outcome.UNKNOWN);
      } else if (LogSequenceNumber.valueOf(watermark).compareTo(each.end) < 0) {
        judgeLater(each);
      } else {
        judge(each.hit);
      }
    }
  }

  private void judge(Hit hit) {
    try {
      if (!Arrays.equals(redis.get(hit.key), hit.value.bytes())) {
        hit.meters.sampled(Outcome.CHANGED);
        return;
      }
    } catch (RedisException e) {
      hit.meters.sampled(Outcome.UNKNOWN);
      return;
    }
    hit.meters.sampled(Outcome.WRONG);
    LOG.log(
        System.Logger.Level.WARNING,
        "Redis had a wrong value for longer than it may, it is taken out: {0}",
        hit.key);
    try {
      Fences.rolledBack(
          database, connection -> redis.fence(List.of(hit.key), Fences.transaction(connection)));
    } catch (SQLException | RedisException e) {
      LOG.log(System.Logger.Level.WARNING, "It could not be taken out: {0}", e.getMessage());
    }
  }
}
