package dev.chasqui.tracing.testing.internal;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which hand-over the work on a thread came of. The JDK's own classes call this one, so a copy of it is given to the bootstrap
 * class loader, and it is static and knows nothing but the JDK; only that copy is ever used.
 */
public final class HandOvers {
  /** What a task has that came of no hand-over, in place of none at all, which asks the thread. */
  public static final Object NONE = new Object();

  private static final ThreadLocal<@Nullable Object> CURRENT = new ThreadLocal<>();
  /** Set while a hand-over is looked at, which may hand over something itself. */
  private static final ThreadLocal<@Nullable Boolean> LOOKING = new ThreadLocal<>();

  private static final ConcurrentHashMap<Task, Object> OF_TASKS = new ConcurrentHashMap<>();
  private static final ReferenceQueue<Object> GONE = new ReferenceQueue<>();

  /** Gives the hand-over that a task is now, {@link #NONE}, or null if it is as the work that hands it over. */
  private static final AtomicReference<@Nullable Function<Object, @Nullable Object>> LOOK =
      new AtomicReference<>();

  private HandOvers() {}

  /** A task, by identity, for as long as it is there. */
  private static final class Task extends WeakReference<Object> {
    private final int hash;

    private Task(Object task, @Nullable ReferenceQueue<Object> queue) {
      super(task, queue);
      hash = System.identityHashCode(task);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      if (this == other) {
        return true;
      }
      Object task = get();
      return task != null && other instanceof Task that && that.refersTo(task);
    }
  }

  /** From now on hand-overs are looked at. */
  public static void lookWith(Function<Object, @Nullable Object> function) {
    LOOK.set(function);
  }

  /** A task that may be handed over again, by others: as it is this time. */
  public static void handedOver(Object task) {
    Function<Object, @Nullable Object> looking = LOOK.get();
    if (looking == null || LOOKING.get() != null) {
      return;
    }
    LOOKING.set(Boolean.TRUE);
    try {
      for (Reference<?> gone = GONE.poll(); gone != null; gone = GONE.poll()) {
        OF_TASKS.remove(gone);
      }
      Object seen = looking.apply(task);
      Object handOver = seen == null ? current() : seen;
      if (handOver == null || handOver.equals(NONE)) {
        OF_TASKS.remove(new Task(task, null));
      } else {
        OF_TASKS.put(new Task(task, GONE), handOver);
      }
    } finally {
      LOOKING.remove();
    }
  }

  /** An executor gets a task: those of the JDK were handed over when they were made, maybe by somebody else. */
  public static void executed(Object task) {
    if (!(task instanceof FutureTask || task instanceof ForkJoinTask)) {
      handedOver(task);
    }
  }

  /** A task begins on this thread; gives what {@link #end} is told. */
  public static @Nullable Object begin(Object task) {
    return begin(task, NONE);
  }

  /** The same of a task that may have been made long before its thread was handed over: then that counts. */
  public static @Nullable Object beginOnThread(Object task) {
    return begin(task, CURRENT.get());
  }

  private static @Nullable Object begin(Object task, @Nullable Object otherwise) {
    if (LOOK.get() == null) {
      return null;
    }
    Object before = CURRENT.get();
    Object handOver = OF_TASKS.get(new Task(task, null));
    CURRENT.set(handOver == null ? otherwise : handOver);
    return before;
  }

  /** A worker of a pool has got its next task, if any. */
  public static void next(@Nullable Object task) {
    if (task != null) {
      begin(task);
    }
  }

  /** It has ended. */
  public static void end(@Nullable Object before) {
    if (LOOK.get() != null) {
      CURRENT.set(before);
    }
  }

  /** A timer looks at the task that it runs next; others look too. */
  public static void nextOfTimer(@Nullable Object task) {
    if (task != null
        && Thread.currentThread().getClass().getName().equals("java.util.TimerThread")) {
      begin(task);
    }
  }

  /** A timer gets a task; gives what {@link #end} is told, as it may get it from one of its own. */
  public static @Nullable Object scheduled(Object task) {
    handedOver(task);
    return CURRENT.get();
  }

  /** Gives the hand-over that the work on this thread came of; null if of none. */
  public static @Nullable Object current() {
    if (LOOK.get() == null) {
      return null;
    }
    Object current = CURRENT.get();
    if (current == null) {
      current = OF_TASKS.get(new Task(Thread.currentThread(), null));
    }
    return NONE.equals(current) ? null : current;
  }
}
