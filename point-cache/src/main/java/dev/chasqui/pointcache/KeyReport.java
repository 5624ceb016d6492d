package dev.chasqui.pointcache;

import dev.chasqui.pointcache.StoredValue.Kind;
import dev.chasqui.pooledredis.PooledRedis;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What Redis keeps of a value of a column, beside what the database has, for {@link Cli}. */
final class KeyReport {
  private static final Pattern VALUE =
      Pattern.compile("V\\|(\\d+:\\d+:[\\d,]*)\\|([^|]+)\\|.*", Pattern.DOTALL);
  private static final Pattern HEAD = Pattern.compile("[RNIX]j,([^,]*),(\\d+),\\d+");
  private static final Pattern EMPTY =
      Pattern.compile("E\\|(?:([\\w-]+)@(\\d{1,18}))?\\|([>\\d,]*)(?:\\|(\\d+:\\d+:[\\d,]*))?");
  private static final Pattern FENCE = Pattern.compile("(>?)(\\d+)");
  private static final String IN_THE_FUTURE = "22023";
  private static final int SOME_ROWS = 20;

  /** What became of a transaction, whether all can see that, and whether all up to it have ended. */
  private static final String TRANSACTION = """
      select pg_xact_status(x), pg_visible_in_snapshot(x, pg_current_snapshot()),
        x < pg_snapshot_xmin(pg_current_snapshot())
      from (select cast(cast(? as text) as xid8) as x) fence""";

  private final CliOptions options;
  private final PooledRedis<String, byte[]> redis;
  private final NamespaceReport namespace;
  private final CliPage page;
  private final RedisTier tier;
  private final RowLoader loader;
  private final CliValue asked;
  private final Table table;

  KeyReport(
      CliOptions options,
      PooledRedis<String, byte[]> redis,
      NamespaceReport namespace,
      CliPage page) {
    this.options = options;
    this.redis = redis;
    this.namespace = namespace;
    this.page = page;
    this.tier = new RedisTier(redis, options.cache(), namespace.keys());
    this.loader = new JdbcRowLoader(options.database(), options.cache().loadTimeout());
    this.asked = CliValue.of(new Catalogue(options.database()), options.words().subList(1, 4));
    this.table = asked.table();
  }

  /**
   * What a key of Redis holds.
   *
   * @param more about {@code what}
   * @param value if clients with these columns can use it
   * @param problem why they cannot use what is there, which is no empty
   */
  private record Kept(
      String what,
      List<String> more,
      @Nullable StoredValue value,
      @Nullable String problem) {}

  /** Compares what is kept with the database; returns the exit code. */
  int look() throws SQLException {
    Map<Long, Kept> kept = new LinkedHashMap<>();
    for (long generation : namespace.generations()) {
      kept.put(generation, kept(key(generation, asked.column(), asked.text())));
    }
    List<Row> rows = loader.load(table, asked.column(), List.of(asked.text())).rows();
    namespace.printReaders();
    int code = Cli.OK;
    for (Map.Entry<Long, Kept> each : kept.entrySet()) {
      boolean differs = print(each.getKey(), each.getValue(), rows);
      code = differs ? Cli.DIFFERS : code;
    }
    if (kept.isEmpty()) {
      page.field("Database", count(rows));
      page.field("Verdict", "not in Redis");
    }
    return code;
  }

  /** Evicts it; returns the exit code. */
  int evict() throws SQLException {
    Map<Long, Kept> before = new LinkedHashMap<>();
    for (long generation : namespace.generations()) {
      before.put(generation, kept(key(generation, asked.column(), asked.text())));
    }
    // What nobody is told of, nobody reads here: the table need not be captured for this.
    PointCacheConfig config =
        options.cache().withForeignWriters(false).withMemoryTime(Duration.ZERO);
    if (!before.isEmpty()) {
      try (PointCache cache =
          PointCache.builder(config, redis, options.database()).start()) {
        cache.evict(cache.table(asked.definition(), row -> row), asked.column(), asked.value());
      }
    }
    for (Map.Entry<Long, Kept> each : before.entrySet()) {
      page.field("Key", key(each.getKey(), asked.column(), asked.text()));
      print("Was", each.getValue());
      print("Is", kept(key(each.getKey(), asked.column(), asked.text())));
      page.line();
    }
    page.field(
        "Verdict",
        before.isEmpty()
            ? "not in Redis, which has no generation of the namespace (SPEC 5.1)"
            : "evicted, and all processes that keep it in memory have been told"
                + (asked.isKey() ? "" : "; its rows are kept by their own keys, and still are"));
    return Cli.OK;
  }

