package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ways of the JDK to have something done elsewhere or later: plainly, and with us. */
final class HandOversTest {
  private static final ContextKey<String> WHO = ContextKey.named("who");
  private static final Executor NEW_THREADS = task -> new Thread(task).start();
  private static final int VIRTUAL = 21;
  private static final int STRUCTURED = 25;

  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final ExecutorService kept = Trace.threads(pool);
  private final ScheduledExecutorService keptTimer = Trace.threads(timer);
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private final List<ExecutorService> toEnd = new ArrayList<>(List.of(pool, timer));

  /** Has {@link #who} done in some way, and says what it saw. */
  private interface Way {
    String go(HandOversTest test) throws Exception;
  }

  /**
   * A row of the table in the README.
   *
   * @param jdk from which it is there
   * @param plainly what the plain JDK does with the context
   * @param how it is kept
   */
  record HandOver(String name, int jdk, String plainly, String how, Way plain, Way ours) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static String who() {
    String who = Context.current().get(WHO);
    return who == null ? "lost" : who;
  }

  private void tell() {
    seen.add(who());
  }

  private String told() throws InterruptedException {
    String told = seen.poll(30, TimeUnit.SECONDS);
    return told == null ? "never done" : told;
  }

  private static HandOver row(String name, String plainly, String how, Way plain, Way ours) {
    return new HandOver(name, 17, plainly, how, plain, ours);
  }

  private static HandOver row(String name, int jdk, String how, Way plain, Way ours) {
    return new HandOver(name, jdk, "lost", how, plain, ours);
  }

