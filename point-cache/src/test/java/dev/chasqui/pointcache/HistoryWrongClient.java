package dev.chasqui.pointcache;

import dev.chasqui.pointcache.HistoryEvent.Item;
import dev.chasqui.pointcache.HistoryFaults.Step;
import dev.chasqui.pointcache.HistoryTable.Mapped;
import dev.chasqui.pointcache.RedisTier.Content;
import dev.chasqui.pointcache.StoredValue.Kind;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Clients that break a rule of the specification, beside right ones; for a history to find out. */
final class HistoryWrongClient {
  private static final Duration REST = Duration.ofMillis(2);

  private final HistoryActor actor;
  private final CachedTable<Mapped> items;
  private final Table table;
  private final Keys keys = new Keys(HistorySettings.NAMESPACE);
  private final RedisTier tier;
  private final Map<Long, Kept> near = new ConcurrentHashMap<>();

  private record Kept(List<Mapped> rows, long askedAt) {}

  HistoryWrongClient(HistoryActor actor) {
    this.actor = actor;
    this.items = actor.items();
    this.table = items.table();
    this.tier = new RedisTier(actor.redis(), actor.settings().cache(), keys);
  }

  private String name(String column, Object value) {
    return keys.beginning(tier.generations().get(0), table, column)
        + Keys.value(items.text(column, value));
  }

  private static long anyKey(Random random) {
    return 1L + random.nextInt(HistoryTable.KEYS);
  }

  /** Against 6.2: deletes what it changed once it has committed, instead of fencing before. */
  void deleteAfterCommit() {
    actor.start("deletes", REST, random -> {
      List<Item> changed;
      try (Connection connection = actor.cacheConnection()) {
        connection.setAutoCommit(false);
        changed = HistoryTable.change(
            connection,
            HistoryTable.randomKeys(random),
            random,
            statement -> statement.executeQuery().close());
        actor.intend(true, changed);
        connection.commit();
      }
      changed.forEach(item -> {
        actor.redis().sync().del(name("id", item.key()));
        if (item.isThere()) {
          actor.redis().sync().del(name("name", item.name()), name("grp", item.group()));
        }
      });
    });
  }

  /** Against 4.2: stores what it loaded without having asked for the lease. */
  void fillWithoutToken() {
    actor.start("sets", REST, random -> {
      long key = anyKey(random);
      String name = name("id", key);
      byte[] kept = actor.redis().sync().get(name);
      if (kept != null && kept[0] == 'V') {
        return;
      }
      RowLoader.Loaded loaded = actor.loader().load(table, "id", List.of(Long.toString(key)));
      Content content = content(loaded.rows(), String.valueOf(loaded.snapshot()));
      String value = "V|" + content.snapshot() + "|" + content.head() + ","
          + (System.currentTimeMillis() + content.life().toMillis()) + "|" + content.payload();
      actor
          .redis()
          .sync()
          .set(
              name,
              value.getBytes(StandardCharsets.UTF_8),
              SetArgs.Builder.px(content.life().toMillis()));
    });
  }

  private Content content(List<Row> rows, String snapshot) {
    return new Content(
        snapshot,
        StoredValue.head(rows.isEmpty() ? Kind.NO_ROW : Kind.ROW, table.fingerprint(), 1),
        Payload.write(rows.isEmpty() ? List.of() : rows.get(0).texts()),
        actor.settings().cache().timeToLive());
  }

  /** Null if it does not get the lease. */
  private @Nullable String lease(String name) {
    String token = tier.newToken();
    byte[] reply = tier.lease(name, token);
    return reply != null && reply.length == 0 ? token : null;
  }

  /**
   * Against 4.3: gives the place in the log up to which it has read as what it has seen. Everything is in the log before it
   * that had begun to write, though it may not be visible yet.
   */
  void fillByLogPosition() {
    actor.start("fills by position", REST, random -> {
      long key = anyKey(random);
      String name = name("id", key);
      String token = lease(name);
      if (token != null) {
        String next = ask("select pg_current_xact_id()::text"); // all before it have begun
        RowLoader.Loaded loaded = actor.loader().load(table, "id", List.of(Long.toString(key)));
        RedisTier.await(tier.fill(name, token, content(loaded.rows(), next + ":" + next + ":")));
      }
    });
  }

  private String ask(String sql) throws SQLException {
    try (Connection connection = actor.cacheConnection()) {
      return ask(connection, sql);
    }
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet found = statement.executeQuery()) {
      found.next();
      return found.getString(1);
    }
  }

  /** Against 4.9: stores what it sees in a transaction in which it has changed it, and rolls that back. */
  void fillFromOwnChanges() {
    actor.start("fills its changes", REST, random -> {
      long key = anyKey(random);
      String name = name("id", key);
      String token = lease(name);
      if (token == null) {
        return;
      }
      try (Connection connection = actor.cacheConnection()) {
        connection.setAutoCommit(false);
        List<Item> changed = HistoryTable.change(
            connection,
            List.of(key),
            random,
            statement -> statement.executeQuery().close());
        actor.intend(true, changed);
        List<Row> rows = changed.stream()
            .filter(Item::isThere)
            .map(item -> new Row(
                table,
                table.columns().stream().map(column -> item.text(column.name())).toList()))
            .toList();
        RedisTier.await(tier.fill(
            name, token, content(rows, ask(connection, "select pg_current_snapshot()::text"))));
        connection.rollback();
      }
    });
  }

  /** Against 6.4: keeps what it asked for before it dropped the same. */
  void keepWithoutEpochs() {
    actor.start("keeps", REST, random -> {
      long key = anyKey(random);
      long from = System.nanoTime();
      Kept kept = near.get(key);
      if (kept != null
          && from - kept.askedAt < actor.settings().cache().memoryTime().toNanos()) {
        actor.tell("id", key, from, Source.MEMORY, kept.rows);
        return;
      }
      Answer<Mapped> answer = items.find(key);
      if (answer.source() == Source.REDIS) {
        actor.faults().at(Step.AFTER_LOAD);
        near.put(key, new Kept(answer.toOptional().stream().toList(), from));
      }
    });
    actor.start("drops", REST, random -> {
      List<Long> changed = HistoryTable.randomKeys(random);
      try (Connection connection = actor.cacheConnection()) {
        connection.setAutoCommit(false);
        Fences fences = actor.cache().fences(connection);
        actor.intend(
            true,
            HistoryTable.change(
                connection, changed, random, statement -> fences.execute(items, statement)));
        fences.place();
        changed.forEach(near::remove);
        connection.commit();
      }
    });
  }
}
