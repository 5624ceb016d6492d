package dev.chasqui.benchmarks.tracing.task;

import dev.chasqui.tracing.Trace;

/** Ours. */
public class Chasqui extends TaskBenchmark {
  @Override
  Runnable kept(Runnable task) {
    return Trace.keep(task);
  }
}
