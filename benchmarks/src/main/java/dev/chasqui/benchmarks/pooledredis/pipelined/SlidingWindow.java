package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;

/** For those whose commands give a future: the oldest of 64 is awaited before the next command is sent. */
abstract class SlidingWindow implements PipelinedBenchmark.Pipe {
  private final Queue<Future<byte[]>> gets = new ArrayDeque<>(PipelinedBenchmark.DEPTH);
  private final Queue<Future<?>> sets = new ArrayDeque<>(PipelinedBenchmark.DEPTH);

  abstract Future<byte[]> get(int key);

  abstract Future<?> set(int key, byte[] value);

  @Override
  public final void get64() throws Exception {
    for (int i = 0; i < PipelinedBenchmark.DEPTH; i++) {
      if (gets.size() == PipelinedBenchmark.DEPTH) {
        PipelinedBenchmark.checked(gets.remove().get());
      }
      gets.add(get(Keys.any()));
    }
  }

  @Override
  public final void set64() throws Exception {
    for (int i = 0; i < PipelinedBenchmark.DEPTH; i++) {
      if (sets.size() == PipelinedBenchmark.DEPTH) {
        sets.remove().get();
      }
      sets.add(set(Keys.any(), Keys.value()));
    }
  }
}
