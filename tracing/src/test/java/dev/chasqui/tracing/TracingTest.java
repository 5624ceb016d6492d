package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TracingTest {
  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();

  @AfterEach
  void close() {
    assertThat(Span.current()).isSameAs(Span.getInvalid()); // nothing is left on this thread
    spans.close();
  }

  @Test
  void call_givesWhatItsBodyGives_inASpan() {
    int answer = tracing.call("ask", () -> {
      assertThat(Trace.id()).hasSize(32);
      return 42;
    });
    assertThat(answer).isEqualTo(42);
    assertThat(spans.only().getName()).isEqualTo("ask");
    assertThat(spans.only().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(spans.only().getInstrumentationScopeInfo().getName()).isEqualTo("test");
  }

  @Test
  void steps_withinSteps_areChildren() {
    tracing.run("outer", () -> tracing.run("inner", () -> Trace.field("deep", true)));
    SpanData outer = spans.named("outer");
    assertThat(spans.named("inner").getParentSpanId()).isEqualTo(outer.getSpanId());
    assertThat(outer.getParentSpanContext().isValid()).isFalse();
    assertThat(spans.named("inner").getAttributes().asMap())
        .isEqualTo(Attributes.of(AttributeKey.booleanKey("deep"), true).asMap());
  }

  private static void readFile() throws FileNotFoundException {
    throw new FileNotFoundException("no.txt");
  }

  @Test
  void failure_reachesTheCallerWithItsType_andIsOnTheSpan() {
    // That it compiles is half of the test: the checked exception keeps its type.
    try {
      tracing.run("read", TracingTest::readFile);
    } catch (FileNotFoundException e) {
      assertThat(e).hasMessage("no.txt");
    }
    SpanData span = spans.only();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getStatus().getDescription()).isEqualTo("no.txt");
    assertThat(span.getAttributes().asMap())
        .isEqualTo(Attributes.of(Conventions.ERROR_TYPE, "java.io.FileNotFoundException")
            .asMap());
    assertThat(span.getEvents())
        .singleElement()
        .satisfies(event -> assertThat(event.getName()).isEqualTo("exception"));
  }

  @Test
  void failure_throughSeveralSteps_isRecordedOnTheFirstOnly() {
    Tracing other = spans.tracing(TracingConfig.DEFAULT); // of another library
    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> tracing.run(
            "outer", () -> other.run("middle", () -> tracing.run("inner", () -> readFile()))));
    assertThat(spans.all()).allSatisfy(span -> {
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(span.getAttributes().get(Conventions.ERROR_TYPE))
          .isEqualTo("java.io.FileNotFoundException");
    });
    assertThat(spans.named("inner").getEvents()).hasSize(1);
    assertThat(spans.named("middle").getEvents()).isEmpty();
    assertThat(spans.named("outer").getEvents()).isEmpty();
  }

  @Test
  void failure_wrappedOnItsWay_isWhatItReallyWas() {
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> tracing.run("join", () -> {
          CompletableFuture.failedFuture(new CompletionException(new TimeoutException("slow")))
              .join();
        }));
    assertThat(spans.only().getAttributes().get(Conventions.ERROR_TYPE))
        .isEqualTo("java.util.concurrent.TimeoutException");
    assertThat(spans.only().getStatus().getDescription()).isEqualTo("slow");
  }

  @Test
  void outcomes_cancelledOrDeclared_areNoErrors() {
    Tracing declared = spans.tracing(TracingConfig.DEFAULT.withOutcomes(Set.of(IOException.class)));
    assertThatExceptionOfType(CancellationException.class)
        .isThrownBy(() -> tracing.run("cancelled", () -> {
          throw new CancellationException();
        }));
    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> declared.run("absent", TracingTest::readFile));
    assertThat(spans.all()).allSatisfy(span -> {
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(span.getEvents()).isEmpty();
    });
    assertThat(spans.named("absent").getAttributes().get(Conventions.OUTCOME))
        .isEqualTo("java.io.FileNotFoundException");
  }

  @Test
  void failure_asALogRecord_belongsToTheSpan() {
    Tracing logs = spans.tracing(TracingConfig.DEFAULT.withExceptions(ExceptionSignal.LOG));
    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> logs.run("read", TracingTest::readFile));
    assertThat(spans.only().getEvents()).isEmpty();
    assertThat(spans.logs().getFinishedLogRecordItems()).singleElement().satisfies(log -> {
      assertThat(log.getEventName()).isEqualTo("exception");
      assertThat(log.getSpanContext().getSpanId()).isEqualTo(spans.only().getSpanId());
      assertThat(log.getAttributes().asMap().keySet())
          .extracting(AttributeKey::getKey)
          .contains("exception.type", "exception.stacktrace");
    });
  }

  @Test
  void failure_asBoth_isAnEventAndALogRecord() {
    Tracing both = spans.tracing(TracingConfig.DEFAULT.withExceptions(ExceptionSignal.BOTH));
    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> both.run("read", TracingTest::readFile));
    assertThat(spans.only().getEvents()).hasSize(1);
    assertThat(spans.logs().getFinishedLogRecordItems()).hasSize(1);
  }

  @Test
  void step_saysMoreBeforeAndMeanwhile() {
    String result = tracing
        .step("reserve")
        .kind(SpanKind.CLIENT)
        .set("sku", "A-1")
        .set("wanted", 3L)
        .call(step -> {
          step.set("left", 2.5).set("sku", (String) null).rename("reserve stock");
          return "done";
        });
    assertThat(result).isEqualTo("done");
    SpanData span = spans.named("reserve stock");
    assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(span.getAttributes().asMap())
        .isEqualTo(Attributes.builder()
            .put("sku", "A-1")
            .put("wanted", 3L)
            .put("left", 2.5)
            .build()
            .asMap());
  }

  @Test
  void step_doneTwice_isTwoSpans() {
    Step step = tracing.step("again");
    step.run(() -> {});
    step.run(() -> {});
    assertThat(spans.all()).extracting(SpanData::getName).containsExactly("again", "again");
  }

  @Test
  void step_afterItBegan_canBeLinked_andFailOfWhatIsNotThrown() {
    SpanContext other = tracing.call("other", () -> Span.current().getSpanContext());
    tracing.step("handled").run(step -> step.link(other).fail(new IOException("retried")));
    assertThat(spans.named("handled").getLinks()).hasSize(1);
    assertThat(spans.named("handled").getStatus().getDescription()).isEqualTo("retried");
    assertThat(spans.named("handled").getEvents()).hasSize(1);
  }

  @Test
  void stampOrFailure_thatFailsItself_harmsNobody() {
    Tracing stamped = Tracing.builder("test")
        .openTelemetry(spans.sdk)
        .version("1.2")
        .stamp(() -> {
          throw new IllegalStateException("no revision yet");
        })
        .build();
    RuntimeException silent = new RuntimeException() {
      @Override
      public String getMessage() {
        throw new IllegalStateException("nor a message");
      }
    };
    boolean isTheSame = false;
    try {
      stamped.run("thrown", () -> {
        throw silent;
      });
    } catch (RuntimeException e) {
      isTheSame = e.equals(silent);
    }
    assertThat(isTheSame).isTrue(); // AssertJ would ask for its message
    CompletableFuture<String> future = stamped.async("async", CompletableFuture::new);
    future.complete("");
    assertThat(spans.all()).extracting(SpanData::getName).containsExactly("thrown", "async");
    assertThat(spans.named("async").getInstrumentationScopeInfo().getVersion()).isEqualTo("1.2");
  }

  @Test
  void failure_ofACauseInCircles_isOne() {
    CompletionException one = new CompletionException("one", null) {
      @Override
      public synchronized Throwable getCause() {
        return this;
      }
    };
    boolean isThrown = false;
    try {
      tracing.run("a", () -> {
        throw one;
      });
    } catch (CompletionException e) {
      isThrown = true;
    }
    assertThat(isThrown).isTrue(); // AssertJ would go round in the circle
    assertThat(spans.only().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
  }

  @Test
  void failure_ofSeveralTraces_isRecordedInEach() {
    IOException shared = new IOException("of a future that many wait for");
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> tracing.run("wait", () -> {
            throw shared;
          }));
    }
    assertThat(spans.all()).allSatisfy(span -> assertThat(span.getEvents()).hasSize(1));
  }

  @Test
  void async_withoutAStage_givesWhatTheBodyGave() {
    CompletableFuture<String> none = tracing.async("none", TracingTest::noStage);
    assertThat(none).isNull();
    assertThat(spans.only().getName()).isEqualTo("none");
  }

  @SuppressWarnings("NullAway") // as mocks do
  private static CompletableFuture<String> noStage() {
    return null;
  }

  @Test
  void step_thatFailsWithoutAnException_saysSo() {
    tracing.step("ask").run(step -> step.fail("404"));
    assertThat(spans.only().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(spans.only().getAttributes().get(Conventions.ERROR_TYPE)).isEqualTo("404");
  }

  @Test
  void async_endsWithItsStage_whichIsTheOneOfTheBody() {
    CompletableFuture<String> rates = new CompletableFuture<>();
    CompletableFuture<String> given = tracing.async("load rates", () -> rates);
    assertThat(given).isSameAs(rates);
    assertThat(spans.all()).isEmpty();
    rates.complete("1.2");
    assertThat(spans.only().getName()).isEqualTo("load rates");
  }

  @Test
  void async_failedOrCancelledOrNeverBegun_endsAllTheSame() {
    CompletableFuture<String> failed = tracing.async("failed", CompletableFuture::new);
    failed.completeExceptionally(new IOException("cut"));
    CompletableFuture<String> cancelled = tracing.async("cancelled", CompletableFuture::new);
    cancelled.cancel(true);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> tracing.async("thrown", () -> {
          throw new IOException("refused");
        }));
    assertThat(spans.named("failed").getStatus().getDescription()).isEqualTo("cut");
    assertThat(spans.named("cancelled").getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(spans.named("thrown").getStatus().getDescription()).isEqualTo("refused");
  }

  @Test
  void tick_isATraceOfItsOwnEachTime() {
    Runnable sweep = tracing.tick("sweep", () -> tracing.run("part", () -> {}));
    tracing.run("request", () -> {
      sweep.run();
      sweep.run();
    });
    assertThat(spans.all())
        .extracting(SpanData::getTraceId)
        .hasSize(5)
        .satisfies(ids -> assertThat(Set.copyOf(ids)).hasSize(3));
  }

  @Test
  void stamp_isOnTheFirstSpanOfAProcessOnly() {
    AtomicInteger revision = new AtomicInteger(7);
    Tracing stamped = Tracing.builder("test")
        .openTelemetry(spans.sdk)
        .stamp(() -> Attributes.of(AttributeKey.longKey("config.revision"), revision.longValue()))
        .build();
    Map<String, String> fields = new HashMap<>();
    stamped.run("first", () -> stamped.run("second", () -> stamped.inject(fields::put)));
    stamped.step("elsewhere", stamped.extract(fields)).run(() -> {});
    AttributeKey<Long> key = AttributeKey.longKey("config.revision");
    assertThat(spans.named("first").getAttributes().get(key)).isEqualTo(7);
    assertThat(spans.named("second").getAttributes().get(key)).isNull();
    assertThat(spans.named("elsewhere").getAttributes().get(key)).isEqualTo(7);
  }

  @Test
  void carry_isOnTheCurrentSpanAndOnLaterOnes_hereAndElsewhere() {
    Tracing carrying = spans.tracing(TracingConfig.DEFAULT.withCarried("change.id"));
    Map<String, String> fields = new HashMap<>();
    carrying.run(
        "click",
        () -> carrying.carry("change.id", "c 7", () -> {
          carrying.run("plan", () -> {});
          carrying.inject(fields::put);
        }));
    carrying.step("apply", carrying.extract(fields)).run(() -> {});
    assertThat(fields).containsEntry("baggage", "change.id=c%207");
    assertThat(spans.all())
        .hasSize(3)
        .allSatisfy(
            span -> assertThat(span.getAttributes().get(AttributeKey.stringKey("change.id")))
                .isEqualTo("c 7"));
  }

  @Test
  void carry_undeclared_isRefusedAndDroppedOnTheWayInAndOut() {
    Tracing carrying = spans.tracing(TracingConfig.DEFAULT.withCarried("change.id"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> carrying.carry("user.name", "x", () -> {}))
        .withMessage("'user.name' must be one of the carried keys of test, which are [change.id]");
    Context foreign =
        carrying.extract(Map.of("baggage", "user.name=x, change.id = c%207;since=1 ,broken,=,%=1"));
    assertThat(Baggage.fromContext(foreign).asMap()).containsOnlyKeys("change.id");
    assertThat(Baggage.fromContext(foreign).getEntryValue("change.id")).isEqualTo("c 7");
    Map<String, String> fields = new HashMap<>();
    try (Scope scope =
        Context.root().with(Baggage.builder().put("user.name", "x").build()).makeCurrent()) {
      assertThat(scope).isNotNull();
      carrying.inject(fields::put);
    }
    assertThat(fields).isEmpty();
  }

  @Test
  void carried_moreThanMayBe_leavesOut() {
    Tracing carrying =
        spans.tracing(TracingConfig.DEFAULT.withCarried("a", "b", "c").withMaximumCarriedBytes(9));
    Map<String, String> fields = new HashMap<>();
    carrying.carry(
        "a",
        "1",
        () -> carrying.carry(
            "b", "too long", () -> carrying.carry("c", "3", () -> carrying.inject(fields::put))));
    assertThat(fields).containsExactly(Map.entry("baggage", "a=1,c=3"));
  }

  @Test
  void carried_overHttp_goesToDeclaredHostsOnly() {
    Tracing carrying = spans.tracing(
        TracingConfig.DEFAULT.withCarried("a").withCarriedTo("api.acme.com", ".own.net"));
    carrying.carry("a", "1", () -> {
      assertThat(injectedTo(carrying, "API.acme.com")).isNotEmpty();
      assertThat(injectedTo(carrying, "x.own.net")).isNotEmpty();
      assertThat(injectedTo(carrying, "own.net.evil.com")).isEmpty();
      assertThat(injectedTo(carrying, "acme.com")).isEmpty();
      assertThat(injectedTo(carrying, null)).isEmpty();
    });
  }

  private static Map<String, String> injectedTo(Tracing tracing, @Nullable String host) {
    Map<String, String> fields = new HashMap<>();
    tracing.injectTo(host, fields::put);
    return fields;
  }

  @Test
  void propagator_ofAnother_takesNoFieldsAlongThatAreNotDeclared() {
    Tracing other = Tracing.builder("test")
        .openTelemetry(spans.sdk)
        .config(TracingConfig.DEFAULT.withCarried("a"))
        .propagator(TextMapPropagator.composite(
            W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance()))
        .build();
    Context came = other.extract(Map.of("baggage", "a=1,b=2"));
    assertThat(Baggage.fromContext(came).asMap()).containsOnlyKeys("a");
    Map<String, String> fields = new HashMap<>();
    Scope scope = came.with(Baggage.builder().put("b", "2").build()).makeCurrent();
    try {
      other.run("step", () -> other.injectTo("anywhere.net", fields::put));
    } finally {
      scope.close();
    }
    assertThat(fields).containsOnlyKeys("traceparent");
    assertThat(other.fields()).containsExactlyInAnyOrder("traceparent", "tracestate", "baggage");
  }

  @Test
  void mute_makesNoSpans_andSaysSoToOthers() {
    tracing.run("seen", () -> {
      String id = Trace.id();
      Trace.mute(() -> {
        tracing.run("unseen", () -> {});
        assertThat(Trace.id()).isEqualTo(id);
        assertThat(tracing.token()).endsWith("-00");
      });
    });
    Trace.mute(() -> tracing.run("unseen", () -> {}));
    assertThat(spans.only().getName()).isEqualTo("seen");
  }

  @Test
  void mute_holdsForRootsAndSamplersThatTakeAll() {
    try (RecordedSpans all = new RecordedSpans(Sampler.alwaysOn())) {
      Tracing taken = all.tracing();
      String token = taken.call("seen", taken::token);
      Trace.mute(() -> {
        taken.run("unseen", () -> {});
        taken.root("unseen").run(() -> {});
        taken.resume("unseen", token).run(() -> {});
      });
      assertThat(all.only().getName()).isEqualTo("seen");
    }
  }

  @Test
  void mute_isSeenBySamplersThatAsk() {
    assertThat(Trace.isMuted(Context.current())).isFalse();
    boolean muted = Trace.mute(() -> Trace.isMuted(Context.current()));
    assertThat(muted).isTrue();
    boolean forced = Trace.force(() -> Trace.isMuted(Context.current()));
    assertThat(forced).isFalse();
    boolean both = Trace.mute(() -> Trace.force(() -> Trace.isMuted(Context.current())));
    assertThat(both).isTrue();
  }

  @Test
  void force_isSeenBySamplersThatAsk() {
    assertThat(Trace.isForced(Context.current())).isFalse();
    boolean forced = Trace.force(() -> Trace.isForced(Context.current()));
    assertThat(forced).isTrue();
    boolean muted = Trace.force(() -> Trace.mute(() -> Trace.isForced(Context.current())));
    assertThat(muted).isFalse();
    boolean root =
        Trace.force(() -> tracing.root("root").call(() -> Trace.isForced(Context.current())));
    assertThat(root).isTrue();
  }

  @Test
  void force_belowWhatIsNotSampled_isNotSkipped() {
    Tracing skipping = spans.tracing(TracingConfig.DEFAULT.withSkipsUnsampled(true));
    String unsampled = "00-12345678901234567890123456789012-1234567890123456-00";
    Step request = skipping.resume("request", unsampled);
    request.run(() -> Trace.force(() -> {
      Context before = Context.current();
      skipping.run("forced", () -> assertThat(Context.current()).isNotSameAs(before));
    }));
  }

  @Test
  void unsampled_whereSkippingIsChosen_makesNothing() {
    try (RecordedSpans none = new RecordedSpans(Sampler.alwaysOff())) {
      Tracing skipping = none.tracing(TracingConfig.DEFAULT.withSkipsUnsampled(true));
      skipping.run("root", () -> {
        Context atRoot = Context.current();
        skipping.run("child", () -> assertThat(Context.current()).isSameAs(atRoot));
        none.tracing().run("child", () -> assertThat(Context.current()).isNotSameAs(atRoot));
      });
    }
  }

  /** Records and does not sample, as what decides later whether to keep a trace. */
  private static final class RecordingSampler implements Sampler {
    @Override
    public SamplingResult shouldSample(
        Context parent,
        String traceId,
        String name,
        SpanKind kind,
        Attributes attributes,
        List<LinkData> links) {
      return SamplingResult.recordOnly();
    }

    @Override
    public String getDescription() {
      return "records";
    }
  }

  @Test
  void unsampled_butRecorded_isNotSkippedUntilItEnds() {
    try (RecordedSpans recorded = new RecordedSpans(new RecordingSampler())) {
      Tracing skipping = recorded.tracing(TracingConfig.DEFAULT.withSkipsUnsampled(true));
      Context atRoot = skipping.call("root", () -> {
        Context root = Context.current();
        skipping.run("child", () -> assertThat(Span.current().isRecording()).isTrue());
        skipping.run("child", () -> assertThat(Context.current()).isNotSameAs(root));
        return root;
      });
      skipping.step("late", atRoot).run(() -> assertThat(Context.current()).isSameAs(atRoot));
    }
  }

  @Test
  void noSdk_makesNothing_butATraceGoesOn() {
    Tracing off = Tracing.of("test", OpenTelemetry.noop());
    Context before = Context.current();
    off.run("step", () -> assertThat(Context.current()).isSameAs(before));
    assertThat(off.step("step")).isSameAs(off.step("other"));
    assertThat(off.token()).isEmpty();
    String token = "00-12345678901234567890123456789012-1234567890123456-01";
    off.resume("step", token).set("a", 1).run(() -> assertThat(off.token()).isEqualTo(token));
    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> off.run("read", TracingTest::readFile));
    CompletableFuture<String> future = new CompletableFuture<>();
    assertThat(off.<CompletableFuture<String>, RuntimeException>async("f", () -> future))
        .isSameAs(future);
  }

  @Test
  void globalOpenTelemetry_isTakenOnceItIsSet() {
    GlobalOpenTelemetry.resetForTest(); // whoever ran here before
    Tracing late = Tracing.of("late");
    late.run("before", () -> {});
    assertThat(GlobalOpenTelemetry.isSet()).isFalse(); // looking must not set it
    GlobalOpenTelemetry.set(spans.sdk);
    try {
      late.run("after", () -> {});
    } finally {
      GlobalOpenTelemetry.resetForTest();
    }
    assertThat(spans.only().getName()).isEqualTo("after");
  }

  @Test
  void globalOpenTelemetry_setLate_isFoundAfterManyCalls() {
    GlobalOpenTelemetry.resetForTest(); // whoever ran here before
    Tracing late = Tracing.of("late");
    for (int i = 0; i < 5000; i++) {
      late.run("before", () -> {});
    }
    GlobalOpenTelemetry.set(spans.sdk);
    try {
      for (int i = 0; i < 1024; i++) {
        late.run("after", () -> {});
      }
    } finally {
      GlobalOpenTelemetry.resetForTest();
    }
    assertThat(spans.all()).isNotEmpty();
  }

  @Test
  void samplersAndProcessors_thatFail_areNobodysFailure() {
    Sampler failing = new Sampler() {
      @Override
      public SamplingResult shouldSample(
          Context parent,
          String traceId,
          String name,
          SpanKind kind,
          Attributes attributes,
          List<LinkData> links) {
        if (name.equals("sampled")) {
          return SamplingResult.recordAndSample();
        }
        throw new IllegalStateException("a sampler's");
      }

      @Override
      public String getDescription() {
        return "failing";
      }
    };
    SpanProcessor processor = new SpanProcessor() {
      @Override
      public void onStart(Context parent, ReadWriteSpan span) {}

      @Override
      public boolean isStartRequired() {
        return false;
      }

      @Override
      public void onEnd(ReadableSpan span) {
        throw new IllegalStateException("a processor's");
      }

      @Override
      public boolean isEndRequired() {
        return true;
      }
    };
    try (SdkTracerProvider provider = SdkTracerProvider.builder()
        .setSampler(failing)
        .addSpanProcessor(processor)
        .build()) {
      Tracing tracing = Tracing.of(
          "test", OpenTelemetrySdk.builder().setTracerProvider(provider).build());
      assertThat(tracing.<String, RuntimeException>call("not sampled", () -> "done"))
          .isEqualTo("done");
      assertThat(tracing.<String, RuntimeException>call("sampled", () -> "done"))
          .isEqualTo("done");
      CompletableFuture<String> stage = new CompletableFuture<>();
      assertThat(tracing.async("sampled", () -> stage)).isSameAs(stage);
      stage.complete("");
      assertThat(tracing.async("not sampled", () -> stage)).isSameAs(stage);
      String token = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
      String seen =
          tracing.resume("not sampled", token).<String, RuntimeException>call(tracing::token);
      assertThat(seen).as("its parent is current all the same").isEqualTo(token);
    }
  }
}
