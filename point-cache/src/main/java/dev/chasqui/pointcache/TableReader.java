package dev.chasqui.pointcache;

import dev.chasqui.pointcache.CacheMeters.Fill;
import dev.chasqui.pointcache.NamespaceState.Look;
import dev.chasqui.pointcache.RedisTier.Content;
import dev.chasqui.pointcache.RowLoader.Loaded;
import dev.chasqui.pointcache.StoredValue.Kind;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of one table from Redis, and what is not there from the database, by SPEC §4.
 *
 * <p><b>Threads:</b> safe for any number. Of those who miss the same key at the same time, one loads it. Nobody takes
 * over what another may have read before he asked: he looks into Redis again, where a fence would have kept it out.
 */
final class TableReader {
  private static final Rows NOTHING = new Rows(List.of(), Source.DATABASE);
  private static final int LOOKS_WHILE_WAITING = 5;

  private final Table table;
  private final String fingerprint;
  private final PointCacheConfig config;
  private final Keys keys;
  private final NamespaceState state;
  private final RedisTier redis;
  private final RowLoader loader;
  private final Executor refreshing;
  private final Sampler sampler;
  private final CacheMeters.OfTable meters;
  /** By what is loaded. */
  private final Map<String, Load> loads = new ConcurrentHashMap<>();
  /** Keys of Redis that are to be read early. */
  private final Set<String> refreshes = ConcurrentHashMap.newKeySet();

  private volatile Beginnings beginnings;

  TableReader(
      Table table,
      PointCacheConfig config,
      Keys keys,
      NamespaceState state,
      RedisTier redis,
      RowLoader loader,
      Executor refreshing,
      Sampler sampler,
      CacheMeters.OfTable meters) {
    this.table = table;
    this.fingerprint = table.fingerprint();
    this.config = config;
    this.keys = keys;
    this.state = state;
    this.redis = redis;
    this.loader = loader;
    this.refreshing = refreshing;
    this.sampler = sampler;
    this.meters = meters;
    this.beginnings = new Beginnings(-1, Map.of());
  }

  /** What keys begin with, by column, in one generation. */
  private record Beginnings(long generation, Map<String, String> byColumn) {}

  /** What was asked for: the rows whose column has this value. */
  private record Question(String column, String value, String key) {}

  /**
   * What a value turned out to be.
   *
   * @param rows all rows that have it; by a column other than the primary key, without regard to what {@code value} holds
   * @param value what Redis had, if it was that
   */
  private record Found(List<Row> rows, @Nullable StoredValue value, Source source) {
    static Found loaded(List<Row> rows) {
      return new Found(rows, null, Source.DATABASE);
    }
  }

  /** One thread's loading, for which others wait. */
  private static final class Load {
    /** What it found; null if it failed. */
    private final CompletableFuture<@Nullable Found> found = new CompletableFuture<>();
    /** The same of one of those who waited in vain, who then loads for all of them. */
    private final CompletableFuture<@Nullable Found> foundNext = new CompletableFuture<>();

    private final AtomicBoolean isFollowed = new AtomicBoolean();
  }

  /** Rows, and where they come from. */
  record Rows(List<Row> rows, Source source) {}

  private Question question(Look look, String column, String value) {
    Beginnings now = beginnings;
    if (now.generation != look.read()) {
      Map<String, String> byColumn = new HashMap<>();
      byColumn.put(table.key(), keys.beginning(look.read(), table, table.key()));
      table.unique().forEach(each -> byColumn.put(each, keys.beginning(look.read(), table, each)));
      table.indexed().forEach(each -> byColumn.put(each, keys.beginning(look.read(), table, each)));
      now = new Beginnings(look.read(), byColumn);
      beginnings = now;
    }
    return new Question(column, value, now.byColumn.get(column) + Keys.value(value));
  }

  /** The row of a primary key; none, or one. */
  Rows byKey(String value, Patience patience) {
    Found found = find(table.key(), value, patience);
    return new Rows(found.rows, found.source);
  }

  /**
   * What a value of a column other than the primary key turned out to be.
   *
   * @param rows its rows out of the database
   * @param index or, if it is not null, what Redis has
   */
  record ByColumn(List<Row> rows, @Nullable Index index) {}

  /** Primary keys, of whose rows each has yet to be looked at (SPEC 4.8). */
  record Index(List<String> keys, StoredValue value) {}

  ByColumn byColumn(String column, String value, Patience patience) {
    Found found = find(column, value, patience);
    StoredValue stored = found.value;
    if (stored == null) {
      return new ByColumn(found.rows, null);
    }
    List<@Nullable String> primary = stored.payload();
    return stored.kind() == Kind.TOO_MANY || primary == null
        ? new ByColumn(patience.ask(() -> rows(column, value)), null)
        : new ByColumn(
            List.of(), new Index(primary.stream().map(String::valueOf).toList(), stored));
  }

