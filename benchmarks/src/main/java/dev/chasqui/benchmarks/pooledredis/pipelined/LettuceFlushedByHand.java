package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection for all threads, on which nothing is sent until somebody says so: each thread does once it has 64
 * commands, which may send some of another's too. Only who owns the connection can live so.
 */
public class LettuceFlushedByHand extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    StatefulRedisConnection<byte[], byte[]> connection = lettuce.connect();
    connection.setAutoFlushCommands(false);
    return new Shared(lettuce, connection);
  }

  private record Shared(Lettuce lettuce, StatefulRedisConnection<byte[], byte[]> connection)
      implements Client {
    @Override
    public Pipe pipe() {
      return new Batch(connection);
    }

    @Override
    public void close() {
      lettuce.close();
    }
  }

  private static final class Batch implements Pipe {
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final RedisAsyncCommands<byte[], byte[]> commands;
    private final List<RedisFuture<byte[]>> gets = new ArrayList<>(DEPTH);
    private final List<RedisFuture<String>> sets = new ArrayList<>(DEPTH);

    Batch(StatefulRedisConnection<byte[], byte[]> connection) {
      this.connection = connection;
      this.commands = connection.async();
    }

    @Override
    public void get64() throws Exception {
      gets.clear();
      for (int i = 0; i < DEPTH; i++) {
        gets.add(commands.get(Keys.bytes(Keys.any())));
      }
      connection.flushCommands();
      for (RedisFuture<byte[]> answer : gets) {
        checked(answer.get());
      }
    }

    @Override
    public void set64() throws Exception {
      sets.clear();
      for (int i = 0; i < DEPTH; i++) {
        sets.add(commands.set(Keys.bytes(Keys.any()), Keys.value()));
      }
      connection.flushCommands();
      for (RedisFuture<String> answer : sets) {
        answer.get();
      }
    }
  }
}
