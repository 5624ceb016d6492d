package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.tracing.Report.Part;
import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Spans of those who make none. */
final class ReportTest {
  private static final Instant ASKED = Instant.parse("2026-11-27T10:00:00Z");

  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing = spans.tracing();

  @AfterEach
  void close() {
    spans.close();
  }

  private static Duration ms(long millis) {
    return Duration.ofMillis(millis);
  }

  private static Part part(String name, long startMillis, long tookMillis) {
    return new Part(name, ms(startMillis), ms(tookMillis), "");
  }

  /** Of a device that answered within 100 ms. */
  private static Report report(String token, long elapsedMillis, Part... parts) {
    return new Report(token, ASKED, ASKED.plus(ms(100)), ms(elapsedMillis), "", List.of(parts));
  }

  private String pushed() {
    return tracing.call("push", tracing::token);
  }

  /** Milliseconds from asking to the start and to the end of the span of this name. */
  private List<Double> periodOf(String name) {
    SpanData span = spans.named(name);
    return List.of(sinceAsked(span.getStartEpochNanos()), sinceAsked(span.getEndEpochNanos()));
  }

  private static double sinceAsked(long epochNanos) {
    return (epochNanos - ASKED.toEpochMilli() * 1_000_000) / 1e6;
  }

  @Test
  void report_isAChildOfTheTokensSpan_withItsPartsBelow() {
    Attributes fields = Attributes.of(AttributeKey.stringKey("device.id"), "a1");
    tracing.report(
        "receive config",
        report(pushed(), 60, part("store", 5, 20), part("switch", 25, 30)),
        fields);

    SpanData push = spans.named("push");
    SpanData whole = spans.named("receive config");
    assertThat(whole.getParentSpanId()).isEqualTo(push.getSpanId());
    assertThat(whole.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(whole.getAttributes().asMap()).isEqualTo(fields.asMap());
    assertThat(whole.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(List.of(spans.named("store"), spans.named("switch"))).allSatisfy(part -> {
      assertThat(part.getTraceId()).isEqualTo(push.getTraceId());
      assertThat(part.getParentSpanId()).isEqualTo(whole.getSpanId());
      assertThat(part.getKind()).isEqualTo(SpanKind.INTERNAL);
    });
  }

  @Test
  void report_shorterThanTheAnswerTook_liesInTheMiddle() {
    tracing.report("did", report(pushed(), 60, part("store", 5, 20)), Attributes.empty());
    assertThat(periodOf("did")).containsExactly(20.0, 80.0);
    assertThat(periodOf("store")).containsExactly(25.0, 45.0);
  }

  @Test
  void report_longerThanTheAnswerTook_isScaledToFit() {
    tracing.report("did", report(pushed(), 400, part("store", 40, 200)), Attributes.empty());
    assertThat(periodOf("did")).containsExactly(0.0, 100.0);
    assertThat(periodOf("store")).containsExactly(10.0, 60.0);
  }

  @Test
  void report_keepsNanoseconds() {
    Part part = new Part("store", Duration.ofNanos(1_001), Duration.ofNanos(7), "");
    tracing.report(
        "did",
        new Report(
            pushed(), ASKED, ASKED.plusNanos(2_000), Duration.ofNanos(2_000), "", List.of(part)),
        Attributes.empty());
    SpanData store = spans.named("store");
    assertThat(store.getStartEpochNanos() % 1_000_000).isEqualTo(1_001);
    assertThat(store.getEndEpochNanos() - store.getStartEpochNanos()).isEqualTo(7);
  }

  @Test
  void partsOutsideTheWhole_areCut() {
    tracing.report(
        "did",
        report(pushed(), 100, part("long", 90, 500), part("late", 101, 5)),
        Attributes.empty());
    assertThat(periodOf("long")).containsExactly(90.0, 100.0);
    assertThat(periodOf("late")).containsExactly(100.0, 100.0);
  }

  @Test
  void partWithinAnother_isBelowIt_andCutAtItsEnd() {
    tracing.report(
        "did",
        report(
            pushed(),
            100,
            part("switch", 10, 50),
            part("store", 20, 10),
            part("force", 25, 90), // ends with store
            part("tell", 30, 5), // begins when store ends
            part("next", 60, 5)),
        Attributes.empty());
    assertThat(parentOf("switch")).isEqualTo("did");
    assertThat(parentOf("store")).isEqualTo("switch");
    assertThat(parentOf("force")).isEqualTo("store");
    assertThat(parentOf("tell")).isEqualTo("switch");
    assertThat(parentOf("next")).isEqualTo("did");
    assertThat(periodOf("force")).containsExactly(25.0, 30.0);
  }

  private String parentOf(String name) {
    return parentOf(spans, spans.named(name)).getName();
  }

  @Test
  void partsInWhateverOrder_areInTheOrderThatTheyBegan() {
    Report report = report("", 100, part("c", 2, 1), part("a", 1, 1), part("b", 1, 0));
    assertThat(report.parts()).extracting(Part::name).containsExactly("a", "b", "c");
  }

  @Test
  void failures_areErrorsOfThatType() {
    Part store = new Part("store", ms(5), ms(20), "disk full");
    tracing.report(
        "did",
        new Report(pushed(), ASKED, ASKED, ms(1), "refused", List.of(store)),
        Attributes.empty());
    assertThat(spans.named("did").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(spans.named("did").getAttributes().get(Conventions.ERROR_TYPE)).isEqualTo("refused");
    assertThat(spans.named("store").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(spans.named("store").getAttributes().get(Conventions.ERROR_TYPE))
        .isEqualTo("disk full");
  }

  @Test
  void token_ofNoSpan_beginsATrace() {
    tracing.run("other", () -> tracing.report("did", report("none", 1), Attributes.empty()));
    assertThat(spans.named("did").getParentSpanContext().isValid()).isFalse();
    assertThat(spans.named("did").getTraceId())
        .isNotEqualTo(spans.named("other").getTraceId());
  }

  @Test
  void tokenOfWhatIsNotSampled_makesNoSpans() {
    try (RecordedSpans all = new RecordedSpans(Sampler.alwaysOn())) {
      String unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
      Tracing skipping = all.tracing(TracingConfig.DEFAULT.withSkipsUnsampled(true));
      skipping.report("did", report(unsampled, 1, part("store", 0, 1)), Attributes.empty());
      assertThat(all.all()).isEmpty();
    }
  }

  @Test
  void muted_makesNoSpans() {
    String token = pushed();
    Trace.mute(
        () -> tracing.report("did", report(token, 1, part("store", 0, 1)), Attributes.empty()));
    assertThat(spans.only().getName()).isEqualTo("push");
  }

  @Test
  void withoutAnSdk_makesNothing() {
    Tracing nobodys = Tracing.of("test", OpenTelemetry.noop());
    nobodys.report("did", report(pushed(), 1, part("store", 0, 1)), Attributes.empty());
    assertThat(spans.only().getName()).isEqualTo("push");
  }

  @Test
  void texts_areCutAndCleaned() {
    Part part = new Part("a\nb\u001b[2J\u202e\ud800c", ms(0), ms(0), "x".repeat(70));
    assertThat(part.name()).isEqualTo("a\ufffdb\ufffd[2J\ufffd\ufffdc");
    assertThat(part.failure()).isEqualTo("x".repeat(64));
    assertThat(new Part("x".repeat(63) + "\ud83d\ude9a", ms(0), ms(0), "").name())
        .as("no half of a character")
        .isEqualTo("x".repeat(63));
    assertThat(new Report("", ASKED, ASKED, ms(0), "no\troom", List.of()).failure())
        .isEqualTo("no\ufffdroom");
  }

  @Test
  void badValues_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> part("", 0, 0))
        .withMessage("name must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> part("store", -1, 0))
        .withMessage("start must not be negative, was PT-0.001S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> part("store", 0, -1))
        .withMessage("took must not be negative, was PT-0.001S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> report("", -5))
        .withMessage("elapsed must not be negative, was PT-0.005S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Report("", ASKED, ASKED.minusSeconds(1), ms(0), "", List.of()))
        .withMessage("answered must not be before asked (2026-11-27T10:00:00Z),"
            + " was 2026-11-27T09:59:59Z");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new Report("", ASKED, ASKED, ms(0), "", Collections.nCopies(65, part("store", 0, 1))))
        .withMessage("parts must be at most 64, were 65");
  }

  @Test
  void anyReport_keepsWithinItsTime_andItsOrder() {
    Random random = new Random(20261127);
    for (int round = 0; round < 1_000; round++) {
      List<Part> parts = new ArrayList<>();
      for (int i = random.nextInt(20); i > 0; i--) {
        parts.add(new Part("p" + i, anyDuration(random), anyDuration(random), ""));
      }
      try (RecordedSpans recorded = new RecordedSpans()) {
        Report report = reported(recorded, anyDuration(random), parts, random);
        String which = "round " + round + ": " + report;
        checkTimes(recorded, report, which);
        checkOrder(recorded, report.parts(), which);
      }
    }
  }

  /** Of all sizes; some fit in no long. */
  private static Duration anyDuration(Random random) {
    return random.nextInt(20) == 0
        ? Duration.ofSeconds(random.nextLong(Long.MAX_VALUE), 999_999_999)
        : Duration.ofNanos(random.nextLong(1L << random.nextInt(1, 62)));
  }

  private static Report reported(
      RecordedSpans recorded, Duration elapsed, List<Part> parts, Random random) {
    Tracing any = recorded.tracing();
    Instant answered = ASKED.plusNanos(random.nextLong(1L << random.nextInt(1, 62)));
    Report report = new Report(any.call("push", any::token), ASKED, answered, elapsed, "", parts);
    any.report("did", report, Attributes.empty());
    return report;
  }

  private static void checkTimes(RecordedSpans recorded, Report report, String which) {
    SpanData whole = recorded.named("did");
    assertThat(Instant.ofEpochSecond(0, whole.getStartEpochNanos()))
        .as(which)
        .isAfterOrEqualTo(report.asked());
    assertThat(Instant.ofEpochSecond(0, whole.getEndEpochNanos()))
        .as(which)
        .isBeforeOrEqualTo(report.answered());
    for (Part each : report.parts()) {
      SpanData part = recorded.named(each.name());
      SpanData parent = parentOf(recorded, part);
      assertThat(part.getStartEpochNanos())
          .as(which)
          .isBetween(parent.getStartEpochNanos(), part.getEndEpochNanos());
      assertThat(part.getEndEpochNanos()).as(which).isLessThanOrEqualTo(parent.getEndEpochNanos());
    }
  }

  /** What began first still does, and what was over before another began still is. */
  private static void checkOrder(RecordedSpans recorded, List<Part> parts, String which) {
    for (int later = 1; later < parts.size(); later++) {
      long start = recorded.named(parts.get(later).name()).getStartEpochNanos();
      for (Part earlier : parts.subList(0, later)) {
        SpanData span = recorded.named(earlier.name());
        boolean isOver =
            earlier.took().compareTo(parts.get(later).start().minus(earlier.start())) <= 0;
        assertThat(isOver ? span.getEndEpochNanos() : span.getStartEpochNanos())
            .as(which)
            .isLessThanOrEqualTo(start);
      }
    }
  }

  private static SpanData parentOf(RecordedSpans recorded, SpanData span) {
    return recorded.all().stream()
        .filter(other -> other.getSpanId().equals(span.getParentSpanId()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anyReportOfOneThread_isNestedAsItWas() {
    Random random = new Random(20261128);
    for (int round = 0; round < 1_000; round++) {
      long elapsed = 1 + random.nextLong(1L << random.nextInt(1, 45));
      Map<String, String> parents = new HashMap<>();
      List<Part> parts = new ArrayList<>();
      nest("did", 0, elapsed, parts, parents, random);
      try (RecordedSpans recorded = new RecordedSpans()) {
        Report report = reported(recorded, Duration.ofNanos(elapsed), parts, random);
        String which = "round " + round + ": " + report;
        checkTimes(recorded, report, which);
        checkOrder(recorded, report.parts(), which);
        boolean isScaled = !report.answered().isAfter(ASKED.plus(report.elapsed()));
        for (Part part : parts) {
          SpanData span = recorded.named(part.name());
          assertThat(parentOf(recorded, span).getName())
              .as(which)
              .isEqualTo(parents.get(part.name()));
          if (!isScaled) {
            assertThat(span.getEndEpochNanos() - span.getStartEpochNanos())
                .as(which)
                .isEqualTo(part.took().toNanos());
          }
        }
      }
    }
  }

  /** Adds parts one after the other, each with parts of its own. */
  private static void nest(
      String around,
      long from,
      long to,
      List<Part> parts,
      Map<String, String> parents,
      Random random) {
    long at = from;
    while (at < to && parts.size() < 64 && random.nextInt(4) > 0) {
      long start = at + random.nextLong(to - at);
      long end = start + 1 + random.nextLong(to - start);
      String name = "p" + parts.size();
      parts.add(new Part(name, Duration.ofNanos(start), Duration.ofNanos(end - start), ""));
      parents.put(name, around);
      nest(name, start, end, parts, parents, random);
      at = end;
    }
  }

  @Test
  void mostParts_areAllMade() {
    Part[] parts =
        IntStream.range(0, 64).mapToObj(i -> part("p" + i, i, 64 - i)).toArray(Part[]::new);
    tracing.report("did", report(pushed(), 64, parts), Attributes.empty());
    assertThat(spans.all()).hasSize(66);
    assertThat(parentOf("p63")).isEqualTo("p62");
  }
}
