package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random trees of spans that end in a random order: what arrives adds up to all that there were. */
final class SpanBudgetPropertyTest {
  private static final int TREES = 200;
  private static final int SPANS = 60;
  private static final int BUDGET = 2;

  /** A span below one that is sampled; moments are milliseconds. */
  private record Child(Group group, Span span, long begun, boolean isCounted) {}

  private record Group(String parentId, String name) {}

  /** What there is of a group. Durations are milliseconds. */
  private static final class Sum {
    long spans;
    long failed;
    double total;
    double longest;

    void add(long spans, long failed, double total, double longest) {
      this.spans += spans;
      this.failed += failed;
      this.total += total;
      this.longest = Math.max(this.longest, longest);
    }

    @Override
    public String toString() {
      return spans + " spans, " + failed + " failed, " + total + " ms, longest " + longest + " ms";
    }
  }

  private final Arrived arrived = new Arrived();
  private final SpanBudget budget = new SpanBudget(arrived, BUDGET);
  private final SdkTracerProvider provider = SdkTracerProvider.builder()
      .setSampler(budget.sampler(Sampler.parentBased(Sampler.alwaysOn())))
      .addSpanProcessor(budget)
      .build();
  private final List<Child> open = new ArrayList<>();
  private final Map<Group, Sum> all = new HashMap<>();
  private final Map<Group, Integer> counted = new HashMap<>();
  private long now;

  private Child begin(@Nullable Span parent, String name) {
    now++;
    Span span = provider
        .get("test")
        .spanBuilder(name)
        .setParent(parent == null ? Context.root() : Context.root().with(parent))
        .setStartTimestamp(now, TimeUnit.MILLISECONDS)
        .startSpan();
    String parentId = parent == null ? "" : parent.getSpanContext().getSpanId();
    Child child =
        new Child(new Group(parentId, name), span, now, parent != null && parent.isRecording());
    open.add(child);
    return child;
  }

  private void end(Child child, boolean isFailed) {
    now++;
    open.remove(child);
    if (isFailed) {
      child.span.setStatus(StatusCode.ERROR);
    }
    child.span.end(now, TimeUnit.MILLISECONDS);
    double took = now - child.begun;
    all.computeIfAbsent(child.group, group -> new Sum()).add(1, isFailed ? 1 : 0, took, took);
  }

  private static Map<Group, String> told(Map<Group, Sum> sums) {
    Map<Group, String> told = new HashMap<>();
    sums.forEach((group, sum) -> told.put(group, sum.toString()));
    return told;
  }

  private Map<Group, Sum> found() {
    Map<Group, Sum> found = new HashMap<>();
    for (SpanData span : arrived.all()) {
      Group group = new Group(parentId(span), span.getName().replace(" (rolled up)", ""));
      Sum sum = found.computeIfAbsent(group, g -> new Sum());
      if (span.getName().endsWith("(rolled up)")) {
        sum.add(
            valueOf(span, SpanBudgetTest.COUNT),
            valueOf(span, SpanBudgetTest.FAILED),
            valueOf(span, SpanBudgetTest.TOTAL),
            valueOf(span, SpanBudgetTest.LONGEST));
      } else {
        double took = (span.getEndEpochNanos() - span.getStartEpochNanos()) / 1e6;
        sum.add(1, span.getStatus().getStatusCode() == StatusCode.ERROR ? 1 : 0, took, took);
      }
    }
    return found;
  }

  private static String parentId(SpanData span) {
    return span.getParentSpanContext().isValid() ? span.getParentSpanId() : "";
  }

  private static <T> T valueOf(SpanData span, AttributeKey<T> key) {
    T value = span.getAttributes().get(key);
    if (value == null) {
      throw new AssertionError("no " + key + " in " + span);
    }
    return value;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatArrives_addsUpToAll(long seed) {
    Random random = new Random(seed);
    long rollUps = 0;
    for (int tree = 0; tree < TREES; tree++) {
      arrived.clear();
      all.clear();
      counted.clear();
      List<Span> parents = new ArrayList<>();
      parents.add(begin(null, "root").span);
      for (int i = 0; i < SPANS; i++) {
        Span parent = parents.get(random.nextInt(parents.size()));
        Child child = begin(parent, "step " + (char) ('a' + random.nextInt(2)));
        if (child.isCounted) {
          int before = counted.merge(child.group, 1, Integer::sum);
          assertThat(child.span.getSpanContext().isSampled()).isEqualTo(before <= BUDGET);
        } else {
          assertThat(child.span.getSpanContext().isSampled()).isTrue();
        }
        if (child.span.getSpanContext().isSampled() && parents.size() < 6) {
          parents.add(child.span);
        }
        if (random.nextBoolean()) {
          end(open.get(random.nextInt(open.size())), random.nextInt(5) == 0);
        }
      }
      while (!open.isEmpty()) {
        end(open.get(random.nextInt(open.size())), random.nextInt(5) == 0);
      }
      assertThat(told(found())).as("tree %d of seed %d", tree, seed).isEqualTo(told(all));
      assertThat(budget.size()).isZero();
      rollUps +=
          arrived.names().stream().filter(name -> name.endsWith("(rolled up)")).count();
    }
    assertThat(rollUps).isGreaterThan(TREES); // or this would show little
  }
}
