package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.tracing.Report;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.TracingConfig;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of traces that the sampler before does not sample, with times that are made up where they matter. */
final class LateKeepTest {
  private static final AttributeKey<String> KEPT = AttributeKey.stringKey("chasqui.kept");
  private static final AttributeKey<Long> LEFT_OUT = AttributeKey.longKey("chasqui.kept.left_out");
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final long BEGINNING = 1_764_288_000_000L;

  private final Arrived arrived = new Arrived();
  private final List<SdkTracerProvider> opened = new ArrayList<>();
  private final LateKeep keep = new LateKeep(arrived, new LateKeep.Limits(SLOW, 1_000, 100));
  private final SdkTracerProvider provider = provider(keep, Sampler.alwaysOff());

  private SdkTracerProvider provider(LateKeep keep, Sampler otherwise) {
    SdkTracerProvider made = SdkTracerProvider.builder()
        .setSampler(keep.sampler(otherwise))
        .addSpanProcessor(keep)
        .build();
    opened.add(made);
    return made;
  }

  @AfterEach
  void close() {
    opened.forEach(SdkTracerProvider::close);
  }

  private Span span(String name, @Nullable Span parent) {
    return span(provider, name, parent);
  }

  private static Span span(SdkTracerProvider provider, String name, @Nullable Span parent) {
    return provider
        .get("test")
        .spanBuilder(name)
        .setParent(parent == null ? Context.root() : Context.root().with(parent))
        .setStartTimestamp(BEGINNING, TimeUnit.MILLISECONDS)
        .startSpan();
  }

  /** At once, as if it had taken no time. */
  private static void end(Span span) {
    end(span, Duration.ZERO);
  }

