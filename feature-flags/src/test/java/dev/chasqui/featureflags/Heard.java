package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Remembers what a source tells. */
final class Heard implements FlagSource.Listener {
  /** {@code loaded 41 [a, b]} and {@code killed 42 [a]}. */
  final Queue<String> calls = new ConcurrentLinkedQueue<>();

  final Queue<String> troubles = new ConcurrentLinkedQueue<>();
  final AtomicInteger touches = new AtomicInteger();
  private final AtomicInteger inside = new AtomicInteger();
  volatile @Nullable FlagDocument document;
  volatile boolean inTouch;
  volatile boolean twoAtOnce;

  @Override
  public void loaded(FlagDocument loaded) {
    enter();
    document = loaded;
    inTouch = true;
    calls.add("loaded " + loaded.revision() + " " + keys(loaded.keys()));
    inside.decrementAndGet();
  }

  @Override
  public void killed(Set<String> keys, long revision) {
    enter();
    calls.add("killed " + revision + " " + keys(keys));
    inside.decrementAndGet();
  }

  @Override
  public void inTouch() {
    enter();
    inTouch = true;
    touches.incrementAndGet();
    inside.decrementAndGet();
  }

  @Override
  public void outOfTouch(String why) {
    enter();
    inTouch = false;
    troubles.add(why);
    inside.decrementAndGet();
  }

  private void enter() {
    twoAtOnce |= inside.incrementAndGet() > 1;
  }

  static String keys(Collection<String> keys) {
    return new TreeSet<>(keys).toString();
  }

  void awaitCalls(String... expected) {
    quick(() -> assertThat(calls).containsExactly(expected));
  }

  void awaitTrouble(String part) {
    quick(() -> assertThat(troubles).anySatisfy(why -> assertThat(why).contains(part)));
  }

  void awaitInTouch() {
    quick(() -> assertThat(inTouch).isTrue());
  }

  static void quick(org.awaitility.core.ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(assertion);
  }

  List<String> allCalls() {
    return List.copyOf(calls);
  }
}
