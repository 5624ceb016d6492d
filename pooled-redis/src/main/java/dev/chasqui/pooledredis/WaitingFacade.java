package dev.chasqui.pooledredis;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.StreamingOutput;
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
    // A system call in a virtual thread would block others too; and what callers do with each of
    // many values is not to be done on the thread of a stranger.
    if (VirtualThreads.isCurrent()
        || command.getOutput() instanceof StreamingOutput<?>
        || !(command instanceof AsyncCommand<K, V, T> async)) {
      return super.dispatch(command);
    }
    return super.dispatch(new AwaitedCommand<>(async.getDelegate()));
  }
}
