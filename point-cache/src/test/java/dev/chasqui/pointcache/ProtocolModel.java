package dev.chasqui.pointcache;

import dev.chasqui.pointcache.ProtocolFields.Field;
import dev.chasqui.pointcache.ProtocolFields.OneOf;
import dev.chasqui.pointcache.ProtocolStates.Start;
import dev.chasqui.pointcache.ProtocolStates.Step;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One key of the cache, two transactions that change what it stands for, some readers, and change capture: all that may
 * happen in a state under the rules and faults given.
 *
 * <p>The database commits in two steps, as PostgreSQL does: the commit is in the log, where capture and standbys may meet
 * it, before new snapshots see what it wrote. Versions are numbered: 0 is what was there before, 1 is what W1 writes, 2 what
 * W2 writes, and 3, of rows, what both do. A snapshot is the set of transactions that it sees as finished, whether committed
 * or rolled back.
 */
final class ProtocolModel implements ProtocolStates.Moves {
  /** What the key stands for. */
  enum Subject {
    /** One row, by its primary key: who writes it waits for whoever wrote it before. */
    ROW,
    /** The rows with a value of a column: two transactions may put one there each. */
    ROWS
  }

  /** What goes wrong, besides roll-backs and leases that run out, which are always possible. */
  enum Environment {
    NO_FAULT,
    /** Either writer may vanish between any two of its steps. */
    WRITER_CRASH,
    /** Either writer may know nothing of the cache. */
    FOREIGN_WRITER,
    /** Readers read the primary or a standby that lags. */
    REPLICA_READS,
    /** The key may vanish at any time. */
    KEY_EVICTED,
    /** Fences may run out before all snapshots see their transactions. */
    FENCE_OUT_EARLY,
    /** Standbys lag, or show commits that the primary does not show yet, as it waits for another standby. */
    STANDBY_AHEAD,
    ALL_AT_ONCE;

    boolean has(Environment fault) {
      return this == fault || this == ALL_AT_ONCE;
    }

    private boolean readsStandby() {
      return has(REPLICA_READS) || has(STANDBY_AHEAD);
    }
  }

  /** What a protocol consists of. Numbers are those of SPEC.md. */
  enum Rule {
    DELETE_BEFORE_COMMIT,
    DELETE_AFTER_COMMIT,
    SET_AFTER_COMMIT,
    CAPTURE_DELETES,

    /** 4.2: who misses asks for a lease, and only what is empty is filled. */
    LEASES,
    /** 4.2: a lease is over at its deadline. */
    LEASES_RUN_OUT,
    /** 4.3: the database is read after the lease was given. */
    LEASE_BEFORE_READ,
    /** 4.4: who fills must show the token of the lease that is in force. */
    TOKEN_TO_FILL,
    /** 2.6: no token is used twice. */
    TOKENS_DIFFER,
    /** 4.9: who reads within a transaction that writes fills nothing. */
    NO_FILL_OF_OWN_WRITES,

    /** 6.2: writers fence before they commit. */
    WRITERS_FENCE,
    /** 6.3: capture fences what it meets in the log. */
    CAPTURE_FENCES,
    /** 6.3: and does so again. */
    CAPTURE_FENCES_AGAIN,
    /** 6.3: later, when all that is read shows the transaction. */
    CAPTURE_WAITS,
    /** 4.4: who fills must show a snapshot that has seen all transactions that fenced. */
    SNAPSHOT_HAS_SEEN_FENCES,
    /** 2.7: a fence leaves those of other transactions in place. */
    FENCES_ADD_UP,
    /** 2.6: what replaces a value remembers what that had seen, and who fills must have seen it too. */
    EMPTIES_REMEMBER,
    /** 6.1: a fence leaves a value that has seen its transaction. */
    ECHO_KEEPS_VALUE,
    /** 6.1: a transaction that fences again leaves the lease. */
    ECHO_KEEPS_LEASE,
    /** 6.1: any other fence ends the lease. */
    FENCE_ENDS_LEASE,

