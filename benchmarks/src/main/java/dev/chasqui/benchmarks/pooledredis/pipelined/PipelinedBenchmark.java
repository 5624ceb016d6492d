package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.ManyThreads;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * Gets and sets values of 100 bytes, of any of 10,000 keys, each thread with 64 commands under way. Who can send and
 * receive at the same time has always as many; who can only send a batch has none left at its end.
 */
public abstract class PipelinedBenchmark extends ManyThreads<PipelinedBenchmark.Client> {
  /** How many commands a thread has under way, and how many an invocation sends. */
  static final int DEPTH = 64;

  /** One way of sending commands. */
  public interface Client extends Shared {
    /** What one thread sends through; called once for each. */
    Pipe pipe();
  }

  /** What one thread sends through. */
  public interface Pipe {
    /** Sends 64, and returns when as many of those sent before or now have been answered. */
    void get64() throws Exception;

    /** Sends 64, and returns when as many of those sent before or now have been answered. */
    void set64() throws Exception;
  }

  /** One thread. */
  @State(Scope.Thread)
  public static class Caller {
    private @Nullable Pipe pipe;

    Pipe pipe(Client client) {
      if (pipe == null) {
        pipe = client.pipe();
      }
      return pipe;
    }
  }

  static byte[] checked(byte @Nullable [] value) {
    if (value == null) {
      throw new IllegalStateException("a key has no value");
    }
    return Keys.checked(value);
  }

  private void get(Caller caller) throws Exception {
    caller.pipe(shared()).get64();
  }

  private void set(Caller caller) throws Exception {
    caller.pipe(shared()).set64();
  }

  @Benchmark
  @Threads(1)
  @OperationsPerInvocation(DEPTH)
  public void get1(Caller caller) throws Exception {
    get(caller);
  }

  @Benchmark
  @Threads(8)
  @OperationsPerInvocation(DEPTH)
  public void get8(Caller caller) throws Exception {
    get(caller);
  }

  @Benchmark
  @Threads(64)
  @OperationsPerInvocation(DEPTH)
  public void get64(Caller caller) throws Exception {
    get(caller);
  }

  @Benchmark
  @Threads(1)
  @OperationsPerInvocation(DEPTH)
  public void set1(Caller caller) throws Exception {
    set(caller);
  }

  @Benchmark
  @Threads(8)
  @OperationsPerInvocation(DEPTH)
  public void set8(Caller caller) throws Exception {
    set(caller);
  }

  @Benchmark
  @Threads(64)
  @OperationsPerInvocation(DEPTH)
  public void set64(Caller caller) throws Exception {
    set(caller);
  }
}
