package dev.chasqui.benchmarks.pointcache.load;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * How many reads of a stage have to ask the database at all, if all processes share what is kept, nothing is lost, and all
 * takes no time. Their operations are those of the run, one of each thread in turn.
 *
 * @param reads of the stage
 * @param firstReads of rows that nobody has read or written before: no cache answers them
 * @param readsOfChanged of rows that were written since they were last read: no cache that forgets what was written
 *     answers them
 */
record Possible(long reads, long firstReads, long readsOfChanged) {
  /** Stage by stage, which may be more than the run has. */
  static List<Possible> of(LoadOptions options, int stages) {
    Zipf keys = new Zipf(options.rows());
    List<Operations> threads = new ArrayList<>();
    for (int i = 0; i < options.workers() * options.threads(); i++) {
      threads.add(new Operations(keys, options.writes(), options.seed(), i));
    }
    BitSet known = new BitSet(options.rows() + 1);
    BitSet changed = new BitSet(options.rows() + 1);
    List<Possible> possible = new ArrayList<>();
    for (int i = 0; i < stages; i++) {
      possible.add(stage(threads, options.operationsOfEachThread(), known, changed));
    }
    return possible;
  }

  private static Possible stage(
      List<Operations> threads, int operations, BitSet known, BitSet changed) {
    long reads = 0;
    long firstReads = 0;
    long readsOfChanged = 0;
    for (int i = 0; i < operations; i++) {
      for (Operations thread : threads) {
        boolean write = thread.nextWrites();
        int key = thread.nextKey();
        if (!write) {
          reads++;
          firstReads += known.get(key) ? 0 : 1;
          readsOfChanged += changed.get(key) ? 1 : 0;
        }
        known.set(key);
        changed.set(key, write);
      }
    }
    return new Possible(reads, firstReads, readsOfChanged);
  }

  Possible plus(Possible more) {
    return new Possible(
        reads + more.reads, firstReads + more.firstReads, readsOfChanged + more.readsOfChanged);
  }

  /** The part of reads that a cache answers that forgets what is written. */
  double forgetting() {
    return 1 - (double) (firstReads + readsOfChanged) / reads;
  }

  /** The part of reads that a cache answers that is given what is written. */
  double keeping() {
    return 1 - (double) firstReads / reads;
  }
}