  private String key(long generation, String column, String text) {
    return namespace.keys().beginning(generation, table, column) + Keys.value(text);
  }

  private Kept kept(String key) throws SQLException {
    byte[] bytes = redis.sync().get(key);
    if (bytes == null) {
      return new Kept("nothing", List.of(), null, null);
    }
    long life = redis.sync().pttl(key);
    String lives = life < 0
        ? ", without an end, which no client gives it"
        : ", for another " + CliPage.time(life);
    String text = new String(bytes, StandardCharsets.UTF_8);
    Matcher empty = EMPTY.matcher(text);
    if (empty.matches()) {
      return new Kept("no value" + lives, explain(empty), null, null);
    }
    Matcher parts = VALUE.matcher(text);
    if (!parts.matches()) {
      return new Kept(
          "what no client puts there" + lives,
          List.of(CliPage.cell(text, options.full())),
          null,
          "it is neither a value nor an empty (SPEC 2.8)");
    }
    String problem = problem(bytes, parts.group(2), asked.isKey());
    StoredValue value = problem == null ? StoredValue.read(bytes, table.fingerprint()) : null;
    Matcher head = HEAD.matcher(parts.group(2));
    String more = "of snapshot " + parts.group(1)
        + (head.matches()
            ? ", read in " + CliPage.time(Long.parseLong(head.group(2)))
                + (head.group(1).equals(table.fingerprint()) ? ", by the same" : ", by other")
                + " columns, fingerprint " + head.group(1)
            : "");
    return new Kept(
        (value == null ? "a value" : words(value)) + lives, List.of(more), value, problem);
  }

  /** Why clients cannot use a value; null if they can. */
  private @Nullable String problem(byte[] bytes, String head, boolean byKey) {
    String fingerprint = table.fingerprint();
    StoredValue value = StoredValue.read(bytes, fingerprint);
    if (value == null) {
      Matcher known = HEAD.matcher(head);
      return known.matches() && !known.group(1).equals(fingerprint)
          ? "its client knew other columns than there are now, whose fingerprint is " + fingerprint
              + " (SPEC 3.3)"
          : "its head " + CliPage.cell(head, false) + " is not of this version (SPEC 2.8)";
    }
    boolean ofRow = value.kind() == Kind.ROW || value.kind() == Kind.NO_ROW;
    List<@Nullable String> texts = value.payload();
    if (byKey != ofRow) {
      return "its kind is not of such keys (SPEC 2.4)";
    }
    boolean broken = texts == null
        || (value.kind() == Kind.ROW && texts.size() != table.columns().size())
        || (value.kind() == Kind.KEYS && texts.contains(null));
    return broken ? "its payload is not as it must be (SPEC 2.5)" : null;
  }

  private static List<@Nullable String> texts(StoredValue value) {
    return Objects.requireNonNullElse(value.payload(), List.of());
  }

  private static String words(StoredValue value) {
    return switch (value.kind()) {
      case ROW -> "a row";
      case NO_ROW -> "that there is no such row";
      case KEYS -> {
        int size = texts(value).size();
        yield size == 1 ? "one primary key" : size + " primary keys";
      }
      case TOO_MANY -> "that there are too many keys to keep";
    };
  }

  private List<String> explain(Matcher empty) throws SQLException {
    List<String> all = new ArrayList<>();
    if (empty.group(1) != null) {
      long left = Long.parseLong(empty.group(2)) - tier.timeMillis();
      all.add("lease of " + empty.group(1)
          + (left > 0
              ? ", for another " + CliPage.time(left)
              : ", over for " + CliPage.time(-left) + ": whoever asks gets it"));
    }
    if (!empty.group(3).isEmpty()) {
      try (Connection connection = options.database().getConnection();
          PreparedStatement statement = connection.prepareStatement(TRANSACTION)) {
        Matcher fences = FENCE.matcher(empty.group(3));
        while (fences.find()) {
          all.add(fence(statement, fences.group(2), !fences.group(1).isEmpty()));
        }
      }
    }
    if (empty.group(4) != null) {
      all.add("in place of a value of snapshot " + empty.group(4)
          + ": who fills must have seen what that had");
    }
    return all;
  }

