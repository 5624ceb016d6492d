package dev.chasqui.pointcache;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A key of Redis and the four steps, as SPEC.md's sections 2 to 6 say it and as slow as that: what the scripts are compared
 * with. Moments are stars; time passes when {@link #endLease} and {@link #end} say so.
 */
final class NaiveKey {
  /** Of a statement: which transactions it saw. */
  record Snapshot(long xmin, long xmax, Set<Long> running) {
    boolean hasSeen(long transaction) {
      return transaction < xmax && !running.contains(transaction);
    }

    boolean hasSeenAllUpTo(long last) {
      return LongStream.rangeClosed(0, last).allMatch(this::hasSeen);
    }

    boolean hasSeenAllOf(Snapshot other) {
      return LongStream.rangeClosed(0, Math.max(xmax, other.xmax))
          .filter(other::hasSeen)
          .allMatch(this::hasSeen);
    }

    @Override
    public String toString() {
      return xmin + ":" + xmax + ":"
          + running.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
  }

  private static final int MOST_FENCES = 16;

  private @Nullable String garbage;
  /** Of a value. */
  private @Nullable Snapshot snapshot;
  /** Of the value that was there before an empty. */
  private @Nullable Snapshot before;

  private String headAndPayload = "";
  /** Of an empty, which there always is in place of no key. */
  private String token = "";

  private boolean leaseIsOver;
  private boolean hasMark;
  private final List<Long> fences = new ArrayList<>();
  private long life;

  boolean isValue() {
    return snapshot != null;
  }

  private void clear() {
    garbage = null;
    snapshot = null;
    before = null;
    token = "";
    hasMark = false;
    fences.clear();
  }

  /** 4.2. */
  @Nullable
  String lease(String asking, long forMillis) {
    if (isValue()) {
      return kept();
    }
    if (!token.isEmpty() && !leaseIsOver) {
      return null;
    }
    garbage = null;
    token = asking;
    leaseIsOver = false;
    life = fences.isEmpty() ? forMillis : Math.max(life, forMillis);
    return "";
  }

  /** 4.4. */
  int fill(String asking, Snapshot read, String head, String payload, long forMillis) {
    if (garbage != null || isValue() || !token.equals(asking)) {
      return 0;
    }
    if (!hasSeenAllFences(read) || (before != null && !read.hasSeenAllOf(before))) {
      token = "";
      return -1;
    }
    store(read, head, payload, forMillis);
    return 1;
  }

  private boolean hasSeenAllFences(Snapshot read) {
    for (long fence : fences) {
      boolean marks = hasMark && fence == fences.get(0);
      if (!(marks ? read.hasSeenAllUpTo(fence) : read.hasSeen(fence))) {
        return false;
      }
    }
    return true;
  }

  private void store(Snapshot read, String head, String payload, long forMillis) {
    clear();
    snapshot = read;
    headAndPayload = head + ",*|" + payload;
    life = forMillis;
  }

  /** 4.7; moments tell whether the value that was seen is still there, and are not kept here. */
  int refresh(boolean stillThere, Snapshot read, String head, String payload, long forMillis) {
    Snapshot old = snapshot;
    if (old == null || !stillThere) {
      return 0;
    }
    if (!read.hasSeenAllOf(old)) {
      return -1;
    }
    store(read, head, payload, forMillis);
    return 1;
  }

  /** 6.1 and 6.5. */
  int fence(long transaction, long forMillis) {
    Snapshot seenBy = snapshot;
    if (seenBy != null && seenBy.hasSeen(transaction)) {
      return 0;
    }
    life = fences.isEmpty() ? forMillis : Math.max(life, forMillis);
    if (fences.contains(transaction) || (hasMark && transaction < fences.get(0))) {
      return 0;
    }
    List<Long> all = new ArrayList<>(fences);
    all.add(transaction);
    boolean marked = hasMark;
    Snapshot seenBefore = seenBy == null ? before : seenBy;
    clear();
    before = seenBefore;
    if (all.size() > MOST_FENCES) {
      hasMark = true;
      fences.add(new TreeSet<>(all).last());
    } else {
      hasMark = marked;
      fences.addAll(all);
    }
    return seenBy == null ? 1 : 2;
  }

  /** The deadline passes. */
  void endLease() {
    leaseIsOver = true;
  }

  /** The key's time is up, or somebody deleted it. */
  void end() {
    clear();
    life = 0;
  }

  /** Somebody writes something else. */
  void put(String text) {
    clear();
    garbage = text;
    life = 0;
  }

  /** How long the key may live, as of the last step that said so; 0 is for ever, or no key. */
  long life() {
    return life;
  }

  boolean isLeased() {
    return !token.isEmpty();
  }

  /** What Redis holds; empty is nothing. */
  String kept() {
    if (garbage != null) {
      return garbage;
    }
    if (isValue()) {
      return "V|" + snapshot + "|" + headAndPayload;
    }
    if (token.isEmpty() && fences.isEmpty()) {
      return "";
    }
    return "E|" + (token.isEmpty() ? "" : token + "@*") + "|" + (hasMark ? ">" : "")
        + fences.stream().map(String::valueOf).collect(Collectors.joining(","))
        + (before == null ? "" : "|" + before);
  }
}