    /** A2: a value lives until the primary and each standby show all that its snapshot has seen. */
    VALUES_OUTLAST_LAG,

    /** 4.7: who meets a value may read the database and replace it. */
    REFRESH,
    /** 4.7: if that value is still there. */
    REFRESH_COMPARES,
    /** 4.7: if the new snapshot has seen all that the value's has. */
    REFRESH_HAS_SEEN_AS_MUCH,

    /** 6.6: a writer that has fenced may take the lease, read what it wrote, and fill. */
    WRITERS_FILL,
    /** 6.6: once its commit is acknowledged, and so visible. */
    WRITERS_FILL_AFTER_COMMIT
  }

  private enum Key {
    ABSENT,
    VALUE,
    EMPTY
  }

  /** What comes next. */
  private enum Writing {
    BEGIN,
    BEFORE_COMMIT,
    LEASE,
    COMMIT,
    AFTER_COMMIT,
    DONE
  }

  private enum Fate {
    NONE,
    ACTIVE,
    LOGGED,
    VISIBLE,
    ROLLED_BACK
  }

  /** What comes next. */
  private enum Reading {
    LOOK,
    READ,
    LEASE_LATE,
    FILL,
    READ_AGAIN,
    REFRESH,
    DONE
  }

  /** @param seen what the snapshot had seen, and the writer itself, if it read what it wrote; else 0 */
  private record Writer(
      String name,
      int version,
      int bit,
      int token,
      OneOf<Writing> next,
      OneOf<Fate> fate,
      Field passes,
      Field seen) {}

  /** What was read from the database, and before that the value that was met in the cache. */
  private record Reader(
      String name,
      int number,
      int token,
      OneOf<Reading> next,
      Field version,
      Field seen,
      Field metVersion,
      Field metSeen) {}

  private static final int NO_LEASE = 0;
  /** After those of readers. */
  private static final int WRITERS_TOKENS = 2;

  private final Subject subject;
  private final Set<Rule> rules;
  private final Environment environment;
  private final boolean captures;
  private final int passes;

  private final ProtocolFields fields = new ProtocolFields();
  private final Field version = fields.bits(2);
  private final Field seen = fields.bits(2);
  private final Field replicaVersion = fields.bits(2);
  private final Field replicaSeen = fields.bits(2);
  private final OneOf<Key> key = fields.oneOf(Key.class);
  private final Field valueVersion = fields.bits(3);
  private final Field valueSeen = fields.bits(2);
  private final Field lease =
      valueVersion; // nothing has a lease and a version, or fences and a snapshot
  private final Field fences = valueSeen;
  private final Field seenBefore = fields.bits(2); // what the value had seen that an empty replaced
  private final List<Writer> writers;
  private final List<Reader> readers;

  ProtocolModel(Subject subject, Set<Rule> rules, Environment environment, int readers) {
    this.subject = subject;
    this.rules = EnumSet.copyOf(rules);
    this.environment = environment;
    this.captures = rules.contains(Rule.CAPTURE_DELETES) || rules.contains(Rule.CAPTURE_FENCES);
    this.passes = rules.contains(Rule.CAPTURE_FENCES_AGAIN) ? 2 : 1;
    this.writers = IntStream.of(1, 2).mapToObj(this::writer).toList();
    this.readers = IntStream.rangeClosed(1, readers).mapToObj(this::reader).toList();
  }

  private Writer writer(int number) {
    return new Writer(
        "W" + number,
        number,
        1 << (number - 1),
        rules.contains(Rule.TOKENS_DIFFER) ? WRITERS_TOKENS + number : 1,
        fields.oneOf(Writing.class),
        fields.oneOf(Fate.class),
        fields.bits(2),
        fields.bits(2));
  }

