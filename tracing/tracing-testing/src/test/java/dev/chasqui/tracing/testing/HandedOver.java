package dev.chasqui.tracing.testing;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The ways in which the JDK hands work to another thread, each of which loses its context, in a line of its own. */
final class HandedOver implements AutoCloseable {
  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
  private final ForkJoinPool forks = new ForkJoinPool(2);
  private final Timer timer = new Timer("timer", true);
  private final Tracing tracing;
  private final CountDownLatch done;
  private final Runnable work;

  HandedOver(Tracing tracing, int times) {
    this.tracing = tracing;
    done = new CountDownLatch(times);
    work = () -> {
      tracing.run("work", () -> {});
      done.countDown();
    };
  }

  /** One way. */
  interface Way {
    void handOver(HandedOver to) throws Exception;
  }

  void doAnd(Way way) throws Exception {
    tracing.run("request", () -> way.handOver(this));
    if (!done.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not run");
    }
  }

  void thread() {
    new Thread(work).start();
  }

  void subclassOfThread() {
    new Thread("own") {
      @Override
      public void run() {
        work.run();
      }
    }.start();
  }

  void execute() {
    pool.execute(work);
  }

  void executeOnAWarmPool() throws Exception {
    pool.submit(() -> {}).get(30, TimeUnit.SECONDS);
    pool.execute(work);
  }

  void submit() {
    var unused = pool.submit(work);
  }

  void invokeAll() throws Exception {
    pool.invokeAll(List.of(callable()));
  }

  void invokeAny() throws Exception {
    pool.invokeAny(List.of(callable()));
  }

  private Callable<String> callable() {
    return () -> {
      work.run();
      return "";
    };
  }

  void schedule() {
    var unused = scheduler.schedule(work, 1, TimeUnit.MILLISECONDS);
  }

  void scheduleAtFixedRate() {
    var unused = scheduler.scheduleAtFixedRate(work, 0, 1, TimeUnit.MILLISECONDS);
  }

  void timer() {
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            work.run();
          }
        },
        1);
  }

  void forkJoinPool() {
    var unused = forks.submit(work);
  }

  void recursiveAction() {
    forks.execute(new RecursiveAction() {
      @Override
      protected void compute() {
        work.run();
      }
    });
  }

  void parallelStream() throws Exception {
    forks
        .submit(() -> IntStream.range(0, 2).parallel().forEach(i -> work.run()))
        .get();
  }

  void supplyAsync() {
    var unused = CompletableFuture.runAsync(work);
  }

  void supplyAsyncOnAPool() {
    var unused = CompletableFuture.runAsync(work, pool);
  }

  void thenApplyOfAnother() {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = future.thenRun(work);
    complete(future);
  }

  void thenApplyAsyncOfAnother() {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = future.thenRunAsync(work, pool);
    complete(future);
  }

  /** Which takes along what is current for who completes it: nothing. */
  void thenApplyAsyncOnAWrappedPool() {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = future.thenRunAsync(work, Trace.threads(pool));
    complete(future);
  }

  void thenCombineOfAnother() {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = future.runAfterBoth(CompletableFuture.completedFuture(""), work);
    complete(future);
  }

  private void complete(CompletableFuture<String> future) {
    CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS).execute(() -> future.complete(""));
  }

  void completeOnTimeout() {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = future.thenRun(work);
    future.completeOnTimeout("", 1, TimeUnit.MILLISECONDS);
  }

  void delayedExecutor() {
    CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS, pool).execute(work);
  }

  void submissionPublisher() {
    try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
      var unused = publisher.consume(item -> work.run());
      publisher.submit("");
    }
  }

  void executorOfOnesOwn() {
    Executor own = task -> new Thread(task).start();
    own.execute(work);
  }

  @Override
  public void close() {
    pool.shutdownNow();
    scheduler.shutdownNow();
    forks.shutdownNow();
    timer.cancel();
  }
}
