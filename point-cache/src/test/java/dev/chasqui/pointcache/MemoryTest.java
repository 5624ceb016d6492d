package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process keeps, and for how long. */
final class MemoryTest {
  private static final long LIFE = Duration.ofSeconds(1).toNanos();
  private static final String KEY = "key";

  private final AtomicLong now = new AtomicLong(17);
  private final Memory<String> memory = new Memory<>(Duration.ofNanos(LIFE), 1_000, now::get);

  @BeforeEach
  void open() {
    memory.open();
  }

  private void keep(Object key, String value) {
    memory.keep(key, memory.epoch(key), now.get(), value);
  }

  @Test
  void keep_nothingHappenedSince_isFound() {
    keep(KEY, "a");
    assertThat(memory.get(KEY)).isEqualTo("a");
    assertThat(memory.get("other")).isNull();
    keep(KEY, "b");
    assertThat(memory.get(KEY)).isEqualTo("b");
  }

  @Test
  void keep_listsWithMoreElementsThanItsSize_someGo() {
    Memory<List<Integer>> lists = Memory.ofLists(Duration.ofNanos(LIFE), 100, now::get);
    lists.open();
    List<Integer> fifty = Collections.nCopies(50, 1);
    for (int key = 0; key < 10; key++) {
      lists.keep(key, lists.epoch(key), now.get(), fifty);
    }
    await()
        .until(
            () -> IntStream.range(0, 10).filter(key -> lists.get(key) != null).count() <= 2);
  }

  @Test
  void keep_askedBeforeADrop_keepsNothing() {
    int epoch = memory.epoch(KEY);
    memory.drop(KEY);
    memory.keep(KEY, epoch, now.get(), "old");
    assertThat(memory.get(KEY)).isNull();
    keep(KEY, "new");
    assertThat(memory.get(KEY)).isEqualTo("new");
  }

  @Test
  void keep_askedBeforeAllWasDropped_keepsNothing() {
    for (int key = 0; key < 1_000; key++) {
      int epoch = memory.epoch(key);
      memory.dropAll();
      memory.keep(key, epoch, now.get(), "old");
      assertThat(memory.get(key)).isNull();
    }
  }

  @Test
  void drop_leavesTheOthers_andDropAllNone() {
    for (int key = 0; key < 100; key++) {
      keep(key, "kept");
    }
    memory.drop(17);
    for (int key = 0; key < 100; key++) {
      assertThat(memory.get(key)).isEqualTo(key == 17 ? null : "kept");
    }
    memory.dropAll();
    for (int key = 0; key < 100; key++) {
      assertThat(memory.get(key)).isNull();
    }
  }

  @Test
  void life_countsFromAsking() {
    long asked = now.get();
    int epoch = memory.epoch(KEY);
    now.addAndGet(LIFE / 20);
    memory.keep(KEY, epoch, asked, "a");
    assertThat(memory.get(KEY)).isEqualTo("a");
    now.set(asked + LIFE / 2);
    assertThat(memory.get(KEY)).isEqualTo("a");
    now.set(asked + LIFE);
    assertThat(memory.get(KEY)).isNull();
  }

  @Test
  void life_askingTookAllOfIt_keepsNothing() {
    long asked = now.getAndAdd(LIFE);
    memory.keep(KEY, memory.epoch(KEY), asked, "old");
    assertThat(memory.get(KEY)).isNull();
  }

  /** As a process may be stopped between any two steps. */
  @Test
  void life_timePassesWhileKeeping_countsFromAskingAllTheSame() {
    for (int after = 1; after <= 5; after++) {
      AtomicLong looks = new AtomicLong();
      int stop = after;
      Memory<String> stopped = new Memory<>(
          Duration.ofNanos(LIFE), 1_000, () -> looks.incrementAndGet() < stop ? 0 : 5 * LIFE);
      stopped.open();
      stopped.keep(KEY, stopped.epoch(KEY), 0, "old");
      looks.set(stop);
      assertThat(stopped.get(KEY))
          .as("stopped before look %s at the clock", stop)
          .isNull();
    }
  }

  @Test
  void keep_refusedBesideAKeptOne_doesNotLengthenItsLife() {
    long asked = now.get();
    int epoch = memory.epoch(KEY);
    memory.drop(KEY);
    keep(KEY, "kept");
    now.addAndGet(LIFE / 2);
    memory.keep(KEY, epoch, now.get(), "refused");
    assertThat(memory.get(KEY)).isNotEqualTo("refused");
    now.set(asked + LIFE);
    assertThat(memory.get(KEY)).isNull();
  }

  @Test
  void keep_askedLater_lengthensLife() {
    keep(KEY, "a");
    now.addAndGet(LIFE - 1);
    keep(KEY, "b");
    now.addAndGet(LIFE / 2);
    assertThat(memory.get(KEY)).isEqualTo("b");
  }

  @Test
  void close_keepsNothing_untilItIsOpenedAgain() {
    keep(KEY, "a");
    int epoch = memory.epoch(KEY);
    memory.close();
    assertThat(memory.get(KEY)).isNull();
    keep(KEY, "b");
    assertThat(memory.get(KEY)).isNull();
    memory.open();
    memory.keep(KEY, epoch, now.get(), "asked while changes were told of, but not all since");
    assertThat(memory.get(KEY)).isNull();
    keep(KEY, "c");
    assertThat(memory.get(KEY)).isEqualTo("c");
  }

  @Test
  void keep_beforeItIsOpened_keepsNothing() {
    Memory<String> closed = new Memory<>(Duration.ofNanos(LIFE), 1_000, now::get);
    closed.keep(KEY, closed.epoch(KEY), now.get(), "a");
    assertThat(closed.get(KEY)).isNull();
  }

  @Test
  void noLife_keepsNothing() {
    Memory<String> none = new Memory<>(Duration.ZERO, 1_000, now::get);
    none.open();
    none.keep(KEY, none.epoch(KEY), now.get(), "a");
    assertThat(none.get(KEY)).isNull();
  }

  /** A row of which versions are written one after the other, and threads that read and keep it. */
  private final class Race {
    private static final int READERS = 2;
    private static final int WRITES = 30_000;

    private final AtomicLong row = new AtomicLong();
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicReference<@Nullable Throwable> problem = new AtomicReference<>();

    private void read() {
      while (!done.get()) {
        int epoch = memory.epoch(KEY);
        long asked = now.get();
        memory.keep(KEY, epoch, asked, Long.toString(row.get()));
      }
    }

    void run(Runnable drop) throws InterruptedException {
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        Thread reader = new Thread(this::read);
        reader.setUncaughtExceptionHandler((thread, e) -> problem.set(e));
        readers.add(reader);
      }
      readers.forEach(Thread::start);
      try {
        for (long version = 1; version <= WRITES; version++) {
          row.set(version);
          drop.run();
          for (int look = 0; look < 3; look++) {
            String found = memory.get(KEY);
            assertThat(found).isIn(null, Long.toString(version));
          }
        }
        await().until(() -> memory.get(KEY) != null); // they kept all the time
      } finally {
        done.set(true);
        for (Thread reader : readers) {
          reader.join(20_000);
        }
      }
      assertThat(problem).hasNullValue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop", "dropAll", "close"})
  void get_afterADropReturned_findsNothingThatWasAskedForBefore(String how)
      throws InterruptedException {
    new Race().run(() -> {
      switch (how) {
        case "drop" -> memory.drop(KEY);
        case "dropAll" -> memory.dropAll();
        default -> {
          memory.close();
          memory.open();
        }
      }
    });
  }
}
