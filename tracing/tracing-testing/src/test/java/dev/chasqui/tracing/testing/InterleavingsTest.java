package dev.chasqui.tracing.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Requests at the same time that hand work over in any way, from a seed: what is done for a request always sees that request
 * and no other, whatever fails or is cancelled, and no thread keeps anything; nor does the recorder find a span that has not
 * ended or a context that is lost. 500,000 hand-overs; more with {@code -Dchasqui.interleavings=10000000}.
 */
final class InterleavingsTest {
  private static final ContextKey<Long> REQUEST = ContextKey.named("request");
  private static final int HAND_OVERS = Integer.getInteger("chasqui.interleavings", 500_000);
  private static final int CLIENTS = 4;
  private static final int DEEPEST = 4;

  @RegisterExtension
  final TraceRecorder traces = TraceRecorder.create();

  private final Tracing tracing = Tracing.of("test", traces.openTelemetry());
  private final ExecutorService plainPool = Executors.newFixedThreadPool(3);
  private final ExecutorService pool = Trace.threads(plainPool);
  private final ScheduledExecutorService plainTimer = Executors.newScheduledThreadPool(2);
  private final ScheduledExecutorService timer = Trace.threads(plainTimer);
  private final AtomicLong handedOver = new AtomicLong();
  private final AtomicLong under = new AtomicLong(); // way and not done
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  /** Of any request, for others to complete. */
  private final Queue<CompletableFuture<String>> open = new ConcurrentLinkedQueue<>();

  /** One request, and the trace that it is done in. */
  private record Request(long number, String trace) {}

  private void check(Request request) {
    Long seen = Context.current().get(REQUEST);
    if (seen == null || seen != request.number) {
      wrong.add(request + " saw " + seen);
    }
    if (!Trace.id().equals(request.trace)) {
      wrong.add(request + " saw trace " + Trace.id());
    }
  }

  private void work(Request request, Random random, int depth) {
    check(request);
    int ways = depth >= DEEPEST ? 0 : random.nextInt(3);
    for (int i = 0; i < ways; i++) {
      handOver(request, new Random(random.nextLong()), depth + 1);
      completeAnothers(random);
    }
    check(request);
  }

  private void handOver(Request request, Random random, int depth) {
    handedOver.incrementAndGet();
    under.incrementAndGet();
    AtomicBoolean done = new AtomicBoolean();
    Runnable task = () -> {
      try {
        tracing.run("task", () -> {
          work(request, random, depth);
          if (random.nextInt(8) == 0) {
            throw new IllegalStateException("on purpose");
          }
        });
      } catch (IllegalStateException e) {
        check(request);
      } finally {
        end(done);
      }
    };
    try {
      switch (random.nextInt(8)) {
        case 0 -> pool.execute(task);
        case 1 -> cancel(pool.submit(task), done, random);
        case 2 -> plainPool.execute(Trace.keep(task));
        case 3 ->
          cancel(timer.schedule(task, random.nextInt(200), TimeUnit.MICROSECONDS), done, random);
        case 4 -> {
          var unused = CompletableFuture.runAsync(task, pool);
        }
        case 5 -> whenCompletedBySomebody(task, false);
        case 6 -> whenCompletedBySomebody(task, true);
        default -> {
          CompletableFuture<String> future = tracing.async("async", CompletableFuture::new);
          var unused = future.handle(Trace.keep((String result, Throwable failure) -> {
            task.run();
            return "";
          }));
          check(request);
          if (random.nextBoolean()) {
            future.cancel(true);
          } else {
            open.add(future);
          }
        }
      }
    } catch (RejectedExecutionException e) {
      end(done);
    }
  }

  private void end(AtomicBoolean done) {
    if (done.compareAndSet(false, true)) {
      under.decrementAndGet();
    }
  }

  private void whenCompletedBySomebody(Runnable task, boolean async) {
    CompletableFuture<String> future = new CompletableFuture<>();
    var unused = async
        ? future.thenApplyAsync(
            Trace.keep((String result) -> {
              task.run();
              return "";
            }),
            pool)
        : future.thenApply(Trace.keep((String result) -> {
          task.run();
          return "";
        }));
    open.add(future);
  }

  private void cancel(Future<?> future, AtomicBoolean done, Random random) {
    if (random.nextInt(8) == 0 && future.cancel(false)) {
      end(done); // unless it had begun
    }
  }

  private void completeAnothers(Random random) {
    CompletableFuture<String> future = random.nextBoolean() ? open.poll() : null;
    if (future != null) {
      future.complete("");
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void work_handedOverInAnyWay_seesItsOwnRequestOnly() throws Exception {
    long seed = Long.getLong("chasqui.interleavings.seed", new Random().nextInt(1_000_000));
    AtomicLong number = new AtomicLong();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Random random = new Random(seed + i);
      Thread client = new Thread(() -> {
        while (handedOver.get() < HAND_OVERS && wrong.isEmpty()) {
          request(number.incrementAndGet(), random);
          while (under.get() > 2_000 && wrong.isEmpty()) { // so that nothing piles up
            drain();
            Thread.onSpinWait();
          }
        }
      });
      client.setUncaughtExceptionHandler((thread, failure) -> wrong.add("failed: " + failure));
      clients.add(client);
      client.start();
    }
    for (Thread client : clients) {
      client.join();
    }
    while (under.get() > 0 && wrong.isEmpty()) {
      drain();
      Thread.onSpinWait();
    }
    assertThat(wrong).as("seed %s", seed).isEmpty();
    assertNothingIsLeft(plainPool, 3);
    assertNothingIsLeft(plainTimer, 2);
    plainPool.shutdownNow();
    plainTimer.shutdownNow();
  }

  private void request(long number, Random random) {
    Scope scope = Context.root().with(REQUEST, number).makeCurrent();
    try {
      tracing.run("request", () -> work(new Request(number, Trace.id()), random, 0));
    } catch (CancellationException e) {
      wrong.add("a request was cancelled by another");
    } finally {
      scope.close();
    }
    if (!Context.current().equals(Context.root())) {
      wrong.add("something is left on the thread of a client");
    }
  }

  private void drain() {
    for (CompletableFuture<String> future = open.poll(); future != null; future = open.poll()) {
      future.complete("");
    }
  }

  /** All threads at once, each of which has nothing current. */
  private static void assertNothingIsLeft(ExecutorService threads, int count) throws Exception {
    CountDownLatch all = new CountDownLatch(count);
    List<Future<Span>> seen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      seen.add(threads.submit(() -> {
        all.countDown();
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        return Span.current();
      }));
    }
    for (Future<Span> each : seen) {
      assertThat(each.get(30, TimeUnit.SECONDS)).isSameAs(Span.getInvalid());
    }
  }
}
