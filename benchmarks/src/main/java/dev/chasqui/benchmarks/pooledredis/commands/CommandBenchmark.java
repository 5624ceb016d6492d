package dev.chasqui.benchmarks.pooledredis.commands;

import static org.openjdk.jmh.annotations.Mode.SampleTime;
import static org.openjdk.jmh.annotations.Mode.Throughput;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.ManyThreads;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Threads;

/**
 * Gets and sets values of 100 bytes, of any of 10,000 keys, and waits for each answer. Whoever takes part does so as its
 * documentation says that threads share it.
 */
@BenchmarkMode({Throughput, SampleTime})
public abstract class CommandBenchmark extends ManyThreads<CommandBenchmark.Client> {
  /** One way of sending commands, for any number of threads. */
  public interface Client extends Shared {
    /** The value of a key of {@link Keys}, null if it has none. */
    byte @Nullable [] get(int key) throws Exception;

    /** Returns when the server has said OK. */
    void set(int key, byte[] value) throws Exception;
  }

  private byte[] get() throws Exception {
    byte[] value = shared().get(Keys.any());
    if (value == null) {
      throw new IllegalStateException("a key has no value");
    }
    return Keys.checked(value);
  }

  private void set() throws Exception {
    shared().set(Keys.any(), Keys.value());
  }

  @Benchmark
  @Threads(1)
  public byte[] get1() throws Exception {
    return get();
  }

  @Benchmark
  @Threads(8)
  public byte[] get8() throws Exception {
    return get();
  }

  @Benchmark
  @Threads(64)
  public byte[] get64() throws Exception {
    return get();
  }

  @Benchmark
  @Threads(1)
  public void set1() throws Exception {
    set();
  }

  @Benchmark
  @Threads(8)
  public void set8() throws Exception {
    set();
  }

  @Benchmark
  @Threads(64)
  public void set64() throws Exception {
    set();
  }
}
