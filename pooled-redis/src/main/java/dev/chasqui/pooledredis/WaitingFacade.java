package dev.chasqui.pooledredis;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;

/** The same for callers who wait for each answer. Only {@code sync()} of it is for them. */
final class WaitingFacade<K, V> extends SharedFacade<K, V> {
  WaitingFacade(SharedWriter writer, RedisCodec<K, V> codec, Duration commandTimeout) {
    super(writer, codec, commandTimeout);
  }

  @Override
  public <T> RedisCommand<K, V, T> dispatch(RedisCommand<K, V, T> command) {
    // A system call of a virtual thread would hold up others that share its carrier.
    return command instanceof AsyncCommand<K, V, T> async && !VirtualThreads.isCurrent()
        ? super.dispatch(new AwaitedCommand<>(async.getDelegate()))
        : super.dispatch(command);
  }
}