  /** Loads the rows of a value, and puts their keys where those are that were not all right. */
  List<Row> replace(String column, String value, Index old, Patience patience) {
    Look look = state.usable();
    return patience.ask(() -> look == null
        ? rows(column, value)
        : replace(question(look, column, value), old.value.bytes()));
  }

  /** Loads, and puts it where a value is that cannot be used (SPEC 4.6). */
  private List<Row> replace(Question question, byte[] old) {
    String beginning = StoredValue.beginning(old);
    long began = System.nanoTime();
    Loaded loaded = load(question.column, List.of(question.value));
    Content content = content(question, loaded, began);
    if (beginning != null && content != null) {
      settle(redis.refresh(question.key, beginning, content));
    }
    return loaded.rows();
  }

  private Found find(String column, String value, Patience patience) {
    Look look = state.usable();
    if (look == null) {
      return patience.ask(() ->
          together(column + ' ' + value, () -> null, () -> Found.loaded(rows(column, value))));
    }
    Question question = question(look, column, value);
    try {
      Found hit = look(question);
      return hit != null
          ? hit
          : patience.ask(
              () -> together(question.key, () -> look(question), () -> leaseAndLoad(question)));
    } catch (RedisException e) {
      return Found.loaded(patience.ask(() -> rows(column, value)));
    }
  }

  /** Null if these bytes are of no use. */
  private @Nullable Found hit(Question question, byte[] bytes) {
    StoredValue value = StoredValue.read(bytes, fingerprint);
    if (value == null) {
      return null;
    }
    boolean byKey = question.column.equals(table.key());
    boolean ofRow = value.kind() == Kind.ROW || value.kind() == Kind.NO_ROW;
    if (byKey != ofRow) {
      return null;
    }
    List<Row> rows = List.of();
    if (value.kind() == Kind.ROW) {
      List<@Nullable String> texts = value.payload();
      if (texts == null || texts.size() != table.columns().size()) {
        return null;
      }
      rows = List.of(Row.of(table, texts));
    }
    if (value.isDue(
        System.currentTimeMillis(),
        config.earlyRefresh(),
        ThreadLocalRandom.current().nextDouble())) {
      refreshLater(question, value);
    }
    if (config.sampling() > 0 && ThreadLocalRandom.current().nextDouble() < config.sampling()) {
      sampler.compare(
          new Sampler.Hit(table, question.column, question.value, question.key, value, meters));
    }
    return new Found(rows, value, Source.REDIS);
  }

  private void refreshLater(Question question, StoredValue old) {
    if (!refreshes.add(question.key)) {
      return;
    }
    try {
      refreshing.execute(() -> {
        try {
          replace(question, old.bytes());
        } catch (LoadFailedException | RedisException e) {
          // Then it ends in its own time, and whoever misses it hears why.
        } finally {
          refreshes.remove(question.key);
        }
      });
    } catch (RejectedExecutionException e) {
      refreshes.remove(question.key);
    }
  }

  /**
   * Loads, or waits for another thread of this process that does, and looks again. What another loads is taken over only if
   * he began after this was asked: so of any number that ask at a time no more than two have to load.
   */
  private Found together(String what, Supplier<@Nullable Found> look, Supplier<Found> load) {
    Load mine = new Load();
    Load earlier = loads.putIfAbsent(what, mine);
    if (earlier == null) {
      return load(load, found -> {
        loads.remove(what, mine); // before the others know, who would find it once more
        mine.found.complete(found);
      });
    }
    await(earlier.found);
    Found hit = look.get();
    if (hit != null) {
      return hit;
    }
    if (earlier.isFollowed.compareAndSet(false, true)) {
      return load(load, earlier.foundNext::complete);
    }
    Found found = await(earlier.foundNext);
    return found != null ? found : load.get();
  }

  /** Loads, and tells what was found, null if it failed. */
  private static Found load(Supplier<Found> load, Consumer<@Nullable Found> told) {
    @Nullable Found found = null;
    try {
      found = load.get();
      return found;
    } finally {
      told.accept(found);
    }
  }