  private static String fence(PreparedStatement statement, String id, boolean andAllBefore)
      throws SQLException {
    statement.setString(1, id);
    try (ResultSet found = statement.executeQuery()) {
      found.next();
      boolean passed = found.getBoolean(andAllBefore ? 3 : 2);
      String then = passed ? ": who reads now may fill" : ": nobody fills before the end";
      if (andAllBefore) {
        return "fence of all up to " + id + (passed ? ", ended" : ", some in progress") + then;
      }
      String status = found.getString(1);
      return "fence of " + id + ", "
          + switch (status == null ? "" : status) {
            case "in progress" -> "in progress";
            case "committed" -> "committed";
            case "aborted" -> "rolled back";
            default -> "ended long ago";
          }
          + then;
    } catch (SQLException e) {
      if (IN_THE_FUTURE.equals(e.getSQLState())) {
        return "fence of " + id
            + ", not begun by this database. Is it another's (SPEC A6)? Nobody fills";
      }
      throw e;
    }
  }

  private void print(String name, Kept kept) {
    page.field(name, kept.what);
    kept.more.forEach(line -> page.field("", line));
  }

  /** Whether it differs. */
  private boolean print(long generation, Kept kept, List<Row> rows) {
    boolean read = namespace.generations().get(0) == generation;
    page.line();
    page.field("Key", key(generation, asked.column(), asked.text()));
    if (namespace.generations().size() > 1) {
      page.field("", read ? "of the generation that readers use" : "of the other generation");
    }
    print("Redis", kept);
    StoredValue value = kept.value;
    if (value == null) {
      page.field("Database", count(rows));
      if (asked.isKey()) {
        rows.forEach(row -> printRow(row.texts(), row.texts()));
      }
      page.field(
          "Verdict",
          kept.problem == null
              ? "not in Redis"
              : "cannot be used: " + kept.problem + ". Readers ask the database, and replace it");
      return false;
    }
    return asked.isKey() ? printRow(value, rows) : printKeys(generation, value, rows);
  }

  private static String count(List<Row> rows) {
    return switch (rows.size()) {
      case 0 -> "no such row";
      case 1 -> "one row";
      default -> rows.size() + " rows";
    };
  }

  private boolean printRow(StoredValue value, List<Row> rows) {
    page.field("Database", count(rows));
    List<@Nullable String> kept = texts(value);
    boolean keptRow = value.kind() == Kind.ROW;
    List<String> differences = differences(value, rows);
    if (keptRow || !rows.isEmpty()) {
      List<@Nullable String> now = rows.isEmpty() ? kept : rows.get(0).texts();
      printRow(keptRow ? kept : now, now);
    }
    return printVerdict(
        differences.isEmpty()
            ? ""
            : keptRow && !rows.isEmpty()
                ? "in " + String.join(", ", differences)
                : rows.isEmpty() ? "which has no such row" : "which has such a row");
  }

  /** Names of columns, or of the whole row. */
  private List<String> differences(StoredValue value, List<Row> rows) {
    boolean keptRow = value.kind() == Kind.ROW;
    if (keptRow == rows.isEmpty()) {
      return List.of("all columns");
    }
    List<String> differences = new ArrayList<>();
    if (keptRow) {
      List<@Nullable String> texts = texts(value);
      for (int i = 0; i < texts.size(); i++) {
        if (!Objects.equals(texts.get(i), rows.get(0).texts().get(i))) {
          differences.add(table.columns().get(i).name());
        }
      }
    }
    return differences;
  }

