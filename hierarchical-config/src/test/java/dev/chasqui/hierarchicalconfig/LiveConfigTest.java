package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

final class LiveConfigTest {
  private static final Setting<Integer> FPS = Setting.ofInt("camera.fps").withDefault(15);
  private static final Setting<Duration> CLIP =
      Setting.ofDuration("camera.clip").withDefault(Duration.ofSeconds(15));
  private static final Setting<JsonNode> ZONES =
      Setting.ofObject("zones", JsonNode.class).withDefault(JsonNodeFactory.instance.objectNode());
  /** Declared by nobody here. */
  private static final Setting<Integer> OTHER = Setting.ofInt("camera.fps").withDefault(1);

  private static final Resolver RESOLVER =
      new Resolver(Catalogue.of(FPS, CLIP, ZONES), Hierarchy.DEFAULT);
  private static final Resolver WITHOUT_CLIP =
      new Resolver(Catalogue.of(FPS, ZONES), Hierarchy.DEFAULT);

  private final LiveConfig config = new LiveConfig(config(1));
  private final List<String> heard = new ArrayList<>();

  private record Camera(int fps, Duration clip) {
    Camera {
      if (clip.toSeconds() != fps) {
        throw new IllegalArgumentException("clip must be " + fps + " s, was " + clip);
      }
    }

    static Camera of(EffectiveConfig config) {
      return new Camera(config.get(FPS), config.get(CLIP));
    }
  }

  private static EffectiveConfig config(int fps) {
    return config(RESOLVER, fps, fps);
  }

  private static EffectiveConfig config(Resolver resolver, int fps, int clipSeconds) {
    Map<String, Entry> entries = Map.of(
        FPS.key(), Entry.of(FPS.type().encode(fps)),
        CLIP.key(), Entry.of(CLIP.type().encode(Duration.ofSeconds(clipSeconds))));
    return resolver.resolve(
        List.of(new Profile(Scope.parse("company:acme"), fps, 0, entries)),
        DeviceContext.NONE,
        Instant.EPOCH);
  }

  @Test
  void live_afterSet_givesTheNewValue() {
    Live<Integer> fps = config.live(FPS);
    assertThat(fps.get()).isEqualTo(1);
    EffectiveConfig next = config(2);
    config.set(next);
    assertThat(fps.get()).isEqualTo(2);
    assertThat(config.get(FPS)).isEqualTo(2);
    assertThat(config.now()).isSameAs(next);
  }

  @Test
  void live_ofOneSettingTwice_isTheSameObject() {
    assertThat(config.live(FPS)).isSameAs(config.live(FPS));
  }

  @Test
  void setting_ofNoCatalogue_isRefusedAtOnce() {
    List<Runnable> uses = List.of(
        () -> config.get(OTHER),
        () -> config.live(OTHER),
        () -> config.onChange(OTHER, change -> {}));
    assertThat(uses)
        .allSatisfy(use -> assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessageContaining("camera.fps"));
  }

  @Test
  void live_ofJson_handsOutCopies() {
    Live<JsonNode> zones = config.live(ZONES);
    ((ObjectNode) zones.get()).put("depot", true);
    assertThat(zones.get().isEmpty()).isTrue();
    assertThat(config.get(ZONES).isEmpty()).isTrue();
  }

  @Test
  void view_isMadeOncePerConfig() {
    AtomicInteger made = new AtomicInteger();
    Live<Integer> view = config.live(now -> made.incrementAndGet() * 100 + now.get(FPS));
    assertThat(List.of(view.get(), view.get())).containsExactly(101, 101);
    config.set(config(2));
    assertThat(List.of(view.get(), view.get())).containsExactly(202, 202);
  }

  @Test
  void set_refusedByAView_leavesAllAsItWas() {
    EffectiveConfig before = config.now();
    Live<Integer> fps = config.live(FPS);
    Live<Camera> camera = config.live(Camera::of);
    Live<Duration> clip = config.live(CLIP);
    config.onChange(change -> heard.add("never"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.set(config(RESOLVER, 2, 3)))
        .withMessage("clip must be 2 s, was PT3S");

    assertThat(config.now()).isSameAs(before);
    assertThat(fps.get()).isEqualTo(1);
    assertThat(clip.get()).isEqualTo(Duration.ofSeconds(1));
    assertThat(camera.get()).isEqualTo(new Camera(1, Duration.ofSeconds(1)));
    assertThat(heard).isEmpty();
    config.set(config(4));
    assertThat(camera.get().fps()).isEqualTo(4);
  }

  @Test
  void view_refusingTheConfigInForce_isNotMade() {
    config.set(config(RESOLVER, 2, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> config.live(Camera::of));
    config.set(config(RESOLVER, 2, 4)); // nobody refuses
  }

  @Test
  @SuppressWarnings("NullAway") // what it must not do
  void view_givingNull_isRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> config.live(now -> (Camera) null))
        .withMessageContaining("view");
  }

