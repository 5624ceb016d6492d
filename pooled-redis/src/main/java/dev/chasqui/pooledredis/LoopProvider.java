package dev.chasqui.pooledredis;

import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;

/** Gives one client one event loop, which ends with it. */
record LoopProvider(SharedLoop loop) implements EventLoopGroupProvider {
  @Override
  @SuppressWarnings("unchecked") // Lettuce asks for a group by the class of its own
  public <T extends EventLoopGroup> T allocate(Class<T> type) {
    return (T) loop;
  }

  @Override
  public int threadPoolSize() {
    return 1;
  }

  @Override
  public Future<Boolean> release(
      EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
    return shutdown(quietPeriod, timeout, unit);
  }

  @Override
  public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
    Promise<Boolean> done = ImmediateEventExecutor.INSTANCE.newPromise();
    loop.shutdownGracefully(quietPeriod, timeout, unit)
        .addListener(ended -> done.setSuccess(ended.isSuccess()));
    return done;
  }
}