  private Reader reader(int number) {
    return new Reader(
        "R" + number,
        number,
        rules.contains(Rule.TOKENS_DIFFER) ? number : 1,
        fields.oneOf(Reading.class),
        fields.bits(2),
        fields.bits(2),
        fields.bits(2),
        fields.bits(2));
  }

  ProtocolStates reached() {
    return ProtocolStates.reachedBy(
        this, new Start("the key is absent", 0), new Start("it is cached", key.with(0, Key.VALUE)));
  }

  /** Whether a hit differs from what a new snapshot of the primary shows, or will show as a standby does already. */
  boolean isStale(long state) {
    if (key.of(state) != Key.VALUE) {
      return false;
    }
    int hit = valueVersion.of(state);
    if (hit == version.of(state)) {
      return false;
    }
    int logged = environment.has(Environment.STANDBY_AHEAD) ? bits(state, Fate.LOGGED) : 0;
    for (int ahead = 1; ahead <= 3; ahead++) {
      if (isSubset(ahead, logged) && hit == written(version.of(state), ahead)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSubset(int some, int all) {
    return (some & ~all) == 0;
  }

  /** What there is when these have written as well. Of one row they never are two. */
  private int written(int base, int writersBits) {
    return switch (subject) {
      case ROW -> writersBits == 0 ? base : writersBits;
      case ROWS -> base | writersBits;
    };
  }

  /** Of the writers whose fate is that. */
  private int bits(long state, Fate fate) {
    int bits = 0;
    for (Writer writer : writers) {
      if (writer.fate.of(state) == fate) {
        bits |= writer.bit;
      }
    }
    return bits;
  }

  /** Whether a hit would be stale with nobody left who would do anything about it. */
  boolean staysStale(long state) {
    return isStale(state) && haveAllFinished(state);
  }

  /** Whether a lease is in the way of all others. */
  boolean isLeased(long state) {
    return key.of(state) == Key.EMPTY && lease.of(state) != NO_LEASE;
  }

  /** Whether capture drops what it tells of. */
  boolean dropsWhatItTellsOf(long before, long after) {
    return key.of(before) == Key.VALUE
        && key.of(after) != Key.VALUE
        && writers.stream()
            .anyMatch(writer ->
                isCaptured(writer, before, after) && valueVersion.of(before) == writer.version);
  }

  /** Whether capture ends the lease of a key that its transaction had fenced. */
  boolean endsLeaseOnceMore(long before, long after) {
    return isLeased(before)
        && !isLeased(after)
        && writers.stream()
            .anyMatch(writer ->
                isCaptured(writer, before, after) && (fences.of(before) & writer.bit) != 0);
  }

  /** Whether a reader that had only to fill may no longer, and yet keeps others from the lease. */
  boolean leavesLeaseInVain(long before, long after) {
    return isLeased(after)
        && readers.stream()
            .anyMatch(reader -> reader.next.of(after) == Reading.FILL
                && lease.of(after) == reader.token
                && mayFill(before, reader)
                && !mayFill(after, reader));
  }

  private static boolean isCaptured(Writer writer, long before, long after) {
    return writer.passes.of(after) > writer.passes.of(before);
  }

  private boolean haveAllFinished(long state) {
    for (Writer writer : writers) {
      Fate fate = writer.fate.of(state);
      if (writer.next.of(state) != Writing.DONE
          || fate == Fate.LOGGED
          || (captures && fate == Fate.VISIBLE && writer.passes.of(state) < passes)) {
        return false;
      }
    }
    for (Reader reader : readers) {
      if (reader.next.of(state) != Reading.DONE) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void from(long state, Step step) {
    for (Writer writer : writers) {
      write(state, writer, step);
      becomeVisible(state, writer, step);
      crash(state, writer, step);
      capture(state, writer, step);
    }
    replicate(state, step);
    for (Reader reader : readers) {
      read(state, reader, step);
    }
    runOut(state, step);
  }

  private void write(long state, Writer writer, Step step) {
    switch (writer.next.of(state)) {
      case BEGIN -> {
        if (!isRowLocked(state) && hasOtherBegun(state, writer)) {
          long begun = writer.fate.with(state, Fate.ACTIVE);
          step.to(writer.next.with(begun, Writing.BEFORE_COMMIT), writer.name, " begins");
        }
      }
      case BEFORE_COMMIT -> {
        long ready = writer.next.with(state, Writing.COMMIT);
        if (rules.contains(Rule.WRITERS_FENCE)) {
          step.to(fenced(ready, writer), writer.name, " fences");
          if (rules.contains(Rule.WRITERS_FILL)) {
            step.to(
                fenced(writer.next.with(state, Writing.LEASE), writer),
                writer.name,
                " fences, and will fill");
          }
        } else if (rules.contains(Rule.DELETE_BEFORE_COMMIT)) {
          step.to(deleted(ready), writer.name, " deletes the key");
        } else {
          step.to(ready, writer.name, " is ready to commit");
        }
        if (environment.has(Environment.FOREIGN_WRITER)) {
          step.to(ready, writer.name, ", being foreign, is ready to commit");
        }
      }
      case LEASE -> {
        long ready = writer.next.with(state, Writing.COMMIT);
        if (mayLease(state)) {
          ready = leased(ready, writer.token);
          step.to(
              writer.seen.with(ready, seen.of(state) | writer.bit),
              writer.name,
              " takes the lease and reads what it wrote");
        } else {
          step.to(ready, writer.name, " gets no lease");
        }
      }
      case COMMIT -> {
        if (!rules.contains(Rule.WRITERS_FILL_AFTER_COMMIT)) {
          fill(state, state, writer, step);
        }
        long logged = writer.fate.with(state, Fate.LOGGED);
        step.to(
            writer.next.with(logged, Writing.AFTER_COMMIT), writer.name, "'s commit is in the log");
        step.to(rolledBack(state, writer), writer.name, " rolls back");
      }
      case AFTER_COMMIT -> {
        if (writer.fate.of(state) == Fate.VISIBLE) {
          long done = writer.next.with(state, Writing.DONE);
          if (rules.contains(Rule.SET_AFTER_COMMIT)) {
            step.to(valueOf(done, writer.version, 0), writer.name, " sets the key");
          } else if (rules.contains(Rule.DELETE_AFTER_COMMIT)) {
            step.to(deleted(done), writer.name, " deletes the key");
          } else {
            step.to(writer.seen.with(done, 0), writer.name, " ends");
            fill(state, done, writer, step);
          }
          if (environment.has(Environment.FOREIGN_WRITER)) {
            step.to(done, writer.name, ", being foreign, ends");
          }
        }
      }
      case DONE -> {}
    }
  }

  private void fill(long state, long after, Writer writer, Step step) {
    int snapshot = writer.seen.of(state);
    if (snapshot != 0 && mayFill(state, writer.token, snapshot)) {
      int wrote =
          subject == Subject.ROW ? writer.version : snapshot & ~bits(state, Fate.ROLLED_BACK);
      step.to(
          valueOf(writer.seen.with(after, 0), wrote, snapshot),
          writer.name,
          " fills with what it wrote");
    }
  }

  /** W1 is who begins first: it would be no other story if it were W2. */
  private boolean hasOtherBegun(long state, Writer writer) {
    return writer.version == 1 || writers.get(0).next.of(state) != Writing.BEGIN;
  }

  private boolean isRowLocked(long state) {
    if (subject != Subject.ROW) {
      return false;
    }
    for (Writer writer : writers) {
      Fate fate = writer.fate.of(state);
      if (fate == Fate.ACTIVE || fate == Fate.LOGGED) {
        return true;
      }
    }
    return false;
  }

  private long rolledBack(long state, Writer writer) {
    long rolledBack = writer.fate.with(state, Fate.ROLLED_BACK);
    rolledBack = seen.with(rolledBack, seen.of(state) | writer.bit);
    rolledBack = writer.seen.with(rolledBack, 0);
    return writer.next.with(rolledBack, Writing.DONE);
  }

  private void becomeVisible(long state, Writer writer, Step step) {
    if (writer.fate.of(state) == Fate.LOGGED) {
      long visible = writer.fate.with(state, Fate.VISIBLE);
      visible = seen.with(visible, seen.of(state) | writer.bit);
      visible = version.with(visible, written(version.of(state), writer.bit));
      step.to(visible, writer.name, "'s commit becomes visible");
    }
  }

  private void crash(long state, Writer writer, Step step) {
    Writing next = writer.next.of(state);
    if (environment.has(Environment.WRITER_CRASH)
        && next != Writing.BEGIN
        && next != Writing.DONE) {
      boolean active = writer.fate.of(state) == Fate.ACTIVE;
      step.to(
          active
              ? rolledBack(state, writer)
              : writer.seen.with(writer.next.with(state, Writing.DONE), 0),
          writer.name,
          " crashes");
    }
  }

  private void capture(long state, Writer writer, Step step) {
    Fate fate = writer.fate.of(state);
    int before = writer.passes.of(state);
    if (!captures || before == passes || (fate != Fate.LOGGED && fate != Fate.VISIBLE)) {
      return;
    }
    if (before == 0
        || !rules.contains(Rule.CAPTURE_WAITS)
        || (seenEverywhere(state) & writer.bit) != 0) {
      long met = writer.passes.with(state, before + 1);
      if (rules.contains(Rule.CAPTURE_FENCES)) {
        step.to(
            fenced(met, writer),
            before == 0 ? "capture fences " : "capture fences again ",
            writer.name);
      } else {
        step.to(deleted(met), "capture deletes the key after ", writer.name);
      }
    }
  }

  private void replicate(long state, Step step) {
    if (!environment.readsStandby()) {
      return;
    }
    int logged = bits(state, Fate.LOGGED);
    for (int ahead = 0; ahead <= 3; ahead++) {
      boolean may =
          ahead == 0 || (environment.has(Environment.STANDBY_AHEAD) && isSubset(ahead, logged));
      if (may && isSubset(replicaSeen.of(state) & logged, ahead)) {
        long caughtUp = replicaVersion.with(state, written(version.of(state), ahead));
        caughtUp = replicaSeen.with(caughtUp, seen.of(state) | ahead);
        if (caughtUp != state) {
          step.to(caughtUp, "the standby", ahead == 0 ? " catches up" : " runs ahead");
        }
      }
    }
  }

  /** The transactions that whatever is read shows as finished. */
  private int seenEverywhere(long state) {
    return environment.readsStandby() ? seen.of(state) & replicaSeen.of(state) : seen.of(state);
  }

  private void read(long state, Reader reader, Step step) {
    switch (reader.next.of(state)) {
      case LOOK -> {
        if (hasEarlierLooked(state, reader)) {
          look(state, reader, step);
        }
      }
      case READ -> {
        Reading next = rules.contains(Rule.LEASES) && !rules.contains(Rule.LEASE_BEFORE_READ)
            ? Reading.LEASE_LATE
            : Reading.FILL;
        readDatabase(state, reader, next, step);
      }
      case LEASE_LATE -> {
        if (mayLease(state)) {
          long leased = leased(state, reader.token);
          step.to(reader.next.with(leased, Reading.FILL), reader.name, " takes the lease");
        } else {
          step.to(done(state, reader), reader.name, " gets no lease");
        }
      }
      case FILL -> {
        long done = done(state, reader);
        if (mayFill(state, reader)) {
          int row = reader.version.of(state);
          step.to(valueOf(done, row, reader.seen.of(state)), reader.name, " fills");
        } else {
          step.to(done, reader.name, " is refused to fill");
        }
      }
      case READ_AGAIN -> readDatabase(state, reader, Reading.REFRESH, step);
      case REFRESH -> {
        long done = done(state, reader);
        if (mayRefresh(state, reader)) {
          int row = reader.version.of(state);
          step.to(valueOf(done, row, reader.seen.of(state)), reader.name, " refreshes");
        } else {
          step.to(done, reader.name, " is refused to refresh");
        }
      }
      case DONE -> {}
    }
  }

  /** R1 is who looks first, and so on. */
  private boolean hasEarlierLooked(long state, Reader reader) {
    return reader.number == 1 || readers.get(reader.number - 2).next.of(state) != Reading.LOOK;
  }

  private void look(long state, Reader reader, Step step) {
    if (key.of(state) == Key.VALUE) {
      step.to(done(state, reader), reader.name, " hits");
      if (rules.contains(Rule.REFRESH)) {
        long met = reader.metVersion.with(state, valueVersion.of(state));
        met = reader.metSeen.with(met, valueSeen.of(state));
        step.to(reader.next.with(met, Reading.READ_AGAIN), reader.name, " hits, and will refresh");
      }
    } else if (!rules.contains(Rule.LEASES) || !rules.contains(Rule.LEASE_BEFORE_READ)) {
      step.to(reader.next.with(state, Reading.READ), reader.name, " misses");
    } else if (mayLease(state)) {
      long leased = leased(state, reader.token);
      step.to(reader.next.with(leased, Reading.READ), reader.name, " misses and takes the lease");
    } else if (rules.contains(Rule.TOKEN_TO_FILL)) {
      step.to(done(state, reader), reader.name, " misses and gets no lease");
    } else {
      step.to(reader.next.with(state, Reading.READ), reader.name, " misses and gets no lease");
    }
  }

  private void readDatabase(long state, Reader reader, Reading next, Step step) {
    step.to(
        read(state, reader, version.of(state), seen.of(state), next),
        reader.name,
        " reads the database");
    if (environment.readsStandby()) {
      step.to(
          read(state, reader, replicaVersion.of(state), replicaSeen.of(state), next),
          reader.name,
          " reads the standby");
    }
    for (Writer writer : writers) {
      if (writer.fate.of(state) == Fate.ACTIVE) {
        if (rules.contains(Rule.NO_FILL_OF_OWN_WRITES)) {
          step.to(done(state, reader), reader.name, " reads within a transaction that writes");
        } else { // what a transaction wrote looks committed to itself
          step.to(
              read(
                  state,
                  reader,
                  written(version.of(state), writer.bit),
                  seen.of(state) | writer.bit,
                  next),
              reader.name,
              " reads within the transaction of " + writer.name);
        }
      }
    }
  }

  private static long read(long state, Reader reader, int version, int snapshot, Reading next) {
    long read = reader.version.with(state, version);
    return reader.next.with(reader.seen.with(read, snapshot), next);
  }

  private static long done(long state, Reader reader) {
    long done = reader.next.with(state, Reading.DONE);
    done = reader.version.with(done, 0);
    done = reader.seen.with(done, 0);
    done = reader.metVersion.with(done, 0);
    return reader.metSeen.with(done, 0);
  }

  private boolean mayLease(long state) {
    return key.of(state) != Key.VALUE && !isLeased(state);
  }

  private boolean mayFill(long state, Reader reader) {
    return mayFill(state, reader.token, reader.seen.of(state));
  }

  private boolean mayFill(long state, int token, int snapshot) {
    if (!rules.contains(Rule.LEASES)) {
      return true;
    }
    if (key.of(state) != Key.EMPTY
        || (rules.contains(Rule.TOKEN_TO_FILL) && lease.of(state) != token)) {
      return false;
    }
    return !rules.contains(Rule.SNAPSHOT_HAS_SEEN_FENCES)
        || hasSeen(snapshot, fences.of(state) | seenBefore.of(state));
  }

  private boolean mayRefresh(long state, Reader reader) {
    if (key.of(state) != Key.VALUE) {
      return false;
    }
    if (rules.contains(Rule.REFRESH_COMPARES)
        && (valueVersion.of(state) != reader.metVersion.of(state)
            || valueSeen.of(state) != reader.metSeen.of(state))) {
      return false;
    }
    return !rules.contains(Rule.REFRESH_HAS_SEEN_AS_MUCH)
        || hasSeen(reader.seen.of(state), reader.metSeen.of(state));
  }

  private static boolean hasSeen(int snapshot, int transactions) {
    return (transactions & ~snapshot) == 0;
  }

  private void runOut(long state, Step step) {
    if (isLeased(state) && rules.contains(Rule.LEASES_RUN_OUT)) {
      long free = lease.with(state, NO_LEASE);
      step.to(fences.of(state) == 0 ? deleted(state) : free, "the lease", " runs out");
    }
    if (key.of(state) == Key.EMPTY
        && fences.of(state) != 0
        && (environment.has(Environment.FENCE_OUT_EARLY)
            || hasSeen(seenEverywhere(state), fences.of(state) | seenBefore.of(state)))) {
      step.to(deleted(state), "the fences", " run out");
    }
    if (key.of(state) == Key.VALUE
        && (!rules.contains(Rule.VALUES_OUTLAST_LAG)
            || hasSeen(seenEverywhere(state), valueSeen.of(state)))) {
      step.to(deleted(state), "the value", " runs out");
    }
    if (key.of(state) != Key.ABSENT && environment.has(Environment.KEY_EVICTED)) {
      step.to(deleted(state), "the key", " is evicted");
    }
  }

  private long deleted(long state) {
    return keyOf(state, Key.ABSENT, 0, 0, 0);
  }

  private long valueOf(long state, int ofVersion, int snapshot) {
    return keyOf(state, Key.VALUE, ofVersion, fencesAtAll() ? snapshot : 0, 0);
  }

  private boolean fencesAtAll() {
    return rules.contains(Rule.WRITERS_FENCE) || rules.contains(Rule.CAPTURE_FENCES);
  }

  private long leased(long state, int token) {
    boolean isEmpty = key.of(state) == Key.EMPTY;
    return keyOf(state, Key.EMPTY, token, isEmpty ? fences.of(state) : 0, seenBefore.of(state));
  }

  private long fenced(long state, Writer writer) {
    Key was = key.of(state);
    if (was == Key.VALUE
        && (valueSeen.of(state) & writer.bit) != 0
        && rules.contains(Rule.ECHO_KEEPS_VALUE)) {
      return state;
    }
    boolean known = was == Key.EMPTY && (fences.of(state) & writer.bit) != 0;
    boolean leaseStays = was == Key.EMPTY
        && (known ? rules.contains(Rule.ECHO_KEEPS_LEASE) : !rules.contains(Rule.FENCE_ENDS_LEASE));
    int others =
        was == Key.EMPTY && (known || rules.contains(Rule.FENCES_ADD_UP)) ? fences.of(state) : 0;
    boolean remembers = was == Key.VALUE && rules.contains(Rule.EMPTIES_REMEMBER);
    return keyOf(
        state,
        Key.EMPTY,
        leaseStays ? lease.of(state) : NO_LEASE,
        others | writer.bit,
        remembers ? valueSeen.of(state) : seenBefore.of(state));
  }

  private long keyOf(long state, Key what, int versionOrLease, int snapshotOrFences, int before) {
    long changed = key.with(state, what);
    changed = valueVersion.with(changed, versionOrLease);
    changed = valueSeen.with(changed, snapshotOrFences);
    return seenBefore.with(changed, before);
  }
}
