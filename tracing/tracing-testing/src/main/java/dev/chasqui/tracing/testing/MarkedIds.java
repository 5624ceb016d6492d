package dev.chasqui.tracing.testing;

import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Random ids of traces, all of which begin with the same digits while one test runs: so one sees whose they are. Those of
 * traces that came from elsewhere are added.
 */
final class MarkedIds implements IdGenerator {
  private static final int MARK = 8;
  /** Of tests that have ended. Static, as what they began goes on whoever records. */
  private static final Set<String> FORMER = ConcurrentHashMap.newKeySet();

  private final IdGenerator random = IdGenerator.random();
  private final Set<String> foreign = ConcurrentHashMap.newKeySet();
  private volatile String mark = newMark();

  private static String newMark() {
    return String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt());
  }

  /** A test begins. */
  void renew() {
    foreign.clear();
    mark = newMark();
  }

  /** It has ended. */
  void retire() {
    FORMER.add(mark);
  }

  @Override
  public String generateSpanId() {
    return random.generateSpanId();
  }

  @Override
  public String generateTraceId() {
    return mark + random.generateTraceId().substring(MARK);
  }

  /** Whether a trace is of the test that runs. */
  boolean areIn(String traceId) {
    return traceId.startsWith(mark) || foreign.contains(traceId);
  }

  /** Whether a span of this trace is of the test that runs, which it is unless a former one began it. */
  boolean take(String traceId) {
    if (traceId.startsWith(mark)) {
      return true;
    }
    if (FORMER.contains(traceId.substring(0, MARK))) {
      return false;
    }
    foreign.add(traceId);
    return true;
  }
}
