package dev.chasqui.pointcache;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers point queries on one table: by its primary key, and by the columns that its {@link TableDefinition} names.
 *
 * <p>Values are given as {@code Long}, {@code Integer} or {@code Short} for PostgreSQL's whole numbers, {@code String} for
 * {@code text} and {@code varchar}, {@code UUID}, {@code Boolean}, {@code LocalDate} for {@code date}, {@code byte[]} for
 * {@code bytea}. One of another type is refused with {@link IllegalArgumentException}.
 *
 * <p><b>Threads:</b> safe for any number. <b>Staleness:</b> as {@link PointCache} says. <b>Errors:</b> without Redis the
 * database is asked; what that throws, {@link LoadFailedException} from JDBC, reaches the caller, and so does what the
 * mapper throws. Nothing is kept then. Only where {@link PointCacheConfig#oldTime()} says so, there may be an old answer
 * instead, for many keys at once if there is one for each.
 *
 * @param <R> what rows are mapped to
 */
public final class CachedTable<R> {
  private static final System.Logger LOG = System.getLogger(CachedTable.class.getName());
  private static final List<Source> STALEST_FIRST =
      List.of(Source.OLD, Source.MEMORY, Source.DATABASE, Source.REDIS);

  private final Table table;
  /** With all columns that anybody may ask by, and which fences are for. */
  private final Table written;

  private final RowMapper<R> mapper;
  private final TableReader reader;
  private final LongSupplier nanoClock;
  private final CacheMeters.OfTable meters;
  private final Asked byKey;
  private final Map<String, Secondary<R>> byColumn = new HashMap<>();
  /** By primary key. */
  private final Memory<Held<R>> memory;

  /** By primary key, too. */
  private final OldAnswers<Held<R>> old;

  /** Of those who have an old answer. */
  private final Patience soft;

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

  /** A column that is not the primary key, and of its values the primary keys that Redis had. */
  private record Secondary<R>(
      Asked asked, int position, Memory<List<Object>> memory, OldAnswers<Answers<R>> old) {}

  /**
   * What there is for a primary key.
   *
   * @param texts of the row, if the table is asked for by other columns too: whether it has their value is looked at each time
   */
  private record Held<R>(Answer<R> answer, List<@Nullable String> texts) {
    /** The same, as if it came from there. */
    Held<R> from(Source source) {
      Answer<R> same = answer instanceof Answer.Found<R> found
          ? new Answer.Found<>(found.row(), source)
          : new Answer.Absent<>(source);
      return new Held<>(same, texts);
    }
  }

  CachedTable(
      Table table,
      Table written,
      RowMapper<R> mapper,
      TableReader reader,
      PointCacheConfig config,
      Patience soft,
      LongSupplier nanoClock,
      CacheMeters.OfTable meters) {
    this.table = table;
    this.written = written;
    this.mapper = mapper;
    this.reader = reader;
    this.nanoClock = nanoClock;
    this.meters = meters;
    this.soft = soft;
    this.memory = new Memory<>(config.memoryTime(), config.memorySize(), nanoClock);
    this.old = new OldAnswers<>(config.oldTime(), config.memorySize(), nanoClock);
    this.byKey = asked(table.key());
    Stream.concat(table.unique().stream(), table.indexed().stream())
        .forEach(column -> byColumn.put(
            column,
            new Secondary<>(
                asked(column),
                table.position(column),
                Memory.ofLists(config.memoryTime(), config.memorySize(), nanoClock),
                new OldAnswers<>(config.oldTime(), config.memorySize(), nanoClock))));
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
    Held<R> kept = memory.get(canonical);
    if (kept != null) {
      meters.answered(Source.MEMORY);
      return kept.answer;
    }
    int epoch = memory.epoch(canonical);
    long askedAt = nanoClock.getAsLong();
    Held<R> before = old.get(canonical);
    Held<R> held;
    try {
      held =
          held(reader.byKey(byKey.type.text(canonical), before == null ? Patience.ENDLESS : soft));
      keep(canonical, epoch, askedAt, held);
    } catch (Patience.NoAnswerException e) {
      held = instead(before, e).from(Source.OLD);
    }
    meters.answered(held.answer.source());
    return held.answer;
  }

  /** What is answered without the database. */
  private <A> A instead(@Nullable A before, Patience.NoAnswerException why) {
    if (before == null) {
      throw why;
    }
    LOG.log(System.Logger.Level.DEBUG, "What was is answered: {0}", why.getMessage());
    return before;
  }

  private Held<R> held(TableReader.Rows rows) {
    if (rows.rows().isEmpty()) {
      return new Held<>(new Answer.Absent<>(rows.source()), List.of());
    }
    Row row = rows.rows().get(0);
    return new Held<>(
        new Answer.Found<>(mapper.map(row), rows.source()),
        byColumn.isEmpty() ? List.of() : row.texts());
  }

  private void keep(Object key, int epoch, long askedAt, Held<R> held) {
    if (held.answer.source() == Source.REDIS) { // what Redis may not keep, we may not either
      memory.keep(key, epoch, askedAt, held.from(Source.MEMORY));
    }
    old.keep(key, held);
  }

  /**
   * Finds the rows of many primary keys, with one statement for all that have to be loaded.
   *
   * @return an answer for each of {@code keys}, as it was given, in their order
   */
  public <K> Map<K, Answer<R>> findAll(Collection<? extends K> keys) {
    List<K> asked = new ArrayList<>(keys);
    List<Object> canonical = new ArrayList<>(asked.size());
    asked.forEach(key -> canonical.add(byKey.canonical(key)));
    Map<Object, @Nullable Held<R>> held = held(canonical, Patience.ENDLESS);
    Map<K, Answer<R>> answers = new LinkedHashMap<>(2 * asked.size());
    for (int i = 0; i < asked.size(); i++) {
      Answer<R> answer = requireNonNull(held.get(canonical.get(i))).answer;
      if (answers.put(asked.get(i), answer) == null) {
        meters.answered(answer.source());
      }
    }
    return answers;
  }

  /** Of many primary keys, each of which is there. */
  private Map<Object, @Nullable Held<R>> held(List<Object> keys, Patience otherwise) {
    Map<Object, @Nullable Held<R>> held = new LinkedHashMap<>(2 * keys.size());
    keys.forEach(key -> held.put(key, memory.get(key)));
    List<Object> missing = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    int[] epochs = new int[held.size()];
    held.forEach((key, kept) -> {
      if (kept == null) {
        epochs[missing.size()] = memory.epoch(key);
        missing.add(key);
        texts.add(byKey.type.text(key));
      }
    });
    long askedAt = nanoClock.getAsLong();
    Map<Object, Held<R>> before = old.get(missing);
    try {
      List<TableReader.Rows> rows = reader.byKeys(texts, before == null ? otherwise : soft);
      for (int i = 0; i < missing.size(); i++) {
        Held<R> found = held(rows.get(i));
        keep(missing.get(i), epochs[i], askedAt, found);
        held.put(missing.get(i), found);
      }
    } catch (Patience.NoAnswerException e) {
      instead(before, e).forEach((key, each) -> held.put(key, each.from(Source.OLD)));
    }
    return held;
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
    Secondary<R> secondary = requireNonNull(byColumn.get(column));
    Object canonical = secondary.asked.canonical(value);
    Answers<R> before = secondary.old.get(canonical);
    Answers<R> answers;
    try {
      answers = rows(secondary, canonical, before == null ? Patience.ENDLESS : soft);
      if (answers.source() != Source.OLD) {
        secondary.old.keep(canonical, answers);
      }
    } catch (Patience.NoAnswerException e) {
      answers = new Answers<>(instead(before, e).rows(), Source.OLD);
    }
    meters.answered(answers.source());
    return answers;
  }

  private Answers<R> rows(Secondary<R> secondary, Object canonical, Patience patience) {
    String text = secondary.asked.type.text(canonical);
    List<Object> kept = secondary.memory.get(canonical);
    Answers<R> answers = kept == null ? null : rows(secondary, text, kept, Source.MEMORY, patience);
    if (answers != null) {
      return answers;
    }
    int epoch = secondary.memory.epoch(canonical);
    long askedAt = nanoClock.getAsLong();
    String column = secondary.asked.name;
    TableReader.ByColumn found = reader.byColumn(column, text, patience);
    TableReader.Index index = found.index();
    if (index == null) {
      return loaded(found.rows());
    }
    List<Object> keys = read(index.keys());
    answers = keys == null ? null : rows(secondary, text, keys, Source.REDIS, patience);
    if (keys == null || answers == null) { // rows moved away (SPEC 4.8)
      return loaded(reader.replace(column, text, index, patience));
    }
    secondary.memory.keep(canonical, epoch, askedAt, keys);
    return answers;
  }

  /** Null if there is one that nobody can ask for, such as a date without end. */
  private @Nullable List<Object> read(List<String> keys) {
    try {
      return keys.stream().map(byKey.type::read).toList();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private Answers<R> loaded(List<Row> rows) {
    return new Answers<>(rows.stream().map(mapper::map).toList(), Source.DATABASE);
  }

  /** Those of some keys; null if not all of them have the value. */
  private @Nullable Answers<R> rows(
      Secondary<R> secondary, String text, List<Object> keys, Source source, Patience patience) {
    List<R> rows = new ArrayList<>();
    Source whole = source;
    for (Held<R> each : held(keys, patience).values()) {
      if (each == null
          || !(each.answer instanceof Answer.Found<R> found)
          || !text.equals(each.texts.get(secondary.position))) {
        return null;
      }
      rows.add(found.row());
      whole = whole(whole, found.source());
    }
    return new Answers<>(rows, whole);
  }

  /** What is made of parts is as stale as the stalest of them. */
  private static Source whole(Source one, Source other) {
    return STALEST_FIRST.indexOf(one) < STALEST_FIRST.indexOf(other) ? one : other;
  }

  Table written() {
    return written;
  }

  TableReader reader() {
    return reader;
  }

  /** PostgreSQL's text of a value of {@code column}, which must be one that anybody may ask for. */
  String text(String column, Object value) {
    if (!written.isAsked(column)) {
      throw new IllegalArgumentException(table + " is not asked for by " + column);
    }
    Asked asked = new Asked(column, written.keyType(column));
    return asked.type.text(asked.canonical(value));
  }

  /** Somebody changed what is kept of this value of a column, as its name in Redis ends. */
  void drop(String column, String name) {
    Secondary<R> secondary = byColumn.get(column);
    if (secondary != null) {
      drop(secondary.memory, secondary.asked.type, name);
    } else if (column.equals(table.key())) {
      drop(memory, byKey.type, name);
    }
  }

  private static void drop(Memory<?> memory, KeyType type, String name) {
    if (name.startsWith("#")) { // a digest: only the longest values have one
      memory.dropAll();
      return;
    }
    try {
      memory.drop(type.read(Keys.unescape(name)));
    } catch (IllegalArgumentException e) {
      memory.dropAll(); // it is of no value that we know
    }
  }

  void open() {
    memory.open();
    byColumn.values().forEach(each -> each.memory.open());
  }

  void close() {
    memory.close();
    byColumn.values().forEach(each -> each.memory.close());
  }

  @Override
  public String toString() {
    return "CachedTable[" + table + "]";
  }
}
