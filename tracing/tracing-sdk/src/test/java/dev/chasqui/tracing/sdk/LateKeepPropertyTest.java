package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random forests of spans that end in a random order, and what a naive reading of the rules says of them. */
final class LateKeepPropertyTest {
  private static final AttributeKey<String> KEPT = AttributeKey.stringKey("chasqui.kept");
  private static final int FORESTS = 200;
  private static final int STEPS = 80;
  private static final long SLOW_NANOS = 30;

  /** What the oracle knows of a span. Moments are numbers of steps, and nanoseconds too. */
  private static final class Node {
    final String name;
    final Span span;
    final Node root;
    final long begun;
    long ended = Long.MAX_VALUE;
    boolean isFailed;

    Node(String name, Span span, @Nullable Node parent, long begun) {
      this.name = name;
      this.span = span;
      this.root = parent == null ? this : parent.root;
      this.begun = begun;
    }

    boolean hasEnded() {
      return ended < Long.MAX_VALUE;
    }

    boolean isSampled() {
      return span.getSpanContext().isSampled();
    }

    String traceId() {
      return span.getSpanContext().getTraceId();
    }
  }

  /** Samples some roots, by their name. */
  private static final class ByName implements Sampler {
    @Override
    public SamplingResult shouldSample(
        Context parent,
        String traceId,
        String name,
        SpanKind kind,
        Attributes attributes,
        List<LinkData> links) {
      return name.startsWith("sampled") ? SamplingResult.recordAndSample() : SamplingResult.drop();
    }

    @Override
    public String getDescription() {
      return "by name";
    }
  }

  private final Arrived arrived = new Arrived();
  private final List<Node> nodes = new ArrayList<>();

  private LateKeep grow(Random random, int maximumSpans) {
    arrived.clear();
    nodes.clear();
    LateKeep keep = new LateKeep(
        arrived, new LateKeep.Limits(Duration.ofNanos(SLOW_NANOS), maximumSpans, maximumSpans));
    SdkTracerProvider provider = SdkTracerProvider.builder()
        .setSampler(keep.sampler(Sampler.parentBased(new ByName())))
        .addSpanProcessor(keep)
        .build();
    for (int step = 1; step <= STEPS; step++) {
      List<Node> open = nodes.stream().filter(node -> !node.hasEnded()).toList();
      if (!open.isEmpty() && random.nextInt(100) < 45) {
        end(open.get(random.nextInt(open.size())), step, random.nextInt(8) == 0);
      } else if (nodes.isEmpty() || random.nextInt(100) < 20) {
        begin(provider, null, random, step);
      } else {
        List<Node> parents = open.isEmpty() || random.nextInt(4) == 0 ? nodes : open;
        begin(provider, parents.get(random.nextInt(parents.size())), random, step);
      }
      assertThat(keep.size()).isLessThanOrEqualTo(maximumSpans);
    }
    return keep;
  }

  private void begin(SdkTracerProvider provider, @Nullable Node parent, Random random, long step) {
    Context context = parent == null ? rootOrElsewhere(random) : Context.root().with(parent.span);
    String name = (random.nextInt(5) == 0 ? "sampled " : "span ") + nodes.size();
    Span span = provider
        .get("test")
        .spanBuilder(name)
        .setParent(context)
        .setStartTimestamp(step, TimeUnit.NANOSECONDS)
        .startSpan();
    nodes.add(new Node(name, span, parent, step));
  }

  /** At times of a trace that has a part here already. */
  private Context rootOrElsewhere(Random random) {
    if (nodes.isEmpty() || random.nextInt(3) > 0) {
      return Context.root();
    }
    return Context.root()
        .with(Span.wrap(SpanContext.createFromRemoteParent(
            nodes.get(random.nextInt(nodes.size())).traceId(),
            "00000000000000aa",
            TraceFlags.getDefault(),
            TraceState.getDefault())));
  }

  private static void end(Node node, long step, boolean isFailed) {
    if (isFailed) {
      node.span.setStatus(StatusCode.ERROR);
    }
    node.isFailed = isFailed;
    node.ended = step;
    node.span.end(step, TimeUnit.NANOSECONDS);
  }

  /** What there must be of each span that arrives: why it was kept, or nothing. */
  private Map<String, String> expected() {
    Map<String, String> expected = new HashMap<>();
    for (Node node : nodes) {
      if (!node.hasEnded()) {
        continue;
      }
      Node root = node.root;
      String why = why(root);
      boolean wasInTime = node.begun < root.ended && node.ended <= root.ended;
      if (node.isSampled()) {
        expected.put(node.name, "");
      } else if (wasInTime) {
        if (!why.isEmpty()) {
          expected.put(node.name, node == root ? why : "");
        }
      } else if (wasKeptBefore(node)) {
        expected.put(node.name, "");
      } else if (node.isFailed) {
        expected.put(node.name, "failed");
      }
    }
    return expected;
  }

  /** Empty if the trace below a local root is not kept. */
  private String why(Node root) {
    if (!root.hasEnded() || root.isSampled()) {
      return "";
    }
    boolean hasFailed = nodes.stream()
        .anyMatch(node -> node.root == root && node.isFailed && node.ended <= root.ended);
    return hasFailed ? "failed" : root.ended - root.begun > SLOW_NANOS ? "slow" : "";
  }

  private boolean wasKeptBefore(Node node) {
    return nodes.stream()
        .anyMatch(other -> other.root == other
            && other.traceId().equals(node.traceId())
            && other.ended < node.ended
            && !why(other).isEmpty());
  }

  private Map<String, String> found() {
    return arrived.all().stream().collect(Collectors.toMap(SpanData::getName, span -> {
      String kept = span.getAttributes().get(KEPT);
      return kept == null ? "" : kept;
    })); // which fails on one that arrived twice
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatArrives_isWhatTheRulesSay(long seed) {
    Random random = new Random(seed);
    int kept = 0;
    for (int forest = 0; forest < FORESTS; forest++) {
      LateKeep keep = grow(random, 1_000);
      assertThat(found()).as("forest %d of seed %d", forest, seed).isEqualTo(expected());
      kept += (int) nodes.stream()
          .filter(node -> node.root == node && !why(node).isEmpty())
          .count();
      long step = STEPS;
      for (Node node : nodes) {
        if (!node.hasEnded()) {
          end(node, ++step, false);
        }
      }
      assertThat(keep.size()).isZero();
      assertThat(found()).as("all of forest %d of seed %d", forest, seed).isEqualTo(expected());
    }
    assertThat(kept).isGreaterThan(FORESTS); // or this would show little
  }

  @ParameterizedTest
  @ValueSource(longs = {6, 7, 8})
  void failures_withLittleRoom_allArriveOnce(long seed) {
    Random random = new Random(seed);
    long early = 0;
    for (int forest = 0; forest < FORESTS; forest++) {
      LateKeep keep = grow(random, 6);
      keep.close();
      assertThat(found().keySet())
          .as("forest %d of seed %d", forest, seed)
          .containsAll(nodes.stream()
              .filter(node -> node.isFailed)
              .map(node -> node.name)
              .toList());
      early += keep.decidedEarly();
    }
    assertThat(early).isGreaterThan(FORESTS / 2);
  }
}
