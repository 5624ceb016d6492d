package dev.chasqui.tracing.testing.internal;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry's contexts, and who makes one current, forgets to take it back, or misses one that was there when the work was
 * handed over. There is one in a JVM, as OpenTelemetry has one storage of contexts; it does nothing while nobody listens.
 */
public final class ContextWatch implements ContextStorage {
  static final ContextWatch INSTANCE = new ContextWatch(ContextStorage.defaultStorage());

  private static final StackWalker STACK =
      StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE); // which descriptors take

  /** What stands between the code of a user and the JDK. */
  private static final Set<String> OURS = Set.of(
      "dev.chasqui.tracing.Tracing",
      "dev.chasqui.tracing.Step",
      "dev.chasqui.tracing.Trace",
      "dev.chasqui.tracing.Messages",
      "dev.chasqui.tracing.ContextExecutor",
      "dev.chasqui.tracing.ContextExecutorService",
      "dev.chasqui.tracing.ContextScheduledExecutorService",
      "dev.chasqui.tracing.ContextThreadFactory",
      "dev.chasqui.tracing.testing.Recording",
      "dev.chasqui.tracing.testing.GlobalRecording");

  private static final List<String> NOT_OF_USERS = List.of(
      "java.",
      "javax.",
      "jdk.",
      "sun.",
      "com.sun.",
      "io.opentelemetry.",
      "dev.chasqui.tracing.http.",
      "dev.chasqui.tracing.logback.",
      "dev.chasqui.tracing.log4j.",
      "dev.chasqui.tracing.prometheus.",
      "dev.chasqui.tracing.testing.internal.");
  private static final String STEP_BELOW = "(Ljava/lang/String;Lio/opentelemetry/context/Context;)";
  /** By the names of classes, of which there are not many. */
  private static final Map<String, Boolean> OF_USERS = new ConcurrentHashMap<>();

  /** They start threads on demand, for all work that comes then. */
  private static final Set<String> POOLS = Set.of(
      "java.util.concurrent.ThreadPoolExecutor.addWorker",
      "java.util.concurrent.ForkJoinPool.createWorker",
      "io.netty.util.concurrent.ThreadPerTaskExecutor.execute");

  private final ContextStorage contexts;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable JdkHandOvers handOvers;
  private volatile boolean isUsed;

  /** Hears of the traces that are its own. */
  public interface Listener {
    /** Whether a trace is. */
    boolean owns(String traceId);

    /** A context was made current. */
    void opened(OpenScope scope);

    /** One was taken back, and how that was wrong; empty if it was right. */
    void closed(OpenScope scope, String wrong);

    /** The watching itself failed. */
    void failed(RuntimeException failure);

    /** What was handed over at some place had no context when it was asked for one. */
    void lost(Loss loss);
  }

  /**
   * A context that is current.
   *
   * @param at where it was made so
   */
  public record OpenScope(String traceId, Place at, Thread thread) {
    // Two at the same place are two.
    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Where work was handed over by somebody who had a context. */
  record HandOver(String traceId, Place at) {}

  /**
   * A hand-over that did not take its context along.
   *
   * @param handedOver where that was
   * @param missed where its context was asked for
   */
  public record Loss(String traceId, Place handedOver, Place missed, String thread) {}

  private ContextWatch(ContextStorage contexts) {
    this.contexts = contexts;
  }

  /**
   * Tells a listener of all that is its own from now on, until {@link #forget}. The first time it changes the JDK's classes in
   * this JVM, for good, which takes about a second.
   *
   * @throws IllegalStateException if OpenTelemetry keeps its contexts elsewhere, or no agent can be loaded
   */
  public static void watch(Listener listener) {
    var unused = Context.current(); // has OpenTelemetry choose where it keeps them
    if (!INSTANCE.isUsed) {
      throw new IllegalStateException(
          "OpenTelemetry keeps its contexts elsewhere: there must be one ContextStorageProvider");
    }
    INSTANCE.watchHandOvers();
    INSTANCE.listeners.add(listener);
  }

  /** Tells a listener of nothing any more. */
  public static void forget(Listener listener) {
    INSTANCE.listeners.remove(listener);
  }

  private synchronized void watchHandOvers() {
    if (handOvers != null) {
      return;
    }
    try {
      handOvers = JdkHandOvers.watch(this::handOver);
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException("hand-overs cannot be watched: " + e.getMessage(), e);
    } catch (IllegalStateException e) { // of the agent
      throw new IllegalStateException(
          "hand-overs cannot be watched, as no agent can be loaded into this JVM: run it with"
              + " -XX:+EnableDynamicAgentLoading, or with -javaagent: and byte-buddy-agent.jar",
          e);
    }
  }

  private @Nullable Listener owner(@Nullable Context context) {
    if (context == null || listeners.isEmpty()) {
      return null;
    }
    SpanContext span = Span.fromContext(context).getSpanContext();
    if (span.isValid()) {
      for (Listener listener : listeners) {
        if (listener.owns(span.getTraceId())) {
          return listener;
        }
      }
    }
    return null;
  }

  @Override
  public Scope attach(Context context) {
    Scope scope = contexts.attach(context);
    Listener listener = owner(context);
    if (listener == null) {
      return scope;
    }
    OpenScope open = new OpenScope(traceId(context), site(), Thread.currentThread());
    listener.opened(open);
    return () -> close(scope, context, open, listener);
  }

  @SuppressWarnings("ReferenceEquality") // contexts have no other
  private void close(Scope scope, Context context, OpenScope open, Listener listener) {
    String wrong = "";
    if (!Thread.currentThread().equals(open.thread)) {
      wrong = "was taken back on thread '" + Thread.currentThread().getName()
          + "', which leaves it on the other";
    } else if (contexts.current() != context) {
      wrong = "was taken back before one that was made current later";
    }
    listener.closed(open, wrong);
    scope.close();
  }

  @Override
  public @Nullable Context current() {
    if (!isUsed) {
      isUsed = true;
    }
    Context current = contexts.current();
    JdkHandOvers watched = handOvers;
    if (watched != null
        && !listeners.isEmpty()
        && (current == null || current.equals(Context.root()))) {
      try {
        missed(watched);
      } catch (RuntimeException e) {
        listeners.forEach(listener -> listener.failed(e)); // whoever asks gets its answer
      }
    }
    return current;
  }

  private void missed(JdkHandOvers watched) {
    if (watched.current() instanceof HandOver handOver && isMissed()) {
      for (Listener listener : listeners) {
        if (listener.owns(handOver.traceId)) {
          listener.lost(new Loss(
              handOver.traceId, handOver.at, site(), Thread.currentThread().getName()));
        }
      }
    }
  }

  /** What a task is that is handed over now. */
  private @Nullable Object handOver(Object task) {
    JdkHandOvers watched = handOvers;
    if (watched == null || listeners.isEmpty()) {
      return null;
    }
    if (task instanceof Thread && isOfPool()) {
      return watched.none();
    }
    Context context = contexts.current();
    return context == null || owner(context) == null
        ? null
        : new HandOver(traceId(context), site(frame -> !isMaking(task, frame)));
  }

  private static String traceId(Context context) {
    return Span.fromContext(context).getSpanContext().getTraceId();
  }

  private static boolean isOfPool() {
    return STACK.walk(frames -> frames
        .takeWhile(frame -> !isOfUser(frame) || POOLS.contains(placeOf(frame)))
        .anyMatch(frame -> POOLS.contains(placeOf(frame))));
  }

  private static String placeOf(StackFrame frame) {
    return frame.getClassName() + '.' + frame.getMethodName();
  }

  /** Whether this is the making of a task, which is handed over by whoever makes it. */
  private static boolean isMaking(Object task, StackFrame frame) {
    return frame.getMethodName().equals("<init>")
        && frame.getClassName().equals(task.getClass().getName());
  }

  /**
   * Whether the current context is asked for by who misses it: not by a step that is told its parent, nor by who only hands the
   * work on, for then it asks again itself.
   */
  private static boolean isMissed() {
    return STACK.walk(frames -> {
      List<StackFrame> all = frames.toList();
      return all.stream().takeWhile(frame -> !isOfUser(frame)).noneMatch(ContextWatch::isNoMiss)
          && all.stream().takeWhile(frame -> !isWork(frame)).noneMatch(ContextWatch::isBesideWork);
    });
  }

  private static boolean isNoMiss(StackFrame frame) {
    String name = frame.getClassName();
    return switch (name) {
      case "dev.chasqui.tracing.Tracing" -> frame.getDescriptor().startsWith(STEP_BELOW);
      case "dev.chasqui.tracing.Messages" -> frame.getMethodName().startsWith("process");
      case "dev.chasqui.tracing.Trace" -> frame.getMethodName().startsWith("keep");
      default ->
        name.startsWith("dev.chasqui.tracing.Context")
            || name.startsWith("io.opentelemetry.context.CurrentContext");
    };
  }

  /** Where the function of something that follows on a future is called. */
  private static boolean isWork(StackFrame frame) {
    return frame.getMethodName().equals("tryFire");
  }

  /**
   * What follows on a future is given to an executor by who completes that, and its function may have kept the context; and what a
   * pool does before and after a task is outside of it.
   */
  private static boolean isBesideWork(StackFrame frame) {
    return switch (frame.getMethodName()) {
      case "claim" ->
        frame.getClassName().equals("java.util.concurrent.CompletableFuture$UniCompletion");
      case "beforeExecute", "afterExecute" ->
        ThreadPoolExecutor.class.isAssignableFrom(frame.getDeclaringClass());
      default -> false;
    };
  }

  /** Where the code of a user is that calls this, by way of ours and others. */
  public static Place site() {
    return site(frame -> true);
  }

  private static Place site(Predicate<StackFrame> wanted) {
    return new Place(STACK.walk(frames ->
        frames.filter(ContextWatch::isOfUser).filter(wanted).findFirst().orElse(null)));
  }

  private static boolean isOfUser(StackFrame frame) {
    return OF_USERS.computeIfAbsent(frame.getClassName(), ContextWatch::isOfUser);
  }

  private static boolean isOfUser(String name) {
    int nested = name.indexOf('$');
    return NOT_OF_USERS.stream().noneMatch(name::startsWith)
        && !OURS.contains(nested < 0 ? name : name.substring(0, nested));
  }
}
