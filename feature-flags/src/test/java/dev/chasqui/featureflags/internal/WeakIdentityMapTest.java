package dev.chasqui.featureflags.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WeakIdentityMapTest {
  private final WeakIdentityMap<List<Integer>, Integer> map = new WeakIdentityMap<>();
  private final AtomicInteger made = new AtomicInteger();

  private int get(List<Integer> key) {
    return map.get(key, unused -> made.incrementAndGet());
  }

  @Test
  void get_ofTheSameObject_makesOnce_evenIfItChanges() {
    List<Integer> key = new ArrayList<>();
    assertThat(get(key)).isEqualTo(1);
    key.add(7);
    assertThat(get(key)).isEqualTo(1);
  }

  @Test
  void get_ofAnEqualObject_makesAnother() {
    List<Integer> one = new ArrayList<>(List.of(1));
    List<Integer> other = new ArrayList<>(List.of(1));
    assertThat(get(one)).isEqualTo(1);
    assertThat(get(other)).isEqualTo(2);
    assertThat(map.size()).isEqualTo(2);
  }

  @Test
  void get_onceOthersHoldTheObjectNoMore_isForgotten() {
    List<Integer> held = new ArrayList<>();
    get(held);
    for (int i = 0; i < 1_000; i++) {
      get(new ArrayList<>());
    }
    await().until(() -> {
      System.gc();
      return map.size() == 1;
    });
    assertThat(get(held)).isEqualTo(1);
  }
}
