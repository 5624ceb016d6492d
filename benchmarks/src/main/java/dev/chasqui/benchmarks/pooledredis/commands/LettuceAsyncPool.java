package dev.chasqui.benchmarks.pooledredis.commands;

import dev.chasqui.benchmarks.pooledredis.Keys;
import dev.chasqui.benchmarks.pooledredis.Lettuce;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.support.BoundedAsyncPool;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lettuce's own pool, one connection borrowed for each command. It has no queue for those who find none, so there are as
 * many connections as threads.
 */
public class LettuceAsyncPool extends CommandBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    return new Pooled(lettuce, lettuce.asyncPool(Math.max(CONNECTIONS, threads)));
  }

  private record Pooled(
      Lettuce lettuce, BoundedAsyncPool<StatefulRedisConnection<byte[], byte[]>> pool)
      implements Client {
    @Override
    public byte @Nullable [] get(int key) {
      return answer(commands -> commands.get(Keys.bytes(key)));
    }

    @Override
    public void set(int key, byte[] value) {
      answer(commands -> commands.set(Keys.bytes(key), value));
    }

    private <T extends @Nullable Object> T answer(
        Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
      return pool.acquire()
          .thenCompose(
              connection -> command.apply(connection.async()).whenComplete((answer, error) -> {
                CompletableFuture<Void> unused = pool.release(connection);
              }))
          .join();
    }

    @Override
    public void close() {
      pool.close();
      lettuce.close();
    }
  }
}
