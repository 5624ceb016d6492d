package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of at most three children with the same name, with times that are made up. */
final class SpanBudgetTest {
  static final AttributeKey<Long> COUNT = AttributeKey.longKey("chasqui.rollup.count");
  static final AttributeKey<Long> FAILED = AttributeKey.longKey("chasqui.rollup.failed");
  static final AttributeKey<Double> TOTAL = AttributeKey.doubleKey("chasqui.rollup.total_ms");
  static final AttributeKey<Double> LONGEST = AttributeKey.doubleKey("chasqui.rollup.max_ms");
  private static final AttributeKey<String> SKU = AttributeKey.stringKey("sku");
  private static final long BEGINNING = 1_764_288_000_000L;

  private final Arrived arrived = new Arrived();
  private final SpanBudget budget = new SpanBudget(arrived, 3);
  private final SdkTracerProvider provider = SdkTracerProvider.builder()
      .setSampler(budget.sampler(Sampler.parentBased(Sampler.alwaysOn())))
      .addSpanProcessor(budget)
      .build();

  @AfterEach
  void close() {
    provider.close();
  }

  private Span span(String name, @Nullable Span parent, long fromMillis) {
    return provider
        .get("test")
        .spanBuilder(name)
        .setParent(parent == null ? Context.root() : Context.root().with(parent))
        .setStartTimestamp(BEGINNING + fromMillis, TimeUnit.MILLISECONDS)
        .startSpan();
  }

  private static void end(Span span, long atMillis) {
    span.end(BEGINNING + atMillis, TimeUnit.MILLISECONDS);
  }

  private void children(String name, Span parent, int count) {
    for (int i = 0; i < count; i++) {
      end(span(name, parent, i), i + 1);
    }
  }

