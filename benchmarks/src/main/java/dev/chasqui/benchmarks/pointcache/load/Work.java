package dev.chasqui.benchmarks.pointcache.load;

import java.io.Serializable;

/**
 * What was done.
 *
 * @param loads reads that asked the database
 * @param failures reads and writes that failed
 * @param cpuNanos that the processes took, with their compilers and collectors
 */
record Work(Latencies reads, Latencies writes, long loads, long failures, long cpuNanos)
    implements Serializable {
  static Work none() {
    return new Work(new Latencies(), new Latencies(), 0, 0, 0);
  }

  Work plus(Work more) {
    Latencies allReads = new Latencies();
    allReads.add(reads);
    allReads.add(more.reads);
    Latencies allWrites = new Latencies();
    allWrites.add(writes);
    allWrites.add(more.writes);
    return new Work(
        allReads,
        allWrites,
        loads + more.loads,
        failures + more.failures,
        cpuNanos + more.cpuNanos);
  }

  Work withCpu(long nanos) {
    return new Work(reads, writes, loads, failures, nanos);
  }
}