  @Test
  void set_ofACatalogueWithoutALiveSetting_isRefused() {
    config.live(CLIP);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.set(config(WITHOUT_CLIP, 2, 2)))
        .withMessageContaining("camera.clip");
    assertThat(config.get(FPS)).isEqualTo(1);
  }

  @Test
  void set_ofACatalogueWithoutASettingListenedTo_isRefused() {
    config.onChange(CLIP, change -> heard.add("never"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.set(config(WITHOUT_CLIP, 2, 2)))
        .withMessageContaining("camera.clip");
  }

  @Test
  void set_ofAnotherCatalogueWithAllThatIsUsed_isInForce() {
    Live<Integer> fps = config.live(FPS);
    config.set(config(WITHOUT_CLIP, 2, 2));
    assertThat(fps.get()).isEqualTo(2);
  }

  @Test
  void listeners_hearInTheirOrder_whenEveryReaderHasTheNewValue() {
    Live<Camera> camera = config.live(Camera::of);
    config.onChange(FPS, change -> heard.add("1: " + change.before() + " to " + change.now()));
    config.onChange(
        change -> heard.add("2: " + change.keys() + " " + change.now().revision()));
    config.onChange(ZONES, change -> heard.add("never"));
    config.onChange(
        CLIP,
        change -> heard.add("3: " + config.get(FPS) + config.live(FPS).get()
            + camera.get().fps() + config.live(now -> now.get(FPS)).get()));

    ConfigChange change = Objects.requireNonNull(config.set(config(2)));

    assertThat(heard).containsExactly("1: 1 to 2", "2: [camera.clip, camera.fps] 2", "3: 2222");
    assertThat(change.keys()).containsExactly("camera.clip", "camera.fps");
    assertThat(change.before().get(FPS)).isEqualTo(1);
    assertThat(change.now()).isSameAs(config.now());
  }

  @Test
  void set_ofTheSameValues_isInForceAndTellsNobody() {
    config.onChange(change -> heard.add("never"));
    EffectiveConfig same = config(1);
    assertThat(config.set(same)).isNull();
    assertThat(config.now()).isSameAs(same);
    assertThat(heard).isEmpty();
  }

  @Test
  void listener_thatThrows_keepsNothingFromTheOthers() {
    config.onChange(change -> {
      throw new IllegalStateException("thrown by the test");
    });
    config.onChange(FPS, change -> {
      throw new AssertionError("thrown by the test");
    });
    config.onChange(FPS, change -> heard.add("heard"));
    config.set(config(2));
    assertThat(heard).containsExactly("heard");
  }

  @Test
  void subscription_closed_hearsNoMore() {
    Subscription first = config.onChange(change -> heard.add("first"));
    AtomicReference<Subscription> third = new AtomicReference<>(() -> {});
    config.onChange(change -> {
      heard.add("second");
      third.get().close(); // of the change that is being told, too
    });
    third.set(config.onChange(change -> heard.add("third")));
    first.close();
    first.close();
    config.set(config(2));
    assertThat(heard).containsExactly("second");
  }

  @Test
  void set_byAListener_isRefused() {
    config.onChange(change -> assertThatIllegalStateException()
        .isThrownBy(() -> config.set(config(3)))
        .satisfies(refused -> heard.add("refused")));
    config.set(config(2));
    assertThat(heard).containsExactly("refused");
    assertThat(config.get(FPS)).isEqualTo(2);
  }

  @Test
  void liveConfig_usedByAView_isRefused() {
    List<Runnable> uses = List.of(
        () -> config.set(config(3)),
        () -> config.live(CLIP),
        () -> config.live(now -> now.get(CLIP)));
    assertThat(uses)
        .allSatisfy(use -> assertThatIllegalStateException()
            .isThrownBy(() -> config.live(now -> {
              use.run();
              return now;
            })));
    assertThat(config.get(FPS)).isEqualTo(1);
  }

  @Test
  void live_whileAListenerIsStuck_doesNotWait() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    CompletableFuture<Void> release = new CompletableFuture<>();
    config.onChange(change -> {
      told.countDown();
      release.join();
    });
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<?> set = other.submit(() -> config.set(config(2)));
      assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(config.live(FPS).get()).isEqualTo(2);
      assertThat(config.live(Camera::of).get().fps()).isEqualTo(2);
      assertThat(set.isDone()).isFalse();
    } finally {
      release.complete(null);
      other.shutdownNow();
    }
  }

  @Test
  void view_thatNobodyRefersTo_isForgotten() {
    AtomicInteger made = new AtomicInteger();
    WeakReference<Live<Integer>> dropped = new WeakReference<>(config.live(now -> {
      made.incrementAndGet();
      return now.get(FPS);
    }));
    for (int i = 0; dropped.get() != null && i < 1_000; i++) {
      System.gc();
    }
    assertThat(dropped.get()).isNull();
    config.set(config(2));
    assertThat(made).hasValue(1);
  }

  @Test
  void readers_duringManySets_seeWholeViewsAndNeverGoBack() throws Exception {
    int sets = 10_000;
    int readers = 3;
    Live<Camera> camera = config.live(Camera::of);
    Live<Integer> fps = config.live(FPS);
    List<Integer> told = new ArrayList<>();
    config.onChange(FPS, change -> told.add(change.now()));
    // Prepared, so that the readers meet as many switches as can be.
    List<EffectiveConfig> prepared = new ArrayList<>();
    Random random = new Random(20);
    for (int last = 1; prepared.size() < sets; ) {
      last += 1 + random.nextInt(3);
      prepared.add(config(last));
    }
    int end = prepared.get(sets - 1).get(FPS);

    Callable<Integer> reader = () -> {
      int distinct = 1;
      int lastCamera = 1;
      int lastFps = 1;
      int lastConfig = 1;
      while (lastCamera < end || lastFps < end || lastConfig < end) {
        Camera seen = camera.get(); // its constructor refuses what does not fit together
        distinct += seen.fps() == lastCamera ? 0 : 1;
        lastCamera = notBefore(lastCamera, seen.fps());
        lastFps = notBefore(lastFps, fps.get());
        lastConfig = notBefore(lastConfig, config.get(FPS));
        // The config switches first, and all before the next set.
        assertThat(config.get(FPS)).isGreaterThanOrEqualTo(seen.fps());
      }
      return distinct;
    };
    ExecutorService threads = Executors.newFixedThreadPool(readers);
    try {
      List<Future<Integer>> reading = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        reading.add(threads.submit(reader));
      }
      prepared.forEach(config::set);
      for (Future<Integer> each : reading) {
        assertThat(each.get(60, TimeUnit.SECONDS)).isBetween(2, sets + 1);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(told).isEqualTo(prepared.stream().map(each -> each.get(FPS)).toList());
  }

  private static int notBefore(int last, int seen) {
    assertThat(seen).isGreaterThanOrEqualTo(last);
    return seen;
  }

  @Test
  void set_byManyThreads_isTheSameOrderForReadersAndListeners() throws Exception {
    int threads = 4;
    List<Change<Integer>> told = new ArrayList<>(); // one set at a time, so no lock here
    config.onChange(FPS, told::add);
    ExecutorService setters = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> setting = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = 2 + thread * 1_000;
        setting.add(setters.submit(() -> {
          for (int i = 0; i < 1_000; i++) {
            config.set(config(first + i));
          }
        }));
      }
      for (Future<?> each : setting) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      setters.shutdownNow();
    }
    assertThat(told).hasSize(threads * 1_000);
    int last = 1;
    for (Change<Integer> change : told) {
      assertThat(change.before()).isEqualTo(last);
      last = change.now();
    }
    assertThat(config.live(FPS).get()).isEqualTo(last);
  }

  @Test
  void revision_isTheGreatestOnThePath() {
    assertThat(RESOLVER.resolve(List.of(), DeviceContext.NONE, Instant.EPOCH).revision())
        .isZero();
    List<Profile> path = List.of(
        new Profile(Scope.GLOBAL, 7, 0, Map.of()),
        new Profile(Scope.parse("company:acme"), 9, 0, Map.of()),
        new Profile(Scope.parse("vehicle:truck-7"), 8, 0, Map.of()));
    assertThat(RESOLVER.resolve(path, DeviceContext.NONE, Instant.EPOCH).revision())
        .isEqualTo(9);
  }
}
