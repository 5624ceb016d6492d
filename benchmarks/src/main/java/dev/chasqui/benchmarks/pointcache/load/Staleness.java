package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.pointcache.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How stale reads were. A read that began when a later version had been acknowledged to its writer is stale, by the time
 * since then. All writes have to be told first.
 */
final class Staleness {
  /** By key, by version: since when that version or a later has been acknowledged. */
  private final Map<Integer, TreeMap<Long, Long>> acknowledged = new HashMap<>();

  private final Duration memoryTime;
  private final Map<Source, Reads> reads = new EnumMap<>(Source.class);

  /**
   * Reads from one source.
   *
   * @param stale those that were stale at all
   * @param beyond those that were staler than is promised: by nothing, or by the memory's time if they came from there
   * @param stalest nanoseconds
   */
  record Reads(long count, long stale, long beyond, long stalest) {
    static final Reads NONE = new Reads(0, 0, 0, 0);

    Reads plus(Reads more) {
      return new Reads(
          count + more.count,
          stale + more.stale,
          beyond + more.beyond,
          Math.max(stalest, more.stalest));
    }
  }

  /** @param memoryTime how stale a read from memory may be */
  Staleness(Duration memoryTime) {
    this.memoryTime = memoryTime;
  }

  /** Of all that these files tell, which are of one run. */
  static Staleness of(Collection<Path> logs, Duration memoryTime) throws IOException {
    Staleness staleness = new Staleness(memoryTime);
    for (Path log : logs) {
      EventLog.visit(log, staleness.new Writes());
    }
    for (Path log : logs) {
      EventLog.visit(log, staleness.new Checks());
    }
    return staleness;
  }

  private final class Writes implements EventLog.Visitor {
    @Override
    public void read(int key, long version, Source source, long begin) {}

    @Override
    public void wrote(int key, long version, long nanos) {
      Staleness.this.wrote(key, version, nanos);
    }
  }

  private final class Checks implements EventLog.Visitor {
    @Override
    public void read(int key, long version, Source source, long begin) {
      Staleness.this.read(key, version, source, begin);
    }

    @Override
    public void wrote(int key, long version, long acknowledged) {}
  }

  /** Somebody's write had been acknowledged by then. */
  void wrote(int key, long version, long nanos) {
    TreeMap<Long, Long> versions = acknowledged.computeIfAbsent(key, none -> new TreeMap<>());
    Map.Entry<Long, Long> later = versions.higherEntry(version);
    long since = later == null || nanos - later.getValue() < 0 ? nanos : later.getValue();
    versions.put(version, since);
    for (Map.Entry<Long, Long> earlier = versions.lowerEntry(version);
        earlier != null && earlier.getValue() - since > 0;
        earlier = versions.lowerEntry(earlier.getKey())) {
      versions.put(earlier.getKey(), since);
    }
  }

  /** Somebody began to read then, and was shown that version. */
  void read(int key, long version, Source source, long begin) {
    TreeMap<Long, Long> versions = acknowledged.get(key);
    Map.Entry<Long, Long> later = versions == null ? null : versions.higherEntry(version);
    long stale = later == null ? 0 : Math.max(0, begin - later.getValue());
    long bound = source == Source.MEMORY ? memoryTime.toNanos() : 0;
    reads.merge(source, new Reads(1, stale > 0 ? 1 : 0, stale > bound ? 1 : 0, stale), Reads::plus);
  }

  Reads reads(Source source) {
    return reads.getOrDefault(source, Reads.NONE);
  }
}