  private static void end(Span span, Duration took) {
    span.end(BEGINNING + took.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void fail(Span span) {
    span.setStatus(StatusCode.ERROR, "broken");
    end(span);
  }

  @Test
  void trace_ofWhichASpanFailed_goesOnWhole() {
    Span root = span("root", null);
    Span above = span("above", root);
    fail(span("failed", above));
    end(above);
    end(span("beside", root));
    assertThat(arrived.names()).isEmpty();
    end(root);
    assertThat(arrived.names()).containsExactlyInAnyOrder("root", "above", "failed", "beside");
    assertThat(arrived.all())
        .allSatisfy(span -> assertThat(span.getSpanContext())
            .returns(true, SpanContext::isSampled)
            .returns(root.getSpanContext().getTraceId(), SpanContext::getTraceId));
    assertThat(arrived.named("root").getAttributes().asMap()).isEqualTo(Map.of(KEPT, "failed"));
    assertThat(arrived.named("failed").getAttributes().isEmpty()).isTrue();
    assertThat(arrived.named("failed").getParentSpanId())
        .isEqualTo(arrived.named("above").getSpanId());
    assertThat(arrived.named("failed").getStatus().getDescription()).isEqualTo("broken");
    assertThat(keep.size()).isZero();
  }

  @Test
  void trace_whoseRootTookLonger_goesOn_andNoOther() {
    for (int millis : new int[] {999, 1_000, 1_001}) {
      Span root = span("root of " + millis, null);
      end(span("child of " + millis, root), Duration.ofSeconds(5));
      end(root, Duration.ofMillis(millis));
    }
    assertThat(arrived.names()).containsExactly("root of 1001", "child of 1001");
    assertThat(arrived.named("root of 1001").getAttributes().get(KEPT)).isEqualTo("slow");
    assertThat(keep.size()).isZero();
  }

  @Test
  void trace_thatIsSampled_goesStraightOn_asItIs() {
    SdkTracerProvider sampling = provider(keep, Sampler.parentBased(Sampler.alwaysOn()));
    Span root = span(sampling, "root", null);
    end(span(sampling, "child", root));
    assertThat(arrived.names()).containsExactly("child");
    fail(root);
    assertThat(arrived.named("root").getAttributes().isEmpty()).isTrue();
  }

  @Test
  void trace_thatCameFromElsewhere_isKeptByItsPartHere() {
    SpanContext elsewhere = SpanContext.createFromRemoteParent(
        "12345678901234567890123456789012",
        "1234567890123456",
        TraceFlags.getDefault(),
        TraceState.builder().put("acme", "1").build());
    Span root = span("root", Span.wrap(elsewhere));
    fail(span("child", root));
    end(root);
    assertThat(arrived.all()).hasSize(2).allSatisfy(span -> {
      assertThat(span.getTraceId()).isEqualTo(elsewhere.getTraceId());
      assertThat(span.getSpanContext().getTraceState().get("acme")).isEqualTo("1");
    });
    assertThat(arrived.named("root").getParentSpanId()).isEqualTo(elsewhere.getSpanId());
  }

  @Test
  void span_afterTheEndOfItsRoot_goesOnAtOnceIfThatWasKept() {
    Span root = span("root", null);
    Span late = span("late", root);
    fail(root);
    assertThat(arrived.names()).containsExactly("root");
    end(late);
    assertThat(arrived.names()).containsExactly("root", "late");
    end(span("later", late));
    assertThat(arrived.names()).containsExactly("root", "late", "later");
    assertThat(arrived.named("late").getAttributes().isEmpty()).isTrue();
  }

  @Test
  void span_afterTheEndOfItsRoot_goesOnIfItFailed_whereThatWasLetGo() {
    Span root = span("root", null);
    end(span("fine", root));
    Span late = span("late", root);
    Span failed = span("failed", root);
    end(root);
    end(late);
    fail(failed);
    fail(span("later", root));
    assertThat(arrived.names()).containsExactly("failed", "later");
    assertThat(arrived.named("failed").getAttributes().get(KEPT)).isEqualTo("failed");
    assertThat(keep.size()).isZero();
  }

  @Test
  void span_whoseParentEndedBeforeTheRoot_isOfItsTrace() {
    Span root = span("root", null);
    Span ended = span("ended", root);
    end(ended);
    fail(span("begun after it", ended));
    end(root);
    assertThat(arrived.names()).containsExactlyInAnyOrder("root", "ended", "begun after it");
  }

  @Test
  void muted_isNotRecorded() {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    Tracing.of("test", sdk).run("root", () -> {
      Span above = Span.current();
      Trace.mute(() -> {
        assertThat(Span.current())
            .isSameAs(above); // of which only the context says that it is muted
        Span made = provider.get("other").spanBuilder("unseen").startSpan();
        assertThat(made.isRecording()).isFalse();
      });
      assertThat(provider.get("other").spanBuilder("seen").startSpan().isRecording())
          .isTrue();
    });
  }

  @Test
  void span_belowWhatIsNotRecorded_isNotRecorded() {
    SpanContext unsampled = SpanContext.create(
        "12345678901234567890123456789012",
        "1234567890123456",
        TraceFlags.getDefault(),
        TraceState.getDefault());
    assertThat(span("below", Span.wrap(unsampled)).isRecording()).isFalse();
  }

  @Test
  void span_thatIsLeftOutOfASampledTrace_isNotRecorded() {
    SdkTracerProvider sampling = provider(keep, Sampler.alwaysOn());
    Span sampled = span(sampling, "root", null);
    assertThat(span("child", sampled).isRecording()).isFalse();
  }

  @Test
  void tracing_thatSkipsWhatIsUnsampled_makesWhatIsRecorded() {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    Tracing tracing = Tracing.builder("test")
        .openTelemetry(sdk)
        .config(TracingConfig.DEFAULT.withSkipsUnsampled(true))
        .build();
    tracing.run("root", () -> tracing.step("child").run(step -> step.fail("timeout")));
    assertThat(arrived.names()).containsExactly("root", "child");
  }

  @Test
  void trace_withTooManySpans_leavesLaterOnesOut_andCountsThem() {
    LateKeep small = new LateKeep(arrived, new LateKeep.Limits(SLOW, 100, 4));
    SdkTracerProvider few = provider(small, Sampler.alwaysOff());
    Span root = span(few, "root", null);
    for (int i = 1; i <= 7; i++) {
      end(span(few, "child " + i, root));
      assertThat(small.size()).isLessThanOrEqualTo(4);
    }
    end(root, Duration.ofSeconds(2));
    assertThat(arrived.names()).containsExactly("root", "child 1", "child 2", "child 3");
    assertThat(arrived.named("root").getAttributes().get(LEFT_OUT)).isEqualTo(4);
    assertThat(arrived.named("root").getTotalAttributeCount()).isEqualTo(2);
    assertThat(small.size()).isZero();
  }

  @Test
  void trace_withTooManySpans_leavesThoseThatFailedOutLast() {
    LateKeep small = new LateKeep(arrived, new LateKeep.Limits(SLOW, 100, 3));
    SdkTracerProvider few = provider(small, Sampler.alwaysOff());
    Span root = span(few, "root", null);
    end(span(few, "fine 1", root));
    end(span(few, "fine 2", root));
    fail(span(few, "failed 1", root));
    fail(span(few, "failed 2", root));
    fail(span(few, "failed 3", root));
    end(root);
    assertThat(arrived.names()).containsExactly("root", "failed 1", "failed 2");
    assertThat(arrived.named("root").getAttributes().get(LEFT_OUT)).isEqualTo(3);
  }

  @Test
  void oldestTrace_ofTooManySpans_isDecidedBeforeItsEnd() {
    LateKeep small = new LateKeep(arrived, new LateKeep.Limits(SLOW, 4, 4));
    SdkTracerProvider few = provider(small, Sampler.alwaysOff());
    Span first = span(few, "first", null);
    fail(span(few, "failed", first));
    end(span(few, "fine", first));
    Span second = span(few, "second", null);
    assertThat(small.decidedEarly()).isZero();
    Span third = span(few, "third", null);
    assertThat(small.decidedEarly()).isEqualTo(1);
    assertThat(arrived.names()).containsExactly("failed", "fine");
    assertThat(arrived.named("failed").getAttributes().get(KEPT)).isEqualTo("failed");
    end(first);
    assertThat(arrived.names()).containsExactly("failed", "fine", "first");
    end(second);
    end(third);
    assertThat(arrived.all()).hasSize(3);
    assertThat(small.size()).isZero();
  }

  @Test
  void reports_withAPartThatFailed_areKeptAsAWhole() {
    Tracing tracing = Tracing.of(
        "test", OpenTelemetrySdk.builder().setTracerProvider(provider).build());
    Instant asked = Instant.EPOCH.plusSeconds(1);
    tracing.report(
        "device",
        new Report(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            asked,
            asked.plusMillis(9),
            Duration.ofMillis(5),
            "",
            List.of(
                new Report.Part("store", Duration.ZERO, Duration.ofMillis(2), "disk"),
                new Report.Part("fsync", Duration.ofMillis(1), Duration.ofMillis(1), ""))),
        Attributes.empty());
    assertThat(arrived.names()).containsExactlyInAnyOrder("device", "store", "fsync");
    assertThat(arrived.named("fsync").getParentSpanId())
        .isEqualTo(arrived.named("store").getSpanId());
    assertThat(arrived.named("device").getAttributes().get(KEPT)).isEqualTo("failed");
  }

  @Test
  void oldestTrace_thatTookTooLongAlready_isKeptAsSlow() {
    LateKeep small = new LateKeep(arrived, new LateKeep.Limits(SLOW, 2, 2));
    SdkTracerProvider few = provider(small, Sampler.alwaysOff());
    Span first = span(few, "first", null);
    end(span(few, "fine", first));
    Span second = span(few, "second", null);
    assertThat(arrived.names()).containsExactly("fine");
    assertThat(arrived.named("fine").getAttributes().get(KEPT)).isEqualTo("slow");
    end(first);
    end(second);
    assertThat(arrived.names()).containsExactly("fine", "first");
  }

  @Test
  void spans_thatNeverEnd_takeAsMuchRoomAsTheLimitSays() {
    for (int i = 0; i < 5_000; i++) {
      Span root = span("root", null);
      span("child", root);
      assertThat(keep.size()).isLessThanOrEqualTo(1_000);
    }
    Span root = span("wide", null);
    for (int i = 0; i < 5_000; i++) {
      span("child", root);
      assertThat(keep.size()).isLessThanOrEqualTo(1_000);
    }
  }

  @Test
  void next_thatFailsOnASpan_getsTheOthers_andNobodyHearsOfIt() {
    SpanProcessor failing = new SpanProcessor() {
      @Override
      public void onStart(Context parent, ReadWriteSpan span) {}

      @Override
      public boolean isStartRequired() {
        return false;
      }

      @Override
      public void onEnd(ReadableSpan span) {
        if (span.getName().equals("root")) {
          throw new IllegalStateException("no room for root");
        }
        arrived.onEnd(span);
      }

      @Override
      public boolean isEndRequired() {
        return true;
      }
    };
    LateKeep keep = new LateKeep(failing, new LateKeep.Limits(SLOW, 100, 100));
    SdkTracerProvider provider = provider(keep, Sampler.alwaysOff());
    Span root = span(provider, "root", null);
    fail(span(provider, "child", root));
    end(root);
    assertThat(arrived.names()).containsExactly("child");
  }

  @Test
  void close_handsOnWhatFailedOrIsSlow_andClosesTheNext() {
    Span root = span("root", null);
    fail(span("failed", root));
    span("under way", root);
    end(span("other", span("slow root", null))); // under way since the beginning of the test's time
    keep.close();
    assertThat(arrived.names()).containsExactlyInAnyOrder("failed", "other");
    assertThat(arrived.named("other").getAttributes().get(KEPT)).isEqualTo("slow");
    assertThat(arrived.isClosed()).isTrue();
    assertThat(keep.size()).isZero();
    assertThat(keep.forceFlush()).isEqualTo(CompletableResultCode.ofSuccess());
  }

  @Test
  void limits_thatCannotBe_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LateKeep.Limits(Duration.ZERO, 10, 10))
        .withMessage("slow must be positive, was PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LateKeep.Limits(SLOW, 0, 1))
        .withMessage("maximumSpans must be at least 1, was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LateKeep.Limits(SLOW, 10, 11))
        .withMessageContaining("maximumSpansOfATrace")
        .withMessageContaining("11");
  }

  @Test
  void samplerAndProcessor_sayWhatTheyAre() {
    assertThat(keep.sampler(Sampler.alwaysOff()).toString())
        .isEqualTo("LateKeep{AlwaysOffSampler}");
    assertThat(keep.toString()).contains("slow=PT1S");
  }

  /** Children of one root begin and end on several threads, some while the root ends. */
  @Test
  void failures_onSeveralThreads_allArriveOnce_andNothingIsLeft() {
    int threads = 4;
    int traces = 10;
    int children = 2_000;
    LateKeep keep = new LateKeep(arrived, new LateKeep.Limits(SLOW, 10_000, 10_000));
    SdkTracerProvider provider = provider(keep, Sampler.alwaysOff());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int i = 0; i < traces; i++) {
        Span root = span(provider, "root", null);
        CyclicBarrier start = new CyclicBarrier(threads);
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          boolean endsRoot = thread == 0;
          done.add(CompletableFuture.runAsync(
              () -> {
                await(start);
                for (int child = 0; child < children; child++) {
                  fail(span(provider, "failed", root));
                  if (endsRoot && child == children / 2) {
                    end(root);
                  }
                }
              },
              pool));
        }
        done.forEach(CompletableFuture::join);
      }
    } finally {
      pool.shutdown();
    }
    assertThat(arrived.all()).hasSize(traces * (1 + threads * children));
    assertThat(arrived.all()).extracting(SpanData::getSpanId).doesNotHaveDuplicates();
    assertThat(keep.size()).isZero();
    assertThat(keep.decidedEarly()).isZero();
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void traces_onSeveralThreads_areKeptWhole_andNothingIsLeft() {
    int threads = 4;
    int traces = 500;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<CompletableFuture<Void>> done = IntStream.range(0, threads)
          .mapToObj(thread -> CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < traces; i++) {
                  String name = thread + "." + i;
                  Span root = span("root " + name, null);
                  Span child = span("child " + name, root);
                  if (i % 2 == 0) {
                    fail(child);
                  } else {
                    end(child);
                  }
                  end(root);
                }
              },
              pool))
          .toList();
      done.forEach(CompletableFuture::join);
    } finally {
      pool.shutdown();
    }
    List<String> expected = IntStream.range(0, threads)
        .boxed()
        .flatMap(thread ->
            IntStream.range(0, traces).filter(i -> i % 2 == 0).mapToObj(i -> thread + "." + i))
        .flatMap(name -> Stream.of("root " + name, "child " + name))
        .toList();
    assertThat(arrived.names()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(keep.size()).isZero();
    assertThat(keep.decidedEarly()).isZero();
  }
}