  static Stream<HandOver> rows() {
    return Stream.of(
        row(
            "the same thread",
            "kept",
            "nothing to do",
            test -> who(),
            test -> Trace.keep(HandOversTest::who).call()),
        row(
            "`new Thread(task)`",
            "lost",
            "`keep(task)`",
            test -> test.thread(test::tell),
            test -> test.thread(Trace.keep(test::tell))),
        row(
            "a thread of a `ThreadFactory`",
            "lost",
            "`threadFactory(factory)`",
            test -> test.factory(Thread::new),
            test -> test.factory(Trace.threadFactory(Thread::new))),
        row(
            "`execute`",
            "lost",
            "`threads(executor)`",
            test -> test.executed(test.pool),
            test -> test.executed(test.kept)),
        row(
            "`execute` of an `Executor` of your own",
            "lost",
            "`threads(executor)`",
            test -> test.executed(NEW_THREADS),
            test -> test.executed(Trace.threads(NEW_THREADS))),
        row(
            "`submit`",
            "lost",
            "`threads(executor)`",
            test -> test.pool.submit(HandOversTest::who).get(),
            test -> test.kept.submit(HandOversTest::who).get()),
        row(
            "`submit` of a `Runnable`",
            "lost",
            "`threads(executor)`",
            test -> test.submitted(test.pool),
            test -> test.submitted(test.kept)),
        row(
            "`invokeAll`",
            "lost",
            "`threads(executor)`",
            test -> invokedAll(test.pool),
            test -> invokedAll(test.kept)),
        row(
            "`invokeAny`",
            "lost",
            "`threads(executor)`",
            test -> invokedAny(test.pool),
            test -> invokedAny(test.kept)),
        row(
            "`schedule`",
            "lost",
            "`threads(scheduler)`",
            test -> test.scheduled(test.timer),
            test -> test.scheduled(test.keptTimer)),
        row(
            "`scheduleAtFixedRate`, second run",
            "lost",
            "`threads(scheduler)`",
            test -> test.atFixedRate(test.timer),
            test -> test.atFixedRate(test.keptTimer)),
        row(
            "`scheduleWithFixedDelay`, second run",
            "lost",
            "`threads(scheduler)`",
            test -> test.withFixedDelay(test.timer),
            test -> test.withFixedDelay(test.keptTimer)),
        row(
            "`java.util.Timer`",
            "lost",
            "`keep(task)`",
            test -> test.timed(test::tell),
            test -> test.timed(Trace.keep(test::tell))),
        row(
            "`ForkJoinPool.submit`",
            "lost",
            "`keep(task)`",
            test -> inForkJoinPool(HandOversTest::who),
            test -> inForkJoinPool(Trace.keep(HandOversTest::who))),
        row(
            "a parallel stream",
            "lost in some elements",
            "`keep(function)`",
            test -> parallel(each -> who()),
            test -> parallel(Trace.keep((Integer each) -> who()))),
        row(
            "`supplyAsync`",
            "lost",
            "`keepSupplier(supplier)`",
            test -> CompletableFuture.supplyAsync(HandOversTest::who).get(),
            test -> CompletableFuture.supplyAsync(Trace.keepSupplier(HandOversTest::who))
                .get()),
        row(
            "`supplyAsync` with an executor",
            "lost",
            "`threads(executor)`",
            test -> CompletableFuture.supplyAsync(HandOversTest::who, test.pool).get(),
            test -> CompletableFuture.supplyAsync(HandOversTest::who, test.kept).get()),
        row(
            "`thenApply`, completed elsewhere",
            "lost",
            "`keep(function)`",
            test -> test.completedElsewhere(future -> future.thenApply(x -> who())),
            test -> test.completedElsewhere(
                future -> future.thenApply(Trace.keep((String x) -> who())))),
        row(
            "`thenApplyAsync`, completed elsewhere",
            "lost",
            "`keep(function)`",
            test -> test.completedElsewhere(future -> future.thenApplyAsync(x -> who(), test.pool)),
            test -> test.completedElsewhere(
                future -> future.thenApplyAsync(Trace.keep((String x) -> who()), test.kept))),
        row(
            "`thenApply`, completed by somebody else's request",
            "**somebody else's**",
            "`keep(function)`",
            test -> test.completedByAnother(future -> future.thenApply(x -> who())),
            test -> test.completedByAnother(
                future -> future.thenApply(Trace.keep((String x) -> who())))),
        row(
            "`thenApplyAsync`, completed by somebody else's request",
            "lost",
            "`keep(function)`",
            test -> test.completedByAnother(future -> future.thenApplyAsync(x -> who(), test.pool)),
            test -> test.completedByAnother(
                future -> future.thenApplyAsync(Trace.keep((String x) -> who()), test.kept))),
        row(
            "`thenApplyAsync` with a wrapped executor, completed by somebody else's request",
            "**somebody else's**",
            "`keep(function)`",
            test -> test.completedByAnother(future -> future.thenApplyAsync(x -> who(), test.kept)),
            test -> test.completedByAnother(
                future -> future.thenApplyAsync(Trace.keep((String x) -> who()), test.kept))),
        row(
            "`thenCombine`, completed elsewhere",
            "lost",
            "`keep(function)`",
            test -> test.completedElsewhere(future -> future.thenCombine(future, (x, y) -> who())),
            test -> test.completedElsewhere(
                future -> future.thenCombine(future, Trace.keep((String x, String y) -> who())))),
        row(
            "`whenComplete`, completed elsewhere",
            "lost",
            "`keepConsumer(consumer)`",
            test -> test.whenCompleted(false),
            test -> test.whenCompleted(true)),
        row(
            "`completeOnTimeout`",
            "lost",
            "`keep(function)`",
            test -> onTimeout(x -> who()),
            test -> onTimeout(Trace.keep((String x) -> who()))),
        row(
            "`delayedExecutor`",
            "lost",
            "`keepSupplier(supplier)`",
            test -> CompletableFuture.supplyAsync(HandOversTest::who, test.delayed())
                .get(),
            test -> CompletableFuture.supplyAsync(
                    Trace.keepSupplier(HandOversTest::who), test.delayed())
                .get()),
        row(
            "`SubmissionPublisher.consume`",
            "lost",
            "`keepConsumer(consumer)`",
            test -> test.published(false),
            test -> test.published(true)),
        row(
            "`Thread.startVirtualThread`",
            VIRTUAL,
            "`keep(task)`",
            test -> test.virtual(test::tell),
            test -> test.virtual(Trace.keep(test::tell))),
        row(
            "`newVirtualThreadPerTaskExecutor`",
            VIRTUAL,
            "`threads(executor)`",
            test -> virtualThreads(test).submit(HandOversTest::who).get(),
            test ->
                Trace.threads(virtualThreads(test)).submit(HandOversTest::who).get()),
        row(
            "`StructuredTaskScope.fork`",
            STRUCTURED,
            "`threadFactory(factory)`",
            test -> forked(virtualFactory()),
            test -> forked(Trace.threadFactory(virtualFactory()))));
  }

