package dev.chasqui.pointcache;

import dev.chasqui.pointcache.ProtocolFields.Field;
import dev.chasqui.pointcache.ProtocolFields.OneOf;
import dev.chasqui.pointcache.ProtocolStates.Start;
import dev.chasqui.pointcache.ProtocolStates.Step;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One row and its keys in two generations, one transaction that writes the row, and two readers, while a namespace goes
 * from one generation to the other: all that may happen in a state. Version 0 of the row was there before, 1 is what the
 * transaction writes. Who writes or reads knows the phase that is, or the one before.
 */
final class ProtocolGenerationModel implements ProtocolStates.Moves {
  enum Generation {
    OLD,
    NEW
  }

  /** What readers read, and where writers fence. */
  record Phase(Generation read, Set<Generation> fence) {
    Phase {
      fence = Set.copyOf(fence);
    }
  }

  /** What the next phase waits for. */
  enum Wait {
    /** That all know the present one. */
    UNTIL_ALL_KNOW,
    /** That no transaction is left which fenced by an earlier one. */
    UNTIL_EARLIER_FENCES_ARE_OVER
  }

  private enum Kept {
    NOTHING,
    VALUE,
    EMPTY
  }

  /** What comes next. */
  private enum Writing {
    BEGIN,
    FENCE,
    COMMIT,
    DONE
  }

  /** What comes next. */
  private enum Reading {
    LOOK,
    READ,
    FILL
  }

  private record Key(OneOf<Kept> kept, Field version, Field lease, Field fenced) {}

  private record Reader(
      String name,
      int token,
      Field knows,
      OneOf<Reading> next,
      OneOf<Generation> generation,
      Field version,
      Field seen) {}

  private final List<Phase> phases;
  private final Set<Wait> waits;

  private final ProtocolFields fields = new ProtocolFields();
  private final Field phase = fields.bits(2);
  private final Field version = fields.bits(1);
  private final Field seen =
      fields.bits(1); // whether new snapshots see the transaction as finished
  private final Field writerKnows = fields.bits(2);
  private final OneOf<Writing> writer = fields.oneOf(Writing.class);
  private final Field fencedBy = fields.bits(2); // a phase
  private final Map<Generation, Key> keys = new EnumMap<>(Generation.class);
  private final List<Reader> readers;

  ProtocolGenerationModel(List<Phase> phases, Set<Wait> waits) {
    this.phases = List.copyOf(phases);
    this.waits = Set.copyOf(waits);
    for (Generation generation : Generation.values()) {
      keys.put(
          generation,
          new Key(fields.oneOf(Kept.class), fields.bits(1), fields.bits(2), fields.bits(1)));
    }
    this.readers = IntStream.of(1, 2)
        .mapToObj(number -> new Reader(
            "R" + number,
            number,
            fields.bits(2),
            fields.oneOf(Reading.class),
            fields.oneOf(Generation.class),
            fields.bits(1),
            fields.bits(1)))
        .toList();
  }

  ProtocolStates reached() {
    return ProtocolStates.reachedBy(
        this,
        new Start("the keys are absent", 0),
        new Start("the row is cached", key(Generation.OLD).kept.with(0, Kept.VALUE)));
  }

  /** Whether a reader's hit differs from what a new snapshot shows. */
  boolean isStale(long state) {
    return readers.stream()
        .map(reader -> key(phases.get(reader.knows.of(state)).read))
        .anyMatch(
            key -> key.kept.of(state) == Kept.VALUE && key.version.of(state) != version.of(state));
  }

  /** Whether all has gone well: the row was written, all know the last phase, and hits show what was written. */
  boolean isChangedAndCached(long state) {
    Key key = key(Generation.NEW);
    return version.of(state) == 1
        && phase.of(state) == phases.size() - 1
        && doAllKnowPhase(state)
        && key.kept.of(state) == Kept.VALUE
        && key.version.of(state) == 1;
  }

  @Override
  public void from(long state, Step step) {
    change(state, step);
    learn(state, writerKnows, "W", step);
    write(state, step);
    for (Reader reader : readers) {
      learn(state, reader.knows, reader.name, step);
      read(state, reader, step);
    }
    for (Key key : keys.values()) {
      runOut(state, key, step);
    }
  }

