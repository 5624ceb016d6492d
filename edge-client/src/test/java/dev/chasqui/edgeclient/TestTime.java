package dev.chasqui.edgeclient;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One real thread whose timers go off when the test moves the time. */
final class TestTime extends ScheduledThreadPoolExecutor {
  private final List<Timer> timers = new ArrayList<>();
  private long now;

  TestTime() {
    super(1, task -> {
      Thread thread = new Thread(task, "test-time");
      thread.setDaemon(true);
      return thread;
    });
  }

  synchronized long nanos() {
    return now;
  }

  /** How long the waiting timers were set for, the shortest first. */
  synchronized List<Duration> waiting() {
    timers.removeIf(Timer::isDone);
    return timers.stream().map(timer -> timer.set).sorted().toList();
  }

  synchronized void advance(Duration duration) {
    now += duration.toNanos();
    timers.sort(Comparator.naturalOrder());
    for (Iterator<Timer> each = timers.iterator(); each.hasNext(); ) {
      Timer timer = each.next();
      if (timer.due <= now) {
        each.remove();
        execute(timer);
      }
    }
  }

  @Override
  public synchronized ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    if (delay == 0) {
      return super.schedule(task, 0, unit);
    }
    Timer timer = new Timer(task, Duration.of(delay, unit.toChronoUnit()));
    timers.add(timer);
    return timer;
  }

  private final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
    private final Duration set;
    private final long due;

    Timer(Runnable task, Duration set) {
      super(task, null);
      this.set = set;
      this.due = now + set.toNanos();
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - nanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(due, ((Timer) other).due);
    }
  }
}