  @AfterEach
  void end() {
    toEnd.forEach(ExecutorService::shutdownNow);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void handOver_withUs_keepsWhatWasCurrent(HandOver row) throws Exception {
    Assumptions.assumeTrue(Runtime.version().feature() >= row.jdk);
    assertThat(as("caller", row.ours)).isEqualTo("caller");
    // On threads that others have used before.
    assertThat(as("second caller", row.ours)).isEqualTo("second caller");
    assertThat(pool.submit(HandOversTest::who).get()).isEqualTo("lost"); // nothing is left there
  }

  @ParameterizedTest
  @MethodSource("rows")
  void handOver_plainly_isAsTheTableSays(HandOver row) throws Exception {
    Assumptions.assumeTrue(Runtime.version().feature() >= row.jdk);
    String got = as("caller", row.plain);
    switch (row.plainly) {
      case "kept" -> assertThat(got).isEqualTo("caller");
      case "lost" -> assertThat(got).isEqualTo("lost");
      case "lost in some elements" -> assertThat(got).contains("caller"); // the caller takes part
      default -> assertThat(got).isEqualTo("stranger");
    }
  }

  private String as(String who, Way way) throws Exception {
    Scope scope = Context.root().with(WHO, who).makeCurrent();
    try {
      return way.go(this);
    } finally {
      scope.close();
    }
  }

  private String thread(Runnable task) throws InterruptedException {
    new Thread(task).start();
    return told();
  }

  private String factory(ThreadFactory factory) throws InterruptedException {
    factory.newThread(this::tell).start();
    return told();
  }

  private String executed(Executor executor) throws InterruptedException {
    executor.execute(this::tell);
    return told();
  }

  private String submitted(ExecutorService executor) throws Exception {
    executor.submit(this::tell).get();
    return told();
  }

  private static String invokedAll(ExecutorService executor) throws Exception {
    return executor
        .invokeAll(List.<Callable<String>>of(HandOversTest::who))
        .get(0)
        .get();
  }

  private static String invokedAny(ExecutorService executor) throws Exception {
    return executor.invokeAny(List.<Callable<String>>of(HandOversTest::who));
  }

  private String scheduled(ScheduledExecutorService executor) throws Exception {
    return executor.schedule(HandOversTest::who, 1, TimeUnit.MILLISECONDS).get();
  }

  private String atFixedRate(ScheduledExecutorService executor) throws InterruptedException {
    return secondRun(executor.scheduleAtFixedRate(this::tell, 1, 1, TimeUnit.MILLISECONDS));
  }

  private String withFixedDelay(ScheduledExecutorService executor) throws InterruptedException {
    return secondRun(executor.scheduleWithFixedDelay(this::tell, 1, 1, TimeUnit.MILLISECONDS));
  }

  private String secondRun(Future<?> task) throws InterruptedException {
    told();
    String second = told();
    task.cancel(true);
    drain();
    return second;
  }

  /** The only thread of the timer has done what it was at. */
  private void drain() throws InterruptedException {
    var unused = timer.schedule(() -> seen.add("drained"), 0, TimeUnit.MILLISECONDS);
    while (!told().equals("drained")) {
      // an older run
    }
  }

  private String timed(Runnable task) throws InterruptedException {
    Timer utilTimer = new Timer(true);
    utilTimer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            task.run();
          }
        },
        1);
    String told = told();
    utilTimer.cancel();
    return told;
  }

  private static String inForkJoinPool(Callable<String> task) throws Exception {
    ForkJoinPool own = new ForkJoinPool(1);
    try {
      return own.submit(task).get();
    } finally {
      own.shutdownNow();
    }
  }

  private static String parallel(Function<Integer, String> map) {
    return IntStream.range(0, 20_000)
        .boxed()
        .parallel()
        .map(map)
        .distinct()
        .sorted()
        .collect(Collectors.joining(","));
  }

  private String completedElsewhere(
      Function<CompletableFuture<String>, CompletableFuture<String>> then) throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    CompletableFuture<String> after = then.apply(future);
    pool.execute(() -> future.complete(""));
    return after.get(30, TimeUnit.SECONDS);
  }

  private String completedByAnother(
      Function<CompletableFuture<String>, CompletableFuture<String>> then) throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    CompletableFuture<String> after = then.apply(future);
    pool.execute(Context.root().with(WHO, "stranger").wrap(() -> {
      future.complete("");
    }));
    return after.get(30, TimeUnit.SECONDS);
  }

  private String whenCompleted(boolean keeps) throws InterruptedException {
    CompletableFuture<String> future = new CompletableFuture<>();
    BiConsumer<String, Throwable> then = (x, failure) -> tell();
    var unused = future.whenComplete(keeps ? Trace.keepConsumer(then) : then);
    pool.execute(() -> future.complete(""));
    return told();
  }

  private static String onTimeout(Function<String, String> then) throws Exception {
    return new CompletableFuture<String>()
        .completeOnTimeout("", 5, TimeUnit.MILLISECONDS)
        .thenApply(then)
        .get(30, TimeUnit.SECONDS);
  }

  private Executor delayed() {
    return CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS, pool);
  }

  private String published(boolean keeps) throws InterruptedException {
    try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
      var unused = publisher.consume(keeps ? Trace.keepConsumer(x -> tell()) : x -> tell());
      publisher.submit("x");
      return told();
    }
  }

  // What follows is there on newer JDKs only.

  private String virtual(Runnable task) throws Exception {
    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    return told();
  }

  private static ExecutorService virtualThreads(HandOversTest test) throws Exception {
    ExecutorService threads = (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    test.toEnd.add(threads);
    return threads;
  }

  private static ThreadFactory virtualFactory() throws Exception {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    return (ThreadFactory)
        Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
  }

  private static String forked(ThreadFactory factory) throws Exception {
    Class<?> scopes = Class.forName("java.util.concurrent.StructuredTaskScope");
    Class<?> joiners = Class.forName("java.util.concurrent.StructuredTaskScope$Joiner");
    Object joiner = joiners.getMethod("awaitAllSuccessfulOrThrow").invoke(null);
    Method withThreadFactory = Class.forName(
            "java.util.concurrent.StructuredTaskScope$Configuration")
        .getMethod("withThreadFactory", ThreadFactory.class);
    Function<Object, @Nullable Object> configuration = given -> {
      try {
        return withThreadFactory.invoke(given, factory);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    };
    try (AutoCloseable scope = (AutoCloseable)
        scopes.getMethod("open", joiners, Function.class).invoke(null, joiner, configuration)) {
      Object fork = scopes.getMethod("fork", Callable.class).invoke(scope, (Callable<String>)
          HandOversTest::who);
      scopes.getMethod("join").invoke(scope);
      return (String) Class.forName("java.util.concurrent.StructuredTaskScope$Subtask")
          .getMethod("get")
          .invoke(fork);
    }
  }
}