  @Test
  void children_aboveTheBudget_areOneSpan_whichComesBeforeItsParent() {
    Span parent = span("parent", null, 0);
    children("query", parent, 3);
    Span first = span("query", parent, 100);
    first.setAttribute(SKU, "A-1");
    end(first, 110);
    end(span("query", parent, 120), 150);
    end(span("query", parent, 90), 95);
    end(span("other", parent, 90), 95);
    assertThat(arrived.names()).containsExactly("query", "query", "query", "other");
    end(parent, 200);
    assertThat(arrived.names())
        .containsExactly("query", "query", "query", "other", "query (rolled up)", "parent");
    SpanData rollUp = arrived.named("query (rolled up)");
    assertThat(rollUp.getSpanContext())
        .returns(true, SpanContext::isSampled)
        .returns(true, SpanContext::isValid)
        .returns(parent.getSpanContext().getTraceId(), SpanContext::getTraceId);
    assertThat(rollUp.getSpanId()).isNotEqualTo(first.getSpanContext().getSpanId());
    assertThat(rollUp.getParentSpanId()).isEqualTo(parent.getSpanContext().getSpanId());
    assertThat(rollUp.getStartEpochNanos()).isEqualTo((BEGINNING + 90) * 1_000_000);
    assertThat(rollUp.getEndEpochNanos()).isEqualTo((BEGINNING + 150) * 1_000_000);
    assertThat(rollUp.getAttributes().get(COUNT)).isEqualTo(3);
    assertThat(rollUp.getAttributes().get(FAILED)).isZero();
    assertThat(rollUp.getAttributes().get(TOTAL)).isEqualTo(45.0);
    assertThat(rollUp.getAttributes().get(LONGEST)).isEqualTo(30.0);
    assertThat(rollUp.getAttributes().get(SKU)).isEqualTo("A-1");
    assertThat(rollUp.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(budget.size()).isZero();
  }

  @Test
  void rollUp_ofWhichSomeFailed_isAsTheFirstThatDid() {
    Span parent = span("parent", null, 0);
    children("query", parent, 4);
    for (String why : List.of("no such row", "timeout")) {
      Span failed = span("query", parent, 10);
      failed.setStatus(StatusCode.ERROR, why);
      failed.addEvent(why);
      end(failed, 11);
    }
    end(parent, 200);
    SpanData rollUp = arrived.named("query (rolled up)");
    assertThat(rollUp.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(rollUp.getStatus().getDescription()).isEqualTo("no such row");
    assertThat(rollUp.getEvents())
        .singleElement()
        .satisfies(event -> assertThat(event.getName()).isEqualTo("no such row"));
    assertThat(rollUp.getAttributes().get(FAILED)).isEqualTo(2);
    assertThat(rollUp.getAttributes().get(COUNT)).isEqualTo(3);
  }

  @Test
  void below_whatIsAboveTheBudget_nothingIsSampled() {
    Span parent = span("parent", null, 0);
    children("query", parent, 3);
    Span above = span("query", parent, 10);
    assertThat(above.isRecording()).isTrue();
    assertThat(above.getSpanContext().isSampled()).isFalse();
    assertThat(span("below", above, 10).isRecording()).isFalse();
  }

  @Test
  void names_thatDifferByIds_areOne() {
    Span parent = span("parent", null, 0);
    for (int i = 0; i < 10; i++) {
      end(span("GET /v1/users/" + i, parent, 0), 1);
    }
    end(parent, 2);
    assertThat(arrived.all()).hasSize(5);
    assertThat(arrived.named("GET /v1/users/{id} (rolled up)").getAttributes().get(COUNT))
        .isEqualTo(7);
  }

  @Test
  void parents_haveABudgetEach_andRootsNone() {
    for (int i = 0; i < 5; i++) {
      Span parent = span("parent", null, 0);
      children("query", parent, 3);
      end(parent, 10);
    }
    assertThat(arrived.all()).hasSize(20);
  }

  @Test
  void forced_isAboveNoBudget() {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    Tracing tracing = Tracing.of("test", sdk);
    tracing.run(
        "parent",
        () -> Trace.force(() -> {
          for (int i = 0; i < 10; i++) {
            tracing.run("query", () -> {});
          }
        }));
    assertThat(arrived.all()).hasSize(11);
  }

  @Test
  void children_thatEndAfterTheirParent_areAddedUpBesides() {
    Span parent = span("parent", null, 0);
    children("query", parent, 4);
    Span late = span("query", parent, 10);
    Span latest = span("query", parent, 10);
    end(parent, 20);
    assertThat(arrived.named("query (rolled up)").getAttributes().get(COUNT)).isEqualTo(1);
    late.setStatus(StatusCode.ERROR, "too late");
    end(late, 30);
    assertThat(arrived.all()).hasSize(5);
    end(latest, 40);
    assertThat(arrived.all()).hasSize(6).last().satisfies(rollUp -> {
      assertThat(rollUp.getAttributes().get(COUNT)).isEqualTo(2);
      assertThat(rollUp.getStatus().getDescription()).isEqualTo("too late");
    });
    assertThat(budget.size()).isZero();
  }

  @Test
  void children_thatBeginAfterTheirParentEnded_areNotCounted() {
    Span parent = span("parent", null, 0);
    end(parent, 1);
    children("query", parent, 10);
    assertThat(arrived.all()).hasSize(11);
    assertThat(budget.size()).isZero();
  }

  /** Ends a span when a sampler asks whether it is forced, which is after it saw that the span has not ended. */
  private record EndingContext(Context context, Span ending) implements Context {
    @Override
    public <V> @Nullable V get(ContextKey<V> key) {
      if (key.toString().equals("dev.chasqui.tracing.mark")) {
        end(ending, 100);
      }
      return context.get(key);
    }

    @Override
    public <V> Context with(ContextKey<V> key, V value) {
      return context.with(key, value);
    }
  }

  @Test
  void parent_thatEndsWhileAChildBegins_isForgotten() {
    Span parent = span("parent", null, 0);
    Context ending = new EndingContext(Context.root().with(parent), parent);
    Span child = provider.get("test").spanBuilder("query").setParent(ending).startSpan();
    assertThat(parent.isRecording()).isFalse();
    assertThat(budget.size()).isZero();
    end(child, 200);
    assertThat(arrived.names()).containsExactly("parent", "query");
  }

  @Test
  void parents_thatNeverEnd_areForgotten_andLoseNothing() {
    Span oldest = span("oldest", null, 0);
    children("query", oldest, 5);
    Span late = span("query", oldest, 10);
    List<Span> others = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      others.add(span("parent", null, 0));
      end(span("query", others.get(i), 0), 1);
    }
    assertThat(budget.size()).isEqualTo(10_000);
    assertThat(arrived.named("query (rolled up)").getAttributes().get(COUNT)).isEqualTo(2);
    end(late, 20);
    assertThat(arrived.all()).last().satisfies(span -> {
      assertThat(span.getName()).isEqualTo("query (rolled up)");
      assertThat(span.getAttributes().get(COUNT)).isEqualTo(1);
    });
    others.forEach(other -> end(other, 30));
    assertThat(budget.size()).isZero();
  }

  @Test
  void names_thatAreTooManyBelowOneParent_haveNoBudget() {
    Span parent = span("parent", null, 0);
    for (int i = 0; i < 101; i++) {
      children("query" + (char) ('a' + i), parent, 5);
    }
    end(parent, 10);
    assertThat(arrived.all()).hasSize(100 * 4 + 5 + 1);
  }

  @Test
  void close_handsOnWhatWasAddedUp_andClosesTheNext() {
    Span parent = span("parent", null, 0);
    children("query", parent, 5);
    budget.close();
    assertThat(arrived.named("query (rolled up)").getAttributes().get(COUNT)).isEqualTo(2);
    assertThat(arrived.isClosed()).isTrue();
    assertThat(budget.size()).isZero();
    assertThat(budget.forceFlush()).isEqualTo(CompletableResultCode.ofSuccess());
  }

  @Test
  void budget_ofNone_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SpanBudget(arrived, 0))
        .withMessage("maximumChildren must be at least 1, was 0");
    assertThat(new SpanBudget(arrived).toString()).startsWith("SpanBudget{50, ");
    assertThat(budget.sampler(Sampler.alwaysOn()).toString())
        .isEqualTo("SpanBudget{3, AlwaysOnSampler}");
  }

  /** Children begin and end on several threads, some while their parent ends. */
  @Test
  void children_onSeveralThreads_addUp_andNothingIsLeft() {
    int threads = 4;
    int parents = 100;
    int children = 200;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int i = 0; i < parents; i++) {
        Span parent = span("parent", null, 0);
        CyclicBarrier start = new CyclicBarrier(threads);
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          boolean endsParent = thread == 0;
          done.add(CompletableFuture.runAsync(
              () -> {
                await(start);
                children("query", parent, children / 2);
                if (endsParent) {
                  end(parent, 100);
                }
                children("query", parent, children / 2);
              },
              pool));
        }
        done.forEach(CompletableFuture::join);
      }
    } finally {
      pool.shutdown();
    }
    assertThat(counted("query")).isEqualTo((long) threads * parents * children);
    assertThat(arrived.names().stream().filter("parent"::equals)).hasSize(parents);
    assertThat(budget.size()).isZero();
  }

  /** Those that arrived by themselves, and those that are a part of another. */
  private long counted(String name) {
    return arrived.all().stream()
        .filter(span -> span.getName().startsWith(name))
        .mapToLong(span -> {
          Long count = span.getAttributes().get(COUNT);
          return count == null ? 1 : count;
        })
        .sum();
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