  /** Null if it failed, or took too long. */
  private @Nullable Found await(CompletableFuture<@Nullable Found> another) {
    try {
      return another.get(config.loadTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private @Nullable Found look(Question question) {
    byte[] bytes = redis.get(question.key);
    return bytes == null ? null : hit(question, bytes);
  }

  private Found leaseAndLoad(Question question) {
    String token = redis.newToken();
    byte[] reply = redis.lease(question.key, token);
    if (reply == null) {
      return waitForAnother(question);
    }
    if (reply.length > 0) {
      Found hit = hit(question, reply);
      return hit != null ? hit : Found.loaded(replace(question, reply));
    }
    long began = System.nanoTime();
    Loaded loaded = load(question.column, List.of(question.value));
    Content content = content(question, loaded, began);
    if (content != null) {
      settle(redis.fill(question.key, token, content));
    }
    return Found.loaded(loaded.rows());
  }

  /** Another process has the lease. */
  private Found waitForAnother(Question question) {
    for (int i = 0; i < LOOKS_WHILE_WAITING && !Thread.currentThread().isInterrupted(); i++) {
      pause(config.waitTime().dividedBy(1L << (LOOKS_WHILE_WAITING - i)));
      Found hit = look(question);
      if (hit != null) {
        return hit;
      }
    }
    return Found.loaded(rows(question.column, question.value));
  }

  /** Half to all of it, so that who began together does not go on together. */
  private static void pause(Duration duration) {
    long half = duration.toNanos() / 2;
    if (half > 0) {
      LockSupport.parkNanos(half + ThreadLocalRandom.current().nextLong(half));
    }
  }

  /** The rows of many primary keys, no two of them the same, in their order. */
  List<Rows> byKeys(List<String> values, Patience patience) {
    Look look = state.usable();
    List<Rows> rows = new ArrayList<>(values.size());
    if (values.isEmpty()) {
      return rows;
    }
    Map<String, Question> missing = new LinkedHashMap<>();
    Map<String, Rows> found = new HashMap<>(); // of those that were missing
    if (look == null) {
      patience.ask(() -> loadInto(found, values));
      return instead(rows, values, found);
    }
    try {
      lookAll(
          values.stream().map(each -> question(look, table.key(), each)).toList(), rows, missing);
      if (missing.isEmpty()) {
        return rows;
      }
      patience.ask(() -> leaseAndLoad(missing, found));
    } catch (RedisException e) {
      List<String> left = rows.isEmpty()
          ? values
          : missing.values().stream().map(Question::value).toList();
      patience.ask(() -> loadInto(found, left));
    }
    return instead(rows, values, found);
  }

  /** Without maps: with a hundred keys, those would take as long as Redis does. */
  private void lookAll(List<Question> asked, List<Rows> rows, Map<String, Question> missing) {
    Iterator<KeyValue<String, byte[]>> all =
        redis.getAll(asked.stream().map(Question::key).toList()).iterator();
    for (Question question : asked) {
      KeyValue<String, byte[]> kept = all.next();
      Found hit = kept.hasValue() ? hit(question, kept.getValue()) : null;
      rows.add(hit == null ? NOTHING : new Rows(hit.rows, hit.source));
      if (hit == null) {
        missing.put(question.key, question);
      }
    }
  }

  /** Those of {@code found} where there are none in {@code rows}. */
  private static List<Rows> instead(List<Rows> rows, List<String> values, Map<String, Rows> found) {
    List<Rows> all = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      Rows hit = i < rows.size() ? rows.get(i) : NOTHING;
      all.add(found.getOrDefault(values.get(i), hit));
    }
    return all;
  }

  /** Moves those that are hits from {@code missing} to {@code found}. */
  private void take(
      Map<String, byte[]> values, Map<String, Question> missing, Map<String, Rows> found) {
    values.forEach((key, bytes) -> {
      Question question = missing.get(key);
      Found hit = question == null ? null : hit(question, bytes);
      if (question != null && hit != null) {
        found.put(question.value, new Rows(hit.rows, hit.source));
        missing.remove(key);
      }
    });
  }

  private Map<String, Rows> leaseAndLoad(Map<String, Question> missing, Map<String, Rows> found) {
    Map<String, String> tokens = new LinkedHashMap<>();
    missing.keySet().forEach(key -> tokens.put(key, redis.newToken()));
    Map<String, Optional<byte[]>> replies = redis.lease(tokens);
    Map<String, byte[]> values = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    replies.forEach((key, reply) -> {
      if (reply.isEmpty()) {
        others.add(key);
        tokens.remove(key);
      } else if (reply.get().length > 0) {
        values.put(key, reply.get());
        tokens.remove(key);
      }
    });
    take(values, missing, found);
    if (!others.isEmpty()) {
      pause(config.waitTime().dividedBy(2));
      take(redis.get(others), missing, found);
    }
    if (missing.isEmpty()) {
      return found;
    }
    long began = System.nanoTime();
    Loaded loaded =
        loadInto(found, missing.values().stream().map(Question::value).toList());
    List<CompletionStage<Fill>> fills = new ArrayList<>();
    missing.forEach((key, question) -> {
      List<Row> rows = found.getOrDefault(question.value, NOTHING).rows;
      Content content = content(question, new Loaded(loaded.snapshot(), rows), began);
      String token = tokens.get(key);
      byte[] old = values.get(key);
      String beginning = old == null ? null : StoredValue.beginning(old);
      if (content != null && token != null) {
        fills.add(redis.fill(key, token, content));
      } else if (content != null && beginning != null) {
        fills.add(redis.refresh(key, beginning, content));
      }
    });
    fills.forEach(this::settle);
    return found;
  }

  private Loaded loadInto(Map<String, Rows> found, Collection<String> values) {
    if (values.isEmpty()) {
      return new Loaded(null, List.of());
    }
    Loaded loaded = load(table.key(), List.copyOf(values));
    Map<String, Row> rows = loaded.rows().stream()
        .collect(Collectors.toMap(row -> String.valueOf(row.text(table.key())), row -> row));
    values.forEach(value -> {
      Row row = rows.get(value);
      found.put(value, new Rows(row == null ? List.of() : List.of(row), Source.DATABASE));
    });
    return loaded;
  }

  /** What a writer read of what it wrote, and nobody may have before it has committed. */
  record Written(String key, String token, Content content) {}

  /**
   * Takes the lease of a row that the transaction of {@code connection} has fenced, and reads it (SPEC 6.6). Null if the lease is
   * another's, or nothing may be kept.
   */
  @Nullable
  Written readWritten(Connection connection, JdbcRowLoader own, String text, long transaction)
      throws SQLException {
    Look look = state.usable();
    if (look == null) {
      return null;
    }
    Question question = question(look, table.key(), text);
    String token = redis.newToken();
    byte[] reply = redis.lease(question.key, token);
    if (reply == null || reply.length > 0) {
      return null;
    }
    long began = System.nanoTime();
    Loaded loaded = own.load(connection, table, table.key(), text);
    String others = loaded.snapshot();
    Snapshot snapshot = others == null ? null : Snapshot.parse(others).with(transaction);
    Content content = content(
        question, new Loaded(snapshot == null ? null : snapshot.toString(), loaded.rows()), began);
    return content == null ? null : new Written(question.key, token, content);
  }

  /** Fills what was written, now that it is committed; does not wait. */
  @SuppressWarnings("FutureReturnValueIgnored") // what comes of it is counted
  void fill(Written written) {
    try {
      redis.fill(written.key, written.token, written.content).whenComplete((outcome, failure) -> {
        meters.filled(failure == null ? outcome : Fill.FAILED);
      });
    } catch (RedisException e) {
      meters.filled(Fill.FAILED); // it is committed, and the caller is to hear nothing else
    }
  }

  /** Those of one value, out of the database and kept nowhere. */
  private List<Row> rows(String column, String value) {
    return load(column, List.of(value)).rows();
  }

  private Loaded load(String column, List<String> values) {
    long began = System.nanoTime();
    boolean succeeded = false;
    try {
      Loaded loaded = loader.load(table, column, values);
      succeeded = true;
      return loaded;
    } finally {
      meters.loaded(System.nanoTime() - began, succeeded);
    }
  }

  /** What is kept of what was loaded, null if nothing may be. */
  private @Nullable Content content(Question question, Loaded loaded, long began) {
    if (loaded.snapshot() == null) {
      meters.filled(Fill.UNSAFE);
      return null;
    }
    Kind kind;
    String payload;
    if (question.column.equals(table.key())) {
      boolean there = !loaded.rows().isEmpty();
      kind = there ? Kind.ROW : Kind.NO_ROW;
      payload = Payload.write(there ? loaded.rows().get(0).texts() : List.of());
    } else {
      boolean few = loaded.rows().size() <= config.maximumKeys();
      kind = few ? Kind.KEYS : Kind.TOO_MANY;
      payload = Payload.write(
          few ? loaded.rows().stream().map(row -> row.text(table.key())).toList() : List.of());
    }
    long loadMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    return new Content(
        loaded.snapshot(), StoredValue.head(kind, fingerprint, loadMillis), payload, life());
  }

  private Duration life() {
    double jitter = 0.9 + 0.2 * ThreadLocalRandom.current().nextDouble();
    return Duration.ofMillis(Math.max(1, (long) (config.timeToLive().toMillis() * jitter)));
  }

  /** What was read is answered whether or not it is kept. */
  private void settle(CompletionStage<Fill> stored) {
    try {
      meters.filled(RedisTier.await(stored));
    } catch (RedisException e) {
      meters.filled(Fill.FAILED); // somebody else will load it
    }
  }
}
