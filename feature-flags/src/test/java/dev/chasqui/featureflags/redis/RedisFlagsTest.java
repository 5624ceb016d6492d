package dev.chasqui.featureflags.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.featureflags.FlagSource;
import dev.chasqui.pooledredis.PooledRedis;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.TcpProxy;
import dev.openfeature.sdk.ImmutableContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class RedisFlagsTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private final RedisProcess server;
  private final TcpProxy proxy;
  /** Publishes, straight. */
  private final PooledRedis<String, String> redis;
  /** Follows, over the proxy. */
  private final PooledRedis<String, String> followers;

  private final RedisFlags flags;
  private final Listening heard = new Listening();
  private final List<RedisSource> sources = new ArrayList<>();

  RedisFlagsTest(RedisProcess server) {
    this.server = server;
    proxy = TcpProxy.to(server.port());
    redis = PooledRedis.connect(config(server.uri()));
    followers =
        PooledRedis.connect(config(server.uri().replace(":" + server.port(), ":" + proxy.port())));
    flags = new RedisFlags(redis, "shop");
  }

  private static RedisConfig config(String uri) {
    return RedisConfig.parse(uri)
        .withCommandTimeout(Duration.ofSeconds(2))
        .withReconnectMin(Duration.ofMillis(10))
        .withReconnectMax(Duration.ofMillis(100));
  }

  @AfterEach
  void close() throws IOException {
    sources.forEach(RedisSource::close);
    followers.close();
    redis.close();
    proxy.close();
  }

  private RedisSource follow(Duration checkEvery) {
    RedisSource source = new RedisFlags(followers, "shop").source(checkEvery);
    sources.add(source);
    source.open(heard);
    return source;
  }

  private static FlagDocument document(String... keys) {
    return FlagDocument.parse("{\"flags\":{"
        + String.join(
            ",",
            List.of(keys).stream()
                .map(key -> "\"" + key
                    + "\":{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},"
                    + "\"defaultVariant\":\"on\",\"x-off\":\"off\"}")
                .toList())
        + "}}");
  }

  /** What a test hears: {@code loaded [a, b-]}, where a minus is for killed, and {@code killed [a]}. */
  private static final class Listening implements FlagSource.Listener {
    final Queue<String> calls = new ConcurrentLinkedQueue<>();
    final Queue<String> troubles = new ConcurrentLinkedQueue<>();
    volatile FlagDocument document = FlagDocument.EMPTY;
    volatile boolean inTouch;

    @Override
    public void loaded(FlagDocument loaded) {
      document = loaded;
      inTouch = true;
      calls.add("loaded " + shown(loaded));
    }

    @Override
    public void killed(Set<String> keys, long revision) {
      calls.add("killed " + new TreeSet<>(keys));
    }

    @Override
    public void inTouch() {
      inTouch = true;
    }

    @Override
    public void outOfTouch(String why) {
      inTouch = false;
      troubles.add(why);
    }
  }

  private static String shown(FlagDocument document) {
    FlagSet set = FlagSet.of(document);
    Set<String> keys = new TreeSet<>();
    for (String key : document.keys()) {
      boolean on = "on".equals(set.evaluate(key, new ImmutableContext()).variant());
      keys.add(key + (on ? "" : "-"));
    }
    return keys.toString();
  }

  private void awaitCalls(String... calls) {
    quick(() -> assertThat(heard.calls).containsExactly(calls));
  }

  private static void quick(org.awaitility.core.ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(assertion);
  }

  private void awaitHeld(String shown) {
    quick(() -> {
      FlagDocument document = heard.document;
      assertThat(shown(document)).isEqualTo(shown);
      assertThat(document.revision()).isEqualTo(flags.read().revision());
      assertThat(heard.inTouch).isTrue();
    });
  }

  @Test
  void publish_whileFollowed_isLoaded() {
    long first = flags.publish(document("a"));
    follow(NEVER);
    awaitCalls("loaded [a]");

    long second = flags.publish(document("a", "b"));

    awaitCalls("loaded [a]", "loaded [a, b]");
    assertThat(second).isGreaterThan(first);
    awaitHeld("[a, b]");
    assertThat(flags.read().keys()).containsExactly("a", "b");
  }

  @Test
  void read_nothingThere_isEmpty() {
    assertThat(flags.read().keys()).isEmpty();
    assertThat(flags.read().revision()).isZero();
  }

  @Test
  void source_nothingThere_saysSoAndWaits() {
    follow(NEVER);
    quick(() -> assertThat(heard.troubles).contains("Redis has no flags shop"));

    flags.publish(document("a"));
    awaitCalls("loaded [a]");
  }

  @Test
  void kill_whileFollowed_isHeardBeforeTheDocumentThatSaysSo() {
    flags.publish(document("a", "b", "c"));
    follow(NEVER);
    awaitCalls("loaded [a, b, c]");

    long revision = flags.kill("a", "none");
    awaitCalls("loaded [a, b, c]", "killed [a, none]", "loaded [a-, b, c]");
    assertThat(flags.read().revision()).isEqualTo(revision);
    assertThat(shown(flags.read())).isEqualTo("[a-, b, c]");
    flags.kill("c");
    quick(() -> assertThat(shown(flags.read())).isEqualTo("[a-, b, c-]"));
    awaitHeld("[a-, b, c-]");
  }

  @Test
  void update_afterAKill_keepsIt() {
    flags.publish(document("a", "b"));
    flags.kill("a");

    flags.update(before -> before.with(Map.of("c", document("c").flag("c")), 0));

    assertThat(shown(flags.read())).isEqualTo("[a-, b, c]");
    flags.publish(document("a"));
    assertThat(shown(flags.read())).as("a document counts for killed flags too").isEqualTo("[a]");
  }

  /** None of many writers' changes is lost, and a kill in between neither. */
  @Test
  void update_byManyAtOnce_losesNothing() throws Exception {
    flags.publish(document("k"));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int writer = i;
      writers.add(threads.submit(() -> {
        for (int j = 0; j < 10; j++) {
          String key = "f" + writer + j;
          flags.update(before -> before.with(Map.of(key, document(key).flag(key)), 0));
          if (writer == 0 && j == 5) {
            flags.kill("k");
          }
        }
      }));
    }
    for (Future<?> writer : writers) {
      writer.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();

    assertThat(flags.read().keys()).hasSize(41);
    assertThat(shown(flags.read())).contains("k-");
  }

  @Test
  void source_connectionsCut_hearsAgainWhatItMissed() {
    flags.publish(document("a"));
    follow(Duration.ofMillis(200));
    awaitHeld("[a]");

    proxy.refuse();
    proxy.reset();
    quick(() -> assertThat(heard.inTouch).isFalse());
    flags.kill("a");
    flags.update(before -> before.with(Map.of("b", document("b").flag("b")), 0));
    proxy.calm();

    awaitHeld("[a-, b]");
    flags.publish(document("c"));
    awaitHeld("[c]");
  }

  /** Nobody says that the connection is dead: it is asked. */
  @Test
  void source_connectionsSilent_seesIt() {
    flags.publish(document("a"));
    follow(Duration.ofMillis(200));
    awaitHeld("[a]");

    proxy.blackHole();
    quick(() -> assertThat(heard.inTouch).isFalse());
    flags.publish(document("b"));
    proxy.calm();
    proxy.reset();

    awaitHeld("[b]");
  }

  /** Checks, which go over other connections, would hide that nothing is heard any more: there are none. */
  @Test
  void source_onlyTheConnectionThatHearsIsLost_hearsAgain() {
    flags.publish(document("a"));
    follow(Duration.ofHours(1));
    awaitHeld("[a]");
    for (int i = 0; i < 3; i++) {
      server.call("CLIENT", "KILL", "TYPE", "pubsub");
      quick(() -> assertThat(server.call("PUBSUB", "NUMSUB", "chasqui:flags:{shop}:news"))
          .endsWith("1"));
      flags.publish(document("a"));
      awaitHeld("[a]");
      flags.kill("a");
      awaitHeld("[a-]");
    }
  }

  /** A Redis that keeps nothing: until somebody publishes, what was loaded stays. */
  @Test
  void source_redisRestartedEmpty_keepsWhatItHasAndFollowsTheNext() {
    long before = flags.publish(document("a"));
    follow(Duration.ofMillis(200));
    awaitHeld("[a]");

    server.restart();
    quick(() -> assertThat(heard.troubles).contains("Redis has no flags shop"));
    assertThat(heard.calls).containsExactly("loaded [a]");
    long after = flags.publish(document("b"));

    assertThat(after).as("revisions grow also over a loss").isGreaterThan(before);
    awaitHeld("[b]");
  }

  @Test
  void source_redisThatIsDownAtFirst_isAwaited() {
    flags.publish(document("a"));
    proxy.refuse();
    proxy.reset();
    follow(Duration.ofMillis(200));
    quick(
        () -> assertThat(heard.troubles).anyMatch(why -> why.startsWith("Redis, for flags shop")));

    proxy.calm();
    awaitHeld("[a]");
  }

  @Test
  void source_whatIsNoDocument_isToldAndNotTaken() {
    flags.publish(document("a"));
    follow(NEVER);
    awaitHeld("[a]");

    server.call("HSET", "chasqui:flags:{shop}", "document", "{", "revision", "9999999999999");
    server.call("PUBLISH", "chasqui:flags:{shop}:news", "whatever");

    quick(() -> assertThat(heard.troubles)
        .anyMatch(why -> why.contains("flags shop that are no document")));
    assertThat(heard.calls).containsExactly("loaded [a]");
    flags.publish(document("b"));
    awaitHeld("[b]");
  }

  @Test
  void source_closed_isNotToldAndGivesItsConnectionBack() {
    flags.publish(document("a"));
    RedisSource source = follow(NEVER);
    awaitCalls("loaded [a]");

    source.close();
    source.close();
    flags.publish(document("b"));

    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("chasqui-flags-redis"));
    assertThat(followers.health().pools()).allMatch(pool -> pool.active() == 0);
    assertThat(heard.calls).containsExactly("loaded [a]");
    assertThat(heard.troubles).isEmpty();
  }

  @Test
  void construct_wrongArguments_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RedisFlags(redis, "a{b}"));
    assertThatIllegalArgumentException().isThrownBy(() -> flags.source(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> flags.kill(Set.of()));
  }

  /** Whatever is published, killed, cut and lost: in the end it holds what Redis has. */
  @Test
  void source_randomChangesAndFaults_endsWithWhatIsThere() {
    Random random = new Random(11);
    flags.publish(document("a", "b", "c"));
    follow(Duration.ofMillis(100));
    Map<String, Boolean> expected = new TreeMap<>(Map.of("a", true, "b", true, "c", true));
    for (int i = 0; i < 150; i++) {
      String key = List.of("a", "b", "c", "d").get(random.nextInt(4));
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          flags.update(before -> before.with(Map.of(key, document(key).flag(key)), 0));
          expected.put(key, true);
        }
        case 3, 4 -> {
          flags.kill(key);
          expected.computeIfPresent(key, (same, on) -> false);
        }
        case 5 -> {
          Map<String, tools.jackson.databind.@Nullable JsonNode> gone = new HashMap<>();
          gone.put(key, null);
          flags.update(before -> before.with(gone, 0));
          expected.remove(key);
        }
        case 6 -> proxy.reset();
        case 7 -> {
          proxy.refuse();
          proxy.reset();
        }
        case 8 -> proxy.calm();
        default -> awaitEnd(expected, random.nextInt(3) == 0);
      }
    }
    awaitEnd(expected, true);
  }

  private void awaitEnd(Map<String, Boolean> expected, boolean wait) {
    if (wait) {
      proxy.calm();
      Set<String> shown = new TreeSet<>();
      expected.forEach((key, on) -> shown.add(key + (on ? "" : "-")));
      awaitHeld(shown.toString());
    }
  }
}
