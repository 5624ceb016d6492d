package dev.chasqui.tracing.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Messages;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.testing.HandedOver.Way;
import dev.chasqui.tracing.testing.internal.ContextWatch;
import io.opentelemetry.context.Context;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is handed over without its context is found, with its place; what takes it along is not. */
final class LossesTest {
  private final TraceRecorder traces =
      TraceRecorder.create(); // without JUnit, as it is to find something
  private final ContextProblems problems = new ContextProblems(traces.ids(), List.of());
  private final Tracing tracing = Tracing.of("test", traces.openTelemetry());

  @BeforeEach
  void watch() {
    ContextWatch.watch(problems);
  }

  @AfterEach
  void forget() {
    ContextWatch.forget(problems);
  }

  private static Arguments way(String method, Way way) {
    return Arguments.of(method, way);
  }

  static Stream<Arguments> ways() {
    return Stream.of(
        way("thread", HandedOver::thread),
        way("subclassOfThread", HandedOver::subclassOfThread),
        way("execute", HandedOver::execute),
        way("executeOnAWarmPool", HandedOver::executeOnAWarmPool),
        way("submit", HandedOver::submit),
        way("invokeAll", HandedOver::invokeAll),
        way("invokeAny", HandedOver::invokeAny),
        way("schedule", HandedOver::schedule),
        way("scheduleAtFixedRate", HandedOver::scheduleAtFixedRate),
        way("timer", HandedOver::timer),
        way("forkJoinPool", HandedOver::forkJoinPool),
        way("recursiveAction", HandedOver::recursiveAction),
        way("parallelStream", HandedOver::parallelStream),
        way("supplyAsync", HandedOver::supplyAsync),
        way("supplyAsyncOnAPool", HandedOver::supplyAsyncOnAPool),
        way("thenApplyOfAnother", HandedOver::thenApplyOfAnother),
        way("thenApplyAsyncOfAnother", HandedOver::thenApplyAsyncOfAnother),
        way("thenApplyAsyncOnAWrappedPool", HandedOver::thenApplyAsyncOnAWrappedPool),
        way("thenCombineOfAnother", HandedOver::thenCombineOfAnother),
        way("completeOnTimeout", HandedOver::completeOnTimeout),
        way("delayedExecutor", HandedOver::delayedExecutor),
        way("submissionPublisher", HandedOver::submissionPublisher),
        way("executorOfOnesOwn", HandedOver::executorOfOnesOwn));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ways")
  void work_handedOverWithoutItsContext_isFound(String method, Way way) throws Exception {
    int times = method.equals("parallelStream") || method.equals("scheduleAtFixedRate") ? 2 : 1;
    try (HandedOver to = new HandedOver(tracing, times)) {
      to.doAnd(way);
    }
    assertThat(problems.all())
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem)
            .contains("a context was lost on its way to thread")
            .containsPattern("handed over at dev.+HandedOver\\." + method + "\\(HandedOver.java:")
            .containsPattern("missed at dev.+HandedOver.+\\(HandedOver.java:"));
  }

  @Test
  void work_keptInAnyWay_isNotFound() throws Exception {
    ExecutorService plain = Executors.newFixedThreadPool(2);
    ScheduledExecutorService plainTimer = Executors.newScheduledThreadPool(1);
    ExecutorService pool = Trace.threads(plain);
    Runnable work = () -> tracing.run("work", () -> {});
    CompletableFuture<String> future = new CompletableFuture<>();
    List<Future<?>> all = new ArrayList<>();
    tracing.run("request", () -> {
      all.add(pool.submit(work));
      pool.execute(work);
      pool.invokeAll(List.of(Executors.callable(work)));
      all.add(Trace.threads(plainTimer).schedule(work, 1, TimeUnit.MILLISECONDS));
      all.add(plain.submit(Trace.keep(work)));
      all.add(CompletableFuture.runAsync(work, pool));
      all.add(future.thenApply(Trace.keep((String result) -> tracing.call("work", () -> result))));
      all.add(future.thenApplyAsync(
          Trace.keep((String result) -> tracing.call("work", () -> result)), plain));
      all.add(plain.submit(() -> "asks for nothing"));
      all.add(plain.submit(tracing.tick("own trace", () -> {})));
      all.add(tracing.async("stage", () -> future));
      Thread thread = Trace.threadFactory(Thread::new).newThread(work);
      thread.start();
      thread.join();
    });
    all.add(plain.submit(work)); // by somebody without a trace
    CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS).execute(() -> future.complete(""));
    for (Future<?> each : all) {
      each.get(30, TimeUnit.SECONDS);
    }
    plain.shutdown();
    plainTimer.shutdown();
    assertThat(plain.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void questions_ofWhoOnlyHandsOn_areNoLosses() throws Exception {
    ThreadPoolExecutor plain =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
          @Override
          protected void beforeExecute(Thread thread, Runnable task) {
            Trace.id(); // as a line in a log asks
          }

          @Override
          protected void afterExecute(Runnable task, @Nullable Throwable failure) {
            Trace.id();
          }
        };
    ExecutorService pool = Trace.threads(plain);
    Executor own = task -> pool.execute(Context.current().wrap(task));
    Messages messages = tracing.messages("redis", "orders");
    Map<String, String> sent = new HashMap<>();
    CompletableFuture<String> future = new CompletableFuture<>();
    List<CompletableFuture<?>> all = new ArrayList<>();
    tracing.run("request", () -> {
      messages.send(sent, fields -> {
        sent.putAll(fields);
        return "";
      });
      all.add(CompletableFuture.supplyAsync(
          Trace.keepSupplier(() -> tracing.call("work", () -> "")),
          CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS, pool)));
      all.add(future.thenApplyAsync(
          Trace.keep((String result) -> tracing.call("work", () -> result)), own));
      // A consumer that happens to be begun in a request, for all messages.
      all.add(CompletableFuture.runAsync(() -> messages.process(sent, fields -> {})));
    });
    CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS).execute(() -> future.complete(""));
    for (CompletableFuture<?> each : all) {
      each.get(30, TimeUnit.SECONDS);
    }
    plain.shutdown();
    assertThat(plain.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void losses_inATraceFromElsewhere_areFound() throws Exception {
    String token = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Thread thread = new Thread(() -> tracing.run("work", () -> {}));
    tracing.resume("handle", token).run(thread::start);
    thread.join();
    assertThat(problems.all()).hasSize(1);
  }

  @Test
  void timers_whoseTaskSchedulesAnother_doNotMixThemUp() throws Exception {
    Timer timer = new Timer("timer", true);
    CountDownLatch done = new CountDownLatch(2);
    TimerTask kept = timerTask(Trace.keep(() -> {}), done);
    Runnable heartbeat = () -> {
      timer.schedule(timerTask(() -> {}, done), 1);
      tracing.run("heartbeat", () -> {}); // of nobody's request
    };
    tracing.run("request", () -> timer.schedule(kept, 60_000));
    timer.schedule(timerTask(heartbeat, done), 1);
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    timer.cancel();
    assertThat(problems.all()).isEmpty();
  }

  private static TimerTask timerTask(Runnable body, CountDownLatch done) {
    return new TimerTask() {
      @Override
      public void run() {
        body.run();
        done.countDown();
      }
    };
  }

  @Test
  void losses_ofPoolsThatKeepTheirHooksToThemselves_areFound() throws Exception {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
          @Override
          protected void beforeExecute(Thread thread, Runnable task) {}
        };
    CountDownLatch done = new CountDownLatch(2);
    Runnable work = () -> {
      tracing.run("work", () -> {});
      done.countDown();
    };
    FutureTask<String> early = new FutureTask<>(work, "");
    tracing.run("request", () -> {
      pool.execute(work);
      new Thread(early).start();
    });
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();
    assertThat(problems.all()).hasSize(2);
  }

  /** By name, for they are of newer JDKs. */
  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void virtualThreads_ofTasks_areFound() throws Exception {
    Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
    ExecutorService perTask = (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    Runnable work = () -> tracing.run("work", () -> {});
    Future<?> done = tracing.call("request", () -> {
      ((Thread) start.invoke(null, work)).join();
      return perTask.submit(work);
    });
    done.get(30, TimeUnit.SECONDS);
    perTask.shutdown();
    assertThat(problems.all())
        .hasSize(2)
        .allSatisfy(problem ->
            assertThat(problem).contains("handed over at dev.chasqui.tracing.testing.LossesTest"));
  }
}