  private void change(long state, Step step) {
    int now = phase.of(state);
    boolean earlierFences = writer.of(state) == Writing.COMMIT && fencedBy.of(state) < now;
    if (now < phases.size() - 1
        && (doAllKnowPhase(state) || !waits.contains(Wait.UNTIL_ALL_KNOW))
        && !(earlierFences && waits.contains(Wait.UNTIL_EARLIER_FENCES_ARE_OVER))) {
      step.to(phase.with(state, now + 1), "the next phase", " begins");
    }
  }

  private boolean doAllKnowPhase(long state) {
    int now = phase.of(state);
    return writerKnows.of(state) == now
        && readers.stream().allMatch(reader -> reader.knows.of(state) == now);
  }

  private void learn(long state, Field knows, String who, Step step) {
    int now = phase.of(state);
    if (knows.of(state) < now) {
      step.to(knows.with(state, now), who, " learns of the phase");
    }
  }

  private void write(long state, Step step) {
    switch (writer.of(state)) {
      case BEGIN -> step.to(writer.with(state, Writing.FENCE), "W", " begins");
      case FENCE -> {
        int known = writerKnows.of(state);
        long fenced = fencedBy.with(writer.with(state, Writing.COMMIT), known);
        for (Generation generation : phases.get(known).fence) {
          fenced = empty(fenced, key(generation), 0, 1);
        }
        step.to(fenced, "W", " fences");
      }
      case COMMIT -> {
        long done = seen.with(writer.with(state, Writing.DONE), 1);
        step.to(version.with(done, 1), "W", " commits");
        step.to(done, "W", " rolls back");
      }
      case DONE -> {}
    }
  }

  private void read(long state, Reader reader, Step step) {
    switch (reader.next.of(state)) {
      case LOOK -> {
        Generation generation = phases.get(reader.knows.of(state)).read;
        Key key = key(generation);
        if (key.kept.of(state) != Kept.VALUE && key.lease.of(state) == 0) {
          long leased = empty(state, key, reader.token, key.fenced.of(state));
          leased = reader.generation.with(leased, generation);
          step.to(
              reader.next.with(leased, Reading.READ), reader.name, " misses and takes the lease");
        }
      }
      case READ -> {
        long read = reader.version.with(state, version.of(state));
        read = reader.seen.with(read, seen.of(state));
        step.to(reader.next.with(read, Reading.FILL), reader.name, " reads the database");
      }
      case FILL -> {
        Key key = key(reader.generation.of(state));
        long done = reader.next.with(state, Reading.LOOK);
        done = reader.generation.with(done, Generation.OLD);
        done = reader.version.with(done, 0);
        done = reader.seen.with(done, 0);
        if (key.lease.of(state) == reader.token && key.fenced.of(state) <= reader.seen.of(state)) {
          step.to(value(done, key, reader.version.of(state)), reader.name, " fills");
        } else {
          step.to(done, reader.name, " is refused to fill");
        }
      }
    }
  }

  private void runOut(long state, Key key, Step step) {
    if (key.lease.of(state) != 0) {
      long free = key.lease.with(state, 0);
      step.to(key.fenced.of(state) == 0 ? absent(state, key) : free, "a lease", " runs out");
    }
    if (key.fenced.of(state) == 1 && seen.of(state) == 1) {
      step.to(absent(state, key), "a fence", " runs out");
    }
  }

  private Key key(Generation generation) {
    Key key = keys.get(generation);
    if (key == null) {
      throw new IllegalArgumentException("no key of generation " + generation);
    }
    return key;
  }

  private static long absent(long state, Key key) {
    return key.kept.with(empty(state, key, 0, 0), Kept.NOTHING);
  }

  private static long value(long state, Key key, int version) {
    long value = key.kept.with(empty(state, key, 0, 0), Kept.VALUE);
    return key.version.with(value, version);
  }

  private static long empty(long state, Key key, int lease, int fenced) {
    long empty = key.kept.with(state, Kept.EMPTY);
    empty = key.version.with(empty, 0);
    return key.fenced.with(key.lease.with(empty, lease), fenced);
  }
}
