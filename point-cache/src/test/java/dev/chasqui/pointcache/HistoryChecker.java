package dev.chasqui.pointcache;

import dev.chasqui.pointcache.HistoryEvent.Fault;
import dev.chasqui.pointcache.HistoryEvent.Intent;
import dev.chasqui.pointcache.HistoryEvent.Item;
import dev.chasqui.pointcache.HistoryEvent.Outcome;
import dev.chasqui.pointcache.HistoryEvent.Read;
import dev.chasqui.pointcache.HistoryEvent.Surprise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says of a history which answers were wrong or too old, by SPEC §7, in O(n log n).
 *
 * <p>A row's versions rise in the order of its commits. So a read that began at <i>t</i> must give at least the largest
 * version that was visible before <i>t</i> less the bound, and one whose commit had begun before it ended. A version was
 * visible when its writer was told that it had committed, or a reader had got it, whichever was first: so those are
 * checked as well of which no writer knows what became of them.
 *
 * <p>An answer by another column must give each row that had the value in all versions that it may show, and none that had
 * not in the version it shows. It need not be of one moment. It says that it comes from the database if one row does,
 * although which rows there are may come from Redis; so it is never held to what a database would answer.
 *
 * <p>A standby may be behind, and may also show what the primary does not show yet. Hence that somebody got a version from
 * a standby, or from Redis where others fill from one, does not make it visible.
 */
final class HistoryChecker {
  private static final int MOST_WRONG = 20;

  /**
   * How stale an answer may be.
   *
   * @param fenced from Redis, of writers that fence; zero is P1, where processes see their own writes even out of memory
   * @param foreign from Redis, of all others
   * @param memory how much more from memory
   * @param standby from the database, of actors {@code standby-…}; zero if there are none
   */
  record Bounds(Duration fenced, Duration foreign, Duration memory, Duration standby) {}

  /** What was found. */
  record Verdict(List<String> wrong, Map<String, Integer> counts) {
    /** How many were counted whose name begins so. */
    int count(String beginning) {
      return counts.entrySet().stream()
          .filter(entry -> entry.getKey().startsWith(beginning))
          .mapToInt(Map.Entry::getValue)
          .sum();
    }
  }

  private static final class Version {
    private final Item item;
    private final Intent write;
    private long visibleAt = Long.MAX_VALUE; // since the first event
    private long committedAt = Long.MAX_VALUE;
    private boolean rolledBack;

    private Version(Item item, Intent write) {
      this.item = item;
      this.write = write;
    }
  }

  /** The largest version of all before a time. */
  private static final class Floor {
    private final long[] times;
    private final long[] largest;

    private Floor(List<long[]> versions) {
      versions.sort(Comparator.comparingLong(version -> version[0]));
      times = versions.stream().mapToLong(version -> version[0]).toArray();
      largest = versions.stream().mapToLong(version -> version[1]).toArray();
      Arrays.parallelPrefix(largest, Math::max);
    }

    private long before(long time) {
      int found = Arrays.binarySearch(times, time);
      int first = found < 0 ? -found - 1 : found;
      while (first > 0 && times[first - 1] == time) {
        first--;
      }
      return first == 0 ? 0 : largest[first - 1];
    }
  }

  /** One row. */
  private static final class History {
    private final NavigableMap<Long, Version> versions = new TreeMap<>();
    private Floor fenced = new Floor(new ArrayList<>());
    private Floor foreign = fenced;
    private final Map<String, Floor> own = new HashMap<>();

    private void close() {
      List<long[]> ofFenced = new ArrayList<>();
      List<long[]> ofForeign = new ArrayList<>();
      Map<String, List<long[]>> ofActors = new HashMap<>();
      versions.forEach((number, version) -> {
        (version.write.fenced() ? ofFenced : ofForeign).add(new long[] {version.visibleAt, number});
        if (version.write.fenced()) {
          ofActors
              .computeIfAbsent(version.write.actor(), actor -> new ArrayList<>())
              .add(new long[] {version.committedAt, number});
        }
      });
      fenced = new Floor(ofFenced);
      foreign = new Floor(ofForeign);
      ofActors.forEach((actor, list) -> own.put(actor, new Floor(list)));
    }
  }

  private final Bounds bounds;
  private final long start;
  private final Map<Long, History> rows = new TreeMap<>();
  private final Map<String, List<Version>> byWrite = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final Map<String, Integer> counts = new TreeMap<>();

  private HistoryChecker(Bounds bounds, long start) {
    this.bounds = bounds;
    this.start = start;
  }

  /** Checks a history: the events in any order, and those of the rows' first versions among them. */
  static Verdict check(List<HistoryEvent> events, Bounds bounds) {
    long start = 0; // nanoTime may be anything
    for (HistoryEvent event : events) {
      if (event instanceof Intent intent) {
        start = intent.at();
        break;
      }
    }
    HistoryChecker checker = new HistoryChecker(bounds, start);
    checker.takeWrites(events);
    events.forEach(checker::take);
    checker.rows.values().forEach(History::close);
    for (HistoryEvent event : events) {
      if (event instanceof Read read) {
        checker.check(read);
      }
    }
    return new Verdict(checker.wrong, checker.counts);
  }

