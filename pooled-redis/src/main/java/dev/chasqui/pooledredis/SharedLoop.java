package dev.chasqui.pooledredis;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/**
 * The event loop of a shared connection. It has a thread of its own, and lends its work to threads that wait for an answer:
 * they have nothing better to do, and so a command costs two switches of threads less. See {@link Leadership}.
 *
 * <p>Of the JDK's channels, one that an interrupted thread reads is closed, for everybody; so this is for native transports
 * only.
 */
final class SharedLoop extends SingleThreadIoEventLoop {
  /** After so long, a leader looks whether it was interrupted, or its command ended otherwise. */
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  /** The own thread leads for so long at least once it was needed, and others for the sake of one answer. */
  private static final long CALM_NANOS = Duration.ofMillis(1).toNanos();

  private static final long TASKS_NANOS = Duration.ofMillis(10).toNanos();

  private final Leadership leadership = new Leadership(this::isShuttingDown);
  private boolean looking; // by the leader alone, like the next
  private int woken;

  SharedLoop(ThreadFactory threads, IoHandlerFactory handlers) {
    super(null, threads, new CallingHandlers(handlers));
  }

  Leadership leadership() {
    return leadership;
  }

  /** Returns whether the current thread now leads, to send a command after all that others have given to the loop. */
  boolean beginSending() {
    boolean leads = leadership.tryLead();
    if (leads) {
      runAllTasks(TASKS_NANOS);
    }
    return leads;
  }

  /** What the current thread has sent lies in the loop until it is flushed, by this thread as a rule, which awaits it next. */
  void endSending() {
    leadership.resign();
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return leadership.isLeader(thread);
  }

  @Override
  protected long deadlineNanos() {
    long deadline = super.deadlineNanos();
    return looking ? Math.min(deadline, ticker().nanoTime() + LOOK_NANOS) : deadline;
  }

  @Override
  protected long delayNanos(long now) {
    long delay = super.delayNanos(now);
    return looking ? Math.min(delay, LOOK_NANOS) : delay;
  }

  /** The own thread's work. */
  @Override
  protected void run() {
    leadership.start();
    ioHandler().initialize();
    long needed = ticker().nanoTime();
    do {
      leadership.begin();
      runIo();
      if (isShuttingDown()) {
        ioHandler().prepareToDestroy();
      }
      letSend();
      runAllTasks(TASKS_NANOS);
      leadership.forgetDone();
      if (!leadership.isForCallers()) {
        needed = ticker().nanoTime();
      } else if (leadership.hasFollowers() && ticker().nanoTime() - needed > CALM_NANOS) {
        restUntilNeeded();
        needed = ticker().nanoTime();
      }
    } while (!confirmShutdown() && !canSuspend());
  }

  private void restUntilNeeded() {
    if (hasTasks()) {
      leadership.call();
    }
    leadership.rest();
  }

  /** Waits for {@code command}, leading if possible. Returns false if the time is up. */
  boolean await(AwaitedCommand<?, ?, ?> command, long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    boolean leading = leadership.tryLead();
    while (true) {
      if (leading) {
        lead(command, end);
      }
      if (command.isDone()) {
        return true;
      }
      if (end - System.nanoTime() <= 0) {
        return false;
      }
      leading = follow(command, end);
    }
  }

  private void lead(AwaitedCommand<?, ?, ?> command, long end) throws InterruptedException {
    looking = true;
    try {
      while (!command.isDone() && leadership.isForCallers() && end - System.nanoTime() > 0) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        leadership.begin();
        letSend();
        runAllTasks(TASKS_NANOS);
        if (leadership.isForCallers()) { // else we may have sent what is to be answered elsewhere
          runIo();
        }
        leadership.forgetDone();
      }
    } finally {
      looking = false;
      if (hasTasks()) {
        leadership.call();
      }
      leadership.resign();
    }
  }

  /** Returns whether the current thread now leads. */
  private boolean follow(AwaitedCommand<?, ?, ?> command, long end) throws InterruptedException {
    Leadership.Follower follower = leadership.follow(command);
    boolean leads = false;
    try {
      leads = leadership.tryLead(); // nobody may have led who could promote
      while (!leads && !command.isDone() && !follower.isPromoted()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          break;
        }
        command.park(follower, left);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return leads |= leadership.leave(follower);
    } catch (InterruptedException e) {
      if (leadership.leave(follower)) {
        leadership.resign();
      }
      throw e;
    }
  }

  /** Somebody who waited has been woken. */
  void woke() {
    if (inEventLoop()) {
      woken++;
    }
  }

  /** Who has just got an answer may have more to send: together, that is one write. */
  @SuppressWarnings("ThreadPriorityCheck") // a hint and no more
  private void letSend() {
    if (woken > 1) {
      Thread.yield();
    }
    woken = 0;
  }

  /** Handlers that, when woken, call for somebody who leads. */
  private record CallingHandlers(IoHandlerFactory handlers) implements IoHandlerFactory {
    @Override
    public IoHandler newHandler(ThreadAwareExecutor loop) {
      return new CallingHandler((SharedLoop) loop, handlers.newHandler(loop));
    }

    @Override
    public boolean isChangingThreadSupported() {
      return handlers.isChangingThreadSupported();
    }
  }

  private record CallingHandler(SharedLoop loop, IoHandler handler) implements IoHandler {
    @Override
    public void initialize() {
      handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return handler.run(context);
    }

    @Override
    public void prepareToDestroy() {
      handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
      handler.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return handler.register(handle);
    }

    @Override
    public void wakeup() {
      if (!loop.inEventLoop() && loop.leadership.call()) {
        handler.wakeup();
      }
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return handler.isCompatible(type);
    }
  }
}
