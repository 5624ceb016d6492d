package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.PooledRedis;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** The state of a namespace, for {@link Cli}: what there is in Redis for all its rows, and how capture does. */
final class NamespaceReport {
  private static final Pattern INFO = Pattern.compile("(?m)^(\\w+):(.*?)\\r?$");
  /** Of SPEC A3. */
  private static final Set<String> KEEPING_FENCES =
      Set.of("noeviction", "allkeys-lru", "volatile-lru");

  private static final String SLOT = """
      select active, wal_status, database = current_database(),
        pg_wal_lsn_diff(now, confirmed_flush_lsn)::bigint, pg_wal_lsn_diff(now, restart_lsn)::bigint
      from pg_replication_slots, (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
        else pg_current_wal_lsn() end as now) log
      where slot_name = ?""";
  private static final String TABLES = """
      select (select string_agg(schemaname || '.' || tablename, ', ' order by schemaname, tablename)
        from pg_publication_tables t where t.pubname = p.pubname)
      from pg_publication p where pubname = ?""";

  private final PooledRedis<String, byte[]> redis;
  private final DataSource database;
  private final CliPage page;
  private final boolean captured;
  private final String namespace;
  private final Keys keys;
  private final Optional<List<Long>> generations;
  private final Optional<String> watermark;
  private final long watermarkMillis;

  /** Looks into Redis. */
  NamespaceReport(CliOptions options, PooledRedis<String, byte[]> redis, CliPage page) {
    this.redis = redis;
    this.database = options.database();
    this.page = page;
    this.captured = options.captured();
    this.namespace = options.cache().namespace();
    this.keys = new Keys(namespace);
    this.generations = new RedisTier(redis, options.cache(), keys).foundGenerations();
    this.watermark = Optional.ofNullable(redis.sync().get(keys.watermark()))
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    this.watermarkMillis = redis.sync().pttl(keys.watermark());
  }

  Keys keys() {
    return keys;
  }

  /** The first is the one that readers use; empty if no client has been here. */
  List<Long> generations() {
    return generations.orElse(List.of());
  }

  private boolean areRowsUsed() {
    return generations.isPresent() && (!captured || watermark.isPresent());
  }

  /** Whether readers use what is in Redis. */
  void printReaders() {
    String reason;
    if (generations.isEmpty()) {
      reason =
          "bypass Redis, or there are none: it has no generation of " + namespace + " (SPEC 5.1)";
    } else if (!captured) {
      reason = "use Redis, as long as they reach it";
    } else if (watermark.isPresent()) {
      reason = "use Redis: there is a watermark";
    } else {
      reason = "bypass Redis: there is no watermark (SPEC 5.4). Capture is not running, is too far"
          + " behind, or is dropping all rows";
    }
    page.field("Readers", reason);
  }

  /** Returns the exit code. */
  int print() throws SQLException {
    page.field("Namespace", namespace);
    page.field(
        "Generation",
        generations.map(NamespaceReport::generations).orElse("none: no client has been here"));
    page.field(
        "Watermark",
        watermark
            .map(position -> position + ", for another " + CliPage.time(watermarkMillis))
            .orElse("none"));
    printReaders();
    try (Connection connection = database.getConnection()) {
      String name = Publication.nameOf(namespace);
      page.field("Slot", name + ": " + slot(connection, name));
      page.field("Publication", name + ": " + tables(connection, name));
    }
    page.field("Redis", redis());
    return areRowsUsed() ? Cli.OK : Cli.DIFFERS;
  }

  private static String generations(List<Long> found) {
    long first = found.get(0);
    if (found.size() == 1) {
      return Long.toString(first);
    }
    long second = found.get(1);
    return first < second
        ? first + ", soon " + second + ": all rows are being dropped (SPEC 5.3)"
        : first + ", and for a while fences also in " + second
            + ": all rows have been dropped (SPEC 5.3)";
  }

  private static String slot(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SLOT)) {
      statement.setString(1, name);
      try (ResultSet found = statement.executeQuery()) {
        if (!found.next()) {
          return "none: no capture has run, or it was dropped";
        }
        List<String> parts = new ArrayList<>();
        parts.add(found.getBoolean(1) ? "active" : "not active: no capture is running");
        parts.add("wal_status " + found.getString(2));
        if (!found.getBoolean(3)) {
          parts.add("of another database");
        }
        long behind = found.getLong(4);
        if (!found.wasNull()) {
          parts.add(CliPage.bytes(behind) + " of the log behind");
        }
        long kept = found.getLong(5);
        if (!found.wasNull()) {
          parts.add("keeps " + CliPage.bytes(kept) + " of it");
        }
        return String.join(", ", parts);
      }
    }
  }

  private static String tables(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      statement.setString(1, name);
      try (ResultSet found = statement.executeQuery()) {
        if (!found.next()) {
          return "none: no client has asked for a table that others write to";
        }
        String tables = found.getString(1);
        return tables == null ? "no tables" : tables;
      }
    }
  }

  private String redis() {
    String version = "";
    String policy = "";
    Matcher lines = INFO.matcher(redis.sync().info());
    while (lines.find()) {
      if (lines.group(1).equals("redis_version")) {
        version = lines.group(2);
      } else if (lines.group(1).equals("maxmemory_policy")) {
        policy = lines.group(2);
      }
    }
    return String.format(
            Locale.ROOT,
            "%s, %,d keys of all namespaces, %s",
            version,
            redis.sync().dbsize(),
            policy)
        + (KEEPING_FENCES.contains(policy) ? "" : ", which may evict fences (SPEC A3)");
  }
}
