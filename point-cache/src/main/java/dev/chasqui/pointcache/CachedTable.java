package dev.chasqui.pointcache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Answers point queries on one table: by its primary key, and by the columns that its {@link TableDefinition} names.
 *
 * <p>Values are given as {@code Long}, {@code Integer} or {@code Short} for PostgreSQL's whole numbers, {@code String} for
 * {@code text} and {@code varchar}, {@code UUID}, {@code Boolean}, {@code LocalDate} for {@code date}, {@code byte[]} for
 * {@code bytea}. One of another type is refused with {@link IllegalArgumentException}.
 *
 * <p><b>Threads:</b> safe for any number. <b>Staleness:</b> as {@link PointCache} says. <b>Errors:</b> without Redis the
 * database is asked; what that throws, {@link LoadFailedException} from JDBC, reaches the caller, and so does what the
 * mapper throws. Nothing is kept then.
 *
 * @param <R> what rows are mapped to
 */
public final class CachedTable<R> {
  private final Table table;
  private final RowMapper<R> mapper;
  private final TableReader reader;
  private final LongSupplier nanoClock;
  private final CacheMeters.OfTable meters;
  private final Asked byKey;
  private final Map<String, Asked> byColumn = new HashMap<>();
  /** By primary key. */
  private final Memory<Answer<R>> memory;

  /** A column that may be asked for. */
  private record Asked(String name, KeyType type) {
    Object canonical(Object value) {
      try {
        return type.canonical(value);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(name + " " + e.getMessage(), e);
      }
    }
  }

  CachedTable(
      Table table,
      RowMapper<R> mapper,
      TableReader reader,
      PointCacheConfig config,
      LongSupplier nanoClock,
      CacheMeters.OfTable meters) {
    this.table = table;
    this.mapper = mapper;
    this.reader = reader;
    this.nanoClock = nanoClock;
    this.meters = meters;
    this.memory = new Memory<>(config.memoryTime(), config.memorySize(), nanoClock);
    this.byKey = asked(table.key());
    table.unique().forEach(column -> byColumn.put(column, asked(column)));
    table.indexed().forEach(column -> byColumn.put(column, asked(column)));
  }

  private Asked asked(String column) {
    return new Asked(column, table.keyType(column));
  }

  /** Returns the table as the database describes it. */
  public Table table() {
    return table;
  }

  /** Finds the row of a primary key. */
  public Answer<R> find(Object key) {
    Object canonical = byKey.canonical(key);
    Answer<R> kept = memory.get(canonical);
    if (kept != null) {
      meters.answered(Source.MEMORY);
      return kept;
    }
    int epoch = memory.epoch(canonical);
    long askedAt = nanoClock.getAsLong();
    TableReader.Rows rows = reader.byKey(byKey.type.text(canonical));
    Answer<R> answer = answer(rows);
    keep(canonical, epoch, askedAt, rows, answer);
    meters.answered(answer.source());
    return answer;
  }

  private Answer<R> answer(TableReader.Rows rows) {
    return rows.rows().isEmpty()
        ? new Answer.Absent<>(rows.source())
        : new Answer.Found<>(mapper.map(rows.rows().get(0)), rows.source());
  }

  private void keep(Object key, int epoch, long askedAt, TableReader.Rows rows, Answer<R> answer) {
    if (rows.source() == Source.REDIS) { // what Redis may not keep, we may not either
      memory.keep(
          key,
          epoch,
          askedAt,
          answer instanceof Answer.Found<R> found
              ? new Answer.Found<>(found.row(), Source.MEMORY)
              : new Answer.Absent<>(Source.MEMORY));
    }
  }

  /**
   * Finds the rows of many primary keys, with one statement for all that have to be loaded.
   *
   * @return an answer for each of {@code keys}, as it was given, in their order
   */
  public <K> Map<K, Answer<R>> findAll(Collection<? extends K> keys) {
    Map<K, Answer<R>> answers = new LinkedHashMap<>();
    Map<Object, List<K>> missing = new LinkedHashMap<>();
    for (K key : keys) {
      Object canonical = byKey.canonical(key);
      Answer<R> kept = memory.get(canonical);
      answers.put(key, kept == null ? new Answer.Absent<>(Source.MEMORY) : kept);
      if (kept == null) {
        missing.computeIfAbsent(canonical, same -> new ArrayList<>()).add(key);
      }
    }
    if (!missing.isEmpty()) {
      findMissing(missing, answers);
    }
    answers.values().forEach(answer -> meters.answered(answer.source()));
    return answers;
  }

  private <K> void findMissing(Map<Object, List<K>> missing, Map<K, Answer<R>> answers) {
    Map<String, Object> byText = new LinkedHashMap<>();
    Map<Object, Integer> epochs = new HashMap<>();
    missing.keySet().forEach(canonical -> {
      byText.put(byKey.type.text(canonical), canonical);
      epochs.put(canonical, memory.epoch(canonical));
    });
    long askedAt = nanoClock.getAsLong();
    reader.byKeys(byText.keySet()).forEach((text, rows) -> {
      Object canonical = byText.get(text);
      if (canonical != null) {
        Answer<R> answer = answer(rows);
        keep(canonical, epochs.getOrDefault(canonical, 0), askedAt, rows, answer);
        missing.getOrDefault(canonical, List.of()).forEach(key -> answers.put(key, answer));
      }
    });
  }

  /** Finds the row whose unique column {@code column} is {@code value}; refuses a column that is not one. */
  public Answer<R> findBy(String column, Object value) {
    if (!table.unique().contains(column)) {
      throw new IllegalArgumentException(
          table + " is not asked for by a unique column " + column + ", but by " + table.unique());
    }
    Answers<R> answers = rows(column, value);
    return answers.rows().isEmpty()
        ? new Answer.Absent<>(answers.source())
        : new Answer.Found<>(answers.rows().get(0), answers.source());
  }

  /**
   * Finds all rows whose column {@code column} is {@code value}, in any order; refuses a column that the table is not
   * asked for by. Each row is as fresh as one that is found by its key; together they need not be of one moment.
   */
  public Answers<R> findAllBy(String column, Object value) {
    if (!byColumn.containsKey(column)) {
      throw new IllegalArgumentException(
          table + " is not asked for by " + column + ", but by " + byColumn.keySet());
    }
    return rows(column, value);
  }

  private Answers<R> rows(String column, Object value) {
    Asked asked = byColumn.get(column);
    if (asked == null) {
      throw new IllegalStateException(column);
    }
    TableReader.Rows rows = reader.byColumn(column, asked.type.text(asked.canonical(value)));
    meters.answered(rows.source());
    return new Answers<>(rows.rows().stream().map(mapper::map).toList(), rows.source());
  }

  /** PostgreSQL's text of a value of {@code column}, which must be one that the table is asked for by. */
  String text(String column, Object value) {
    Asked asked = column.equals(table.key()) ? byKey : byColumn.get(column);
    if (asked == null) {
      throw new IllegalArgumentException(table + " is not asked for by " + column);
    }
    return asked.type.text(asked.canonical(value));
  }

  /** Somebody changed the row of this key, as its name in Redis ends. */
  void dropKey(String name) {
    if (name.startsWith("#")) { // a digest: only the longest values have one
      memory.dropAll();
      return;
    }
    try {
      memory.drop(byKey.type.read(Keys.unescape(name)));
    } catch (IllegalArgumentException e) {
      memory.dropAll(); // it is of no value that we know
    }
  }

  void open() {
    memory.open();
  }

  void close() {
    memory.close();
  }

  @Override
  public String toString() {
    return "CachedTable[" + table + "]";
  }
}