  private void takeWrites(List<HistoryEvent> events) {
    for (HistoryEvent event : events) {
      if (event instanceof Intent intent) {
        List<Version> versions = new ArrayList<>();
        for (Item item : intent.items()) {
          Version version = new Version(item, intent);
          versions.add(version);
          if (row(item.key()).versions.put(item.version(), version) != null) {
            wrong("written twice", item.toString());
          }
        }
        byWrite.put(intent.actor() + " " + intent.number(), versions);
      }
    }
  }

  private History row(long key) {
    return rows.computeIfAbsent(key, same -> new History());
  }

  private void take(HistoryEvent event) {
    if (event instanceof Outcome outcome) {
      for (Version version :
          byWrite.getOrDefault(outcome.actor() + " " + outcome.number(), List.of())) {
        if (outcome.committed()) {
          version.committedAt = outcome.at() - start;
          version.visibleAt = Math.min(version.visibleAt, version.committedAt);
          count("write, " + (version.write.fenced() ? "fenced" : "foreign") + ", committed, "
              + kind(outcome.actor()));
        } else {
          version.rolledBack = true;
          count("write, rolled back");
        }
      }
    } else if (event instanceof Read read && isOfThePrimary(read)) {
      for (Item item : read.items()) {
        Version version = row(item.key()).versions.get(item.version());
        if (version != null) {
          version.visibleAt = Math.min(version.visibleAt, read.to() - start);
        }
      }
    } else if (event instanceof Fault fault) {
      count("fault, " + fault.what());
    } else if (event instanceof Surprise surprise) {
      wrong("surprise", surprise.what());
    }
  }

  private void check(Read read) {
    count("read by " + read.column() + ", " + read.source() + ", " + kind(read.actor()));
    Set<Long> given = new HashSet<>();
    for (Item item : read.items()) {
      if (!given.add(item.key())) {
        wrong("a row twice", read.toString());
      }
      String problem = problem(read, item);
      if (problem != null) {
        wrong(problem, read.toString());
      }
    }
    if (read.column().equals("id")) {
      long key = Long.parseLong(read.value());
      if (given.isEmpty()) {
        checkLacks(read, key, item -> !item.isThere());
      }
    } else {
      rows.keySet().stream()
          .filter(key -> !given.contains(key))
          .forEach(key -> checkLacks(
              read,
              key,
              item -> !item.isThere() || !item.text(read.column()).equals(read.value())));
    }
  }

  private @Nullable String problem(Read read, Item item) {
    History row = row(item.key());
    Version version = row.versions.get(item.version());
    if (version == null || !version.item.equals(item)) {
      return "never written: " + item;
    }
    if (!item.text(read.column()).equals(read.value())) {
      return "not what was asked for: " + item;
    }
    if (version.rolledBack) {
      return "rolled back: " + item;
    }
    if (version.write.at() - read.to() >= 0) {
      return "read before it was written: " + item;
    }
    long least = floor(row, read);
    return item.version() < least ? "too old, must be at least " + least + ": " + item : null;
  }

  /** That this row is not among the answers. */
  private void checkLacks(Read read, long key, Predicate<Item> lacking) {
    History row = row(key);
    long least = floor(row, read);
    if (least == 0) {
      return;
    }
    // Not as a stream: that would count the rest of the map first.
    for (Version version : row.versions.tailMap(least, true).values()) {
      if (!version.rolledBack && version.write.at() - read.to() < 0 && lacking.test(version.item)) {
        return;
      }
    }
    wrong("lacks row " + key + " of version " + least + " or later", read.toString());
  }

  private long floor(History row, Read read) {
    long from = read.from() - start;
    boolean byKey = read.column().equals("id");
    boolean fromDatabase = read.source() == Source.DATABASE;
    // Of several rows some may come from the database if one comes from memory.
    boolean mayLag = fromDatabase || (read.source() == Source.MEMORY && !byKey);
    long lag = mayLag && isStandby(read.actor()) ? bounds.standby.toNanos() : 0;
    if (fromDatabase && byKey) {
      return Math.max(row.fenced.before(from - lag), row.foreign.before(from - lag));
    }
    long more = read.source() == Source.MEMORY ? bounds.memory.toNanos() : 0;
    long least = Math.max(
        row.fenced.before(from - Math.max(lag, bounds.fenced.toNanos()) - more),
        row.foreign.before(from - Math.max(lag, bounds.foreign.toNanos()) - more));
    if (lag > 0) {
      return least;
    }
    Floor own = row.own.get(read.actor());
    return bounds.fenced.isZero() && own != null ? Math.max(least, own.before(from)) : least;
  }

  private boolean isOfThePrimary(Read read) {
    return bounds.standby.isZero()
        || (read.source() == Source.DATABASE
            && read.column().equals("id")
            && !isStandby(read.actor()));
  }

  private static boolean isStandby(String actor) {
    return actor.startsWith("standby-");
  }

  /** Of an actor {@code java-7}: what comes before its number. */
  private static String kind(String actor) {
    int end = actor.lastIndexOf('-');
    return end < 0 ? actor : actor.substring(0, end);
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private void wrong(String why, String what) {
    count("wrong");
    if (wrong.size() < MOST_WRONG) {
      wrong.add(why + ": " + what);
    }
  }
}