  private void printRow(List<@Nullable String> kept, List<@Nullable String> now) {
    List<List<String>> lines = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      boolean differs = !Objects.equals(kept.get(i), now.get(i));
      boolean full =
          options.full() || differs; // else the difference may not be among what is shown
      lines.add(List.of(table.columns().get(i).name(), CliPage.cell(kept.get(i), full)));
      if (differs) {
        lines.add(List.of("", CliPage.cell(now.get(i), full) + "  <- in the database"));
      }
    }
    page.table(lines);
  }

  private boolean printVerdict(String difference) {
    page.field(
        "Verdict",
        difference.isEmpty()
            ? "the same as the database"
            : "differs from the database, " + difference + ". That is normal "
                + (options.captured()
                    ? "for as long as capture may be behind, 5 s by default: look again"
                    : "at the moment of a commit only: look again"));
    return !difference.isEmpty();
  }

  private boolean printKeys(long generation, StoredValue value, List<Row> rows) {
    page.field("Database", count(rows));
    if (value.kind() == Kind.TOO_MANY) {
      page.field("Verdict", "not kept: readers ask the database");
      return false;
    }
    Map<String, List<Row>> now = new LinkedHashMap<>();
    rows.forEach(row -> now.put(String.valueOf(row.text(table.key())), List.of(row)));
    Set<String> current = Set.copyOf(now.keySet());
    Set<String> kept = new LinkedHashSet<>();
    texts(value).forEach(text -> kept.add(String.valueOf(text)));
    Set<String> left = new LinkedHashSet<>(kept);
    left.removeAll(current);
    left.forEach(key -> now.put(key, List.of()));
    if (!left.isEmpty()) {
      loader
          .load(table, table.key(), List.copyOf(left))
          .rows()
          .forEach(row -> now.put(String.valueOf(row.text(table.key())), List.of(row)));
    }
    Map<String, byte[]> values = tier.get(
        now.keySet().stream().map(key -> key(generation, table.key(), key)).toList());
    List<List<String>> wrong = new ArrayList<>();
    List<List<String>> right = new ArrayList<>();
    now.forEach((key, row) -> {
      byte[] bytes = values.get(key(generation, table.key(), key));
      Checked checked = check(bytes, row);
      List<String> missing = kept.contains(key) ? List.of() : List.of("not among the keys");
      List<String> moved = current.contains(key)
          ? List.of()
          : List.of(row.isEmpty() ? "deleted since" : "has another " + asked.column() + " since");
      List<String> words = new ArrayList<>(missing);
      words.addAll(moved);
      words.add(checked.words);
      (missing.isEmpty() && !checked.differs ? right : wrong)
          .add(List.of(CliPage.cell(key, options.full()), String.join(", ", words)));
    });
    List<List<String>> lines = new ArrayList<>(wrong);
    lines.addAll(right);
    printSome(lines);
    if (!wrong.isEmpty()) {
      return printVerdict("for the " + table.key() + " "
          + some(wrong.stream().map(line -> line.get(0)).toList()));
    }
    if (left.isEmpty()) {
      return printVerdict("");
    }
    page.field(
        "Verdict",
        "the same as the database, but for keys of rows that have gone: readers notice that and ask"
            + " the database (SPEC 4.8)");
    return false;
  }

  private record Checked(String words, boolean differs) {}

  /** A row by its primary key. */
  private Checked check(byte @Nullable [] bytes, List<Row> now) {
    Matcher parts = VALUE.matcher(bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8));
    if (bytes == null || !parts.matches()) {
      return new Checked("row not in Redis", false);
    }
    StoredValue value = StoredValue.read(bytes, table.fingerprint());
    if (value == null || problem(bytes, parts.group(2), true) != null) {
      return new Checked("row cannot be used", false);
    }
    List<String> differences = differences(value, now);
    return differences.isEmpty()
        ? new Checked("row the same as in the database", false)
        : new Checked("row differs in " + String.join(", ", differences), true);
  }

  private void printSome(List<List<String>> lines) {
    if (lines.isEmpty()) {
      return;
    }
    if (options.full() || lines.size() <= SOME_ROWS) {
      page.table(lines);
      return;
    }
    List<List<String>> some = new ArrayList<>(lines.subList(0, SOME_ROWS));
    some.add(List.of("...", lines.size() - SOME_ROWS + " more (--full)"));
    page.table(some);
  }

  private String some(List<String> all) {
    return options.full() || all.size() <= SOME_ROWS
        ? String.join(", ", all)
        : String.join(", ", all.subList(0, SOME_ROWS)) + " and others";
  }
}
