package dev.chasqui.pooledredis;

import io.lettuce.core.StatefulRedisConnectionImpl;
import io.lettuce.core.api.push.PushListener;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.protocol.PushHandler;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Lettuce's commands over the shared connections. */
class SharedFacade<K, V> extends StatefulRedisConnectionImpl<K, V> {
  /** The writer ends each command in time and says why; who waits synchronously is to hear that. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final SharedWriter writer;

  SharedFacade(SharedWriter writer, RedisCodec<K, V> codec, Duration commandTimeout) {
    super(writer, new NoPushes(), codec, commandTimeout.plus(GRACE));
    this.writer = writer;
  }

  /** There is no connection here whose state a command could change, so none is looked at for that. */
  @Override
  public <T> RedisCommand<K, V, T> dispatch(RedisCommand<K, V, T> command) {
    return writer.write(command);
  }

  @Override
  public Collection<RedisCommand<K, V, ?>> dispatch(
      Collection<? extends RedisCommand<K, V, ?>> commands) {
    return writer.write(commands);
  }

  private static final class NoPushes implements PushHandler {
    @Override
    public void addListener(PushListener listener) {
      throw new WrongLaneException(
          "Push messages belong to one connection, which all threads share here: borrow() one for them");
    }

    @Override
    public void removeListener(PushListener listener) {
      // There is none.
    }

    @Override
    public Collection<PushListener> getPushListeners() {
      return List.of();
    }
  }
}
