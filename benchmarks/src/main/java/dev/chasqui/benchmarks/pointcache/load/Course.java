package dev.chasqui.benchmarks.pointcache.load;

import dev.chasqui.benchmarks.pointcache.load.VehicleTable.Counts;
import java.util.List;

/**
 * How it went for one contender.
 *
 * @param redisBytes that Redis used at the end
 */
record Course(Contender contender, List<Stage> stages, long redisBytes, Staleness staleness) {
  Course {
    stages = List.copyOf(stages);
  }

  /** @param counts of PostgreSQL */
  record Stage(Work work, Counts counts, long nanos) {
    Stage plus(Stage more) {
      return new Stage(work.plus(more.work), counts.plus(more.counts), nanos + more.nanos);
    }

    double perSecond(long count) {
      return count / (nanos / 1e9);
    }

    long operations() {
      return work.reads().count() + work.writes().count();
    }

    /** The part of reads that did not ask the database, as those say who asked. */
    double spared() {
      return 1 - (double) work.loads() / work.reads().count();
    }

    /** The part of reads that did not ask the database, as that says. */
    double sparedByCounts() {
      return 1 - (double) counts.reads() / work.reads().count();
    }
  }

  Stage cold() {
    return stages.get(0);
  }

  Stage warm() {
    return sum(1, stages.size());
  }

  Stage upTo(int stage) {
    return sum(0, stage + 1);
  }

  private Stage sum(int from, int to) {
    return stages.subList(from, to).stream().reduce(Stage::plus).orElseThrow();
  }
}
