package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.chasqui.pointcache.NaiveKey.Snapshot;
import dev.chasqui.pooledredis.ExclusiveConnection;
import dev.chasqui.pooledredis.RedisConfig;
import dev.chasqui.pooledredis.RedisServers;
import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.realservers.RealRedisCluster;
import dev.chasqui.realservers.RedisProcess;
import dev.chasqui.realservers.RedisProgram;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts, by the rules of SPEC.md that comments name, on each Redis there is and in a cluster of three masters. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ScriptsTest {
  private static final long HOUR = TimeUnit.HOURS.toMillis(1);
  /** Far more than any test takes. */
  private static final long SLACK = TimeUnit.MINUTES.toMillis(20);

  /** Servers that tests run on. */
  record Target(String name, Steps steps) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final List<RedisProcess> servers = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final RealRedisCluster cluster = RealRedisCluster.start();
  private final AtomicInteger keys = new AtomicInteger();

  @BeforeAll
  void start() {
    for (RedisProgram program : RedisProgram.all()) {
      RedisProcess server = RedisProcess.start(program);
      servers.add(server);
      targets.add(new Target(program.toString(), new Steps(RedisConfig.parse(server.uri()))));
    }
    List<Address> seeds = cluster.seeds().stream()
        .map(text -> text.split(":", -1))
        .map(parts -> new Address(parts[0], Integer.parseInt(parts[1])))
        .toList();
    targets.add(new Target(
        "cluster",
        new Steps(
            RedisConfig.of(new RedisServers.Cluster(seeds)).withPassword(cluster.password()))));
  }

  @AfterAll
  void stop() {
    targets.forEach(target -> target.steps.close());
    servers.forEach(RedisProcess::close);
    cluster.close();
  }

  List<Target> targets() {
    return targets;
  }

  /** One that nothing is kept under yet. */
  private String newKey() {
    return "pc1:test:1:public.vehicle:pk:" + keys.incrementAndGet();
  }

  // SPEC 2.6, 4.2
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void lease_onNothing_isGivenToOneAtATime(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    assertThat(steps.lease(key, "a")).isEmpty();
    assertThat(steps.kept(key)).isEqualTo("E|a@*|");
    assertThat(steps.lease(key, "b")).isNull();
    assertThat(steps.lease(key, "a")).as("not even to whom has it").isNull();
    assertThat(steps.leftMillis(key)).isBetween(HOUR - SLACK, HOUR);
    assertThat(deadline(steps, key)).isBetween(HOUR - SLACK, HOUR);
  }

  /** In how many milliseconds, by Redis' clock. */
  private static long deadline(Steps steps, String key) {
    String stored = String.valueOf(steps.get(key));
    long moment = Long.parseLong(stored.replaceFirst("E\\|[^@]*@(\\d+)\\|.*", "$1"));
    return moment - now(steps);
  }

  private static long now(Steps steps) {
    List<String> time = steps.redis().sync().time();
    return Long.parseLong(time.get(0)) * 1_000 + Long.parseLong(time.get(1)) / 1_000;
  }

  // SPEC 2.2, 2.3, 4.2, 4.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_byWhomHasTheLease_storesTheValueThatOthersThenGet(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    assertThat(steps.fill(key, "b", "10:10:", "[\"other\"]")).isEqualTo("0");
    assertThat(steps.fill(key, "a", "10:10:", "[\"x\"]")).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("V|10:10:|Rj,0a1b2c3d,5,*|[\"x\"]");
    assertThat(steps.lease(key, "c")).isEqualTo(steps.get(key));
    assertThat(steps.fill(key, "a", "11:11:", "[\"late\"]")).isEqualTo("0");
    assertThat(steps.kept(key)).isEqualTo("V|10:10:|Rj,0a1b2c3d,5,*|[\"x\"]");
    assertThat(steps.leftMillis(key)).isBetween(HOUR - SLACK, HOUR);
    String expiry = String.valueOf(steps.get(key)).replaceFirst(".*,(\\d+)\\|.*", "$1");
    assertThat(Long.parseLong(expiry) - now(steps)).isBetween(HOUR - SLACK, HOUR);
  }

  // SPEC 2.1, 4.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_withoutALease_storesNothing(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    assertThat(steps.fill(key, "a", "10:10:", "[]")).isEqualTo("0");
    assertThat(steps.kept(key)).isEmpty();
    steps.fence(key, 7);
    assertThat(steps.fill(key, "a", "10:10:", "[]")).isEqualTo("0");
    assertThat(steps.kept(key)).isEqualTo("E||7");
  }

  // SPEC 2.5: the payload is what follows the third bar, whatever it holds
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_payloadOfAnyBytes_isKeptAsItIs(Target target) {
    Steps steps = target.steps;
    for (String payload :
        List.of("[\"a|b|V|1:1:|\"]", "[\n\"a\"\r\n]", "[\"ñ 漢 🚚\"]", "", "%d%s|")) {
      String key = newKey();
      steps.lease(key, "a");
      assertThat(steps.fill(key, "a", "9:9:", payload)).isEqualTo("1");
      assertThat(steps.kept(key)).isEqualTo("V|9:9:|Rj,0a1b2c3d,5,*|" + payload);
      assertThat(steps.lease(key, "b")).as("is seen as a value").isEqualTo(steps.get(key));
      assertThat(steps.fence(key, 8)).as("whose snapshot is seen").isEqualTo("0");
      assertThat(steps.refresh(key, steps.get(key), "9:9:", payload)).isEqualTo("1");
      assertThat(steps.fence(key, 9)).isEqualTo("2");
    }
  }

  // SPEC 6.1
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_onAValue_replacesItUnlessItsSnapshotHasSeenTheTransaction(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    steps.fill(key, "a", "12:15:12,14", "[]");
    for (long seen : new long[] {1, 11, 13}) {
      assertThat(steps.fence(key, seen)).as("%d", seen).isEqualTo("0");
      assertThat(steps.kept(key)).startsWith("V|");
    }
    for (long unseen : new long[] {12, 14, 15, 16}) {
      assertThat(steps.fence(key, unseen)).as("%d", unseen).isEqualTo("2");
      assertThat(steps.kept(key)).isEqualTo("E||" + unseen + "|12:15:12,14");
      steps.redis().sync().del(key);
      steps.lease(key, "a");
      steps.fill(key, "a", "12:15:12,14", "[]");
    }
  }

  // SPEC 2.7, 6.1
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_onFences_isAddedOnce(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    assertThat(steps.fence(key, 10)).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("E||10");
    assertThat(steps.fence(key, 10)).isEqualTo("0");
    assertThat(steps.fence(key, 12)).isEqualTo("1");
    assertThat(steps.fence(key, 1)).as("not a part of 10 or 12").isEqualTo("1");
    assertThat(steps.fence(key, 12)).isEqualTo("0");
    assertThat(steps.kept(key)).isEqualTo("E||10,12,1");
    assertThat(steps.leftMillis(key)).isBetween(HOUR - SLACK, HOUR);
  }

  // SPEC 4.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_underFences_isStoredWhenTheSnapshotHasSeenThemAll(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.fence(key, 10);
    steps.fence(key, 12);
    for (String before : List.of("10:10:", "11:14:12", "10:13:10", "9:12:", "12:12:")) {
      assertThat(steps.lease(key, "a")).isEmpty();
      assertThat(steps.fill(key, "a", before, "[\"old\"]")).as(before).isEqualTo("-1");
      assertThat(steps.kept(key)).as("the lease ends, the fences stay").isEqualTo("E||10,12");
    }
    assertThat(steps.lease(key, "b")).isEmpty();
    assertThat(steps.kept(key)).isEqualTo("E|b@*|10,12");
    assertThat(steps.fill(key, "b", "11:14:11,13", "[\"new\"]")).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("V|11:14:11,13|Rj,0a1b2c3d,5,*|[\"new\"]");
    assertThat(steps.fence(key, 13)).as("in progress for the value").isEqualTo("2");
  }

  // SPEC 2.6, 4.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_afterAValue_isStoredWhenTheSnapshotHasSeenAllThatItHad(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    steps.fill(key, "a", "12:15:12,14", "[]");
    steps.fence(key, 12);
    for (String less : List.of("14:14:", "13:16:13", "11:16:11,14", "1:20:1")) {
      assertThat(steps.lease(key, "a")).isEmpty();
      assertThat(steps.fill(key, "a", less, "[\"old\"]")).as(less).isEqualTo("-1");
      assertThat(steps.kept(key)).as("is not forgotten").isEqualTo("E||12|12:15:12,14");
    }
    steps.fence(key, 9);
    assertThat(steps.lease(key, "b")).isEmpty();
    assertThat(steps.kept(key)).isEqualTo("E|b@*|12,9|12:15:12,14");
    assertThat(steps.fill(key, "b", "14:17:14,16", "[\"new\"]")).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("V|14:17:14,16|Rj,0a1b2c3d,5,*|[\"new\"]");
  }

  // SPEC 4.4, 6.1
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_underALease_endsIt(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    assertThat(steps.fence(key, 7)).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("E||7");
    assertThat(steps.fill(key, "a", "9:9:", "[]"))
        .as("its snapshot may be of a standby, or from before")
        .isEqualTo("0");
    steps.lease(key, "b");
    assertThat(steps.fence(key, 7)).as("an echo").isEqualTo("0");
    assertThat(steps.kept(key)).isEqualTo("E|b@*|7");
    assertThat(steps.fill(key, "b", "9:9:", "[]")).isEqualTo("1");
  }

  // SPEC 2.7, 6.5
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_seventeenth_makesOneMarkOfAllThatOnlyALaterXminPasses(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    String sixteen = LongStream.rangeClosed(1, 16)
        .mapToObj(i -> Long.toString(100 * (17 - i)))
        .collect(Collectors.joining(","));
    for (String fence : sixteen.split(",", -1)) {
      assertThat(steps.fence(key, Long.parseLong(fence))).isEqualTo("1");
    }
    assertThat(steps.kept(key)).isEqualTo("E||" + sixteen);
    assertThat(steps.fence(key, 400)).as("no new one").isEqualTo("0");
    assertThat(steps.fence(key, 50)).isEqualTo("1");
    assertThat(steps.kept(key)).as("the largest").isEqualTo("E||>1600");
    for (long covered : new long[] {1, 50, 1_000, 1_599, 1_600}) {
      assertThat(steps.fence(key, covered)).as("%d", covered).isEqualTo("0");
    }
    for (String before : List.of("1600:1700:1600", "1600:1600:", "1599:1601:1599", "5:1700:5")) {
      steps.lease(key, "a");
      assertThat(steps.fill(key, "a", before, "[]")).as(before).isEqualTo("-1");
      assertThat(steps.kept(key)).isEqualTo("E||>1600");
    }
    assertThat(steps.fence(key, 1_700)).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("E||>1600,1700");
    steps.lease(key, "b");
    assertThat(steps.fill(key, "b", "1601:1700:", "[]")).isEqualTo("-1");
    steps.lease(key, "c");
    assertThat(steps.fill(key, "c", "1601:1702:1601", "[]")).isEqualTo("1");
  }

  // SPEC 6.5
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_manyAfterAMark_makeAnotherMark(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    for (long i = 1; i <= 17; i++) {
      steps.fence(key, i);
    }
    assertThat(steps.kept(key)).isEqualTo("E||>17");
    for (long i = 18; i <= 32; i++) {
      assertThat(steps.fence(key, i)).isEqualTo("1");
    }
    assertThat(steps.kept(key)).startsWith("E||>17,18,19,").endsWith(",32");
    assertThat(steps.fence(key, 33)).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("E||>33");
  }

  // SPEC 4.2: D passes
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void lease_thatRanOut_isGivenToTheNextAndCannotFill(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    assertThat(steps.call("lease", key, "a", "30")).isEmpty();
    await().until(() -> steps.get(key) == null);
    assertThat(steps.fill(key, "a", "9:9:", "[\"a\"]")).isEqualTo("0");
    assertThat(steps.lease(key, "b")).isEmpty();
    assertThat(steps.fill(key, "a", "9:9:", "[\"a\"]")).isEqualTo("0");
    assertThat(steps.fill(key, "b", "9:9:", "[\"b\"]")).isEqualTo("1");
  }

  // SPEC 4.2: D passes while fences keep the key
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void lease_thatRanOutUnderFences_isGivenToTheNext(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.fence(key, 7);
    assertThat(steps.call("lease", key, "a", "30")).isEmpty();
    await().until(() -> "".equals(steps.lease(key, "b")));
    assertThat(steps.kept(key)).isEqualTo("E|b@*|7");
    assertThat(steps.fill(key, "a", "9:9:", "[\"a\"]")).isEqualTo("0");
    assertThat(steps.fill(key, "b", "9:9:", "[\"b\"]")).isEqualTo("1");
  }

  // SPEC 4.4: no fence was placed since the lease, or there would be none
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fill_afterTheDeadlineWhenNobodyElseAsked_isStored(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.fence(key, 7);
    steps.lease(key, "a");
    steps.endLease(key);
    assertThat(deadline(steps, key)).isNegative();
    assertThat(steps.fill(key, "a", "9:9:", "[]")).isEqualTo("1");
  }

  // SPEC 6.1: W passes
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_thatRanOut_isInNobodysWay(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    assertThat(steps.call("fence", key, "7", "30", Steps.CHANNEL)).isEqualTo("1");
    await().until(() -> steps.get(key) == null);
    steps.lease(key, "a");
    assertThat(steps.fill(key, "a", "7:7:", "[]")).isEqualTo("1");
  }

  // SPEC 4.4: the time to live passes
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void value_thatRanOut_isGone(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    assertThat(steps.call("fill", key, "a", "7:7:", "Nj,0a1b2c3d,5", "[]", "30"))
        .isEqualTo("1");
    await().until(() -> steps.get(key) == null);
    assertThat(steps.lease(key, "b")).isEmpty();
  }

  // SPEC 4.2, 4.4, 6.1: whoever comes later takes nothing from a fence's life
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fences_whateverComesLater_liveAsLongAsTheyWereToldTo(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.call("fence", key, "7", Long.toString(3 * HOUR), Steps.CHANNEL);
    assertThat(steps.call("lease", key, "a", "1000")).isEmpty();
    assertThat(steps.leftMillis(key)).as("a short lease").isGreaterThan(3 * HOUR - SLACK);
    assertThat(deadline(steps, key)).isLessThanOrEqualTo(1_000);
    assertThat(steps.fill(key, "a", "7:7:", "[]")).isEqualTo("-1");
    assertThat(steps.leftMillis(key)).as("a refused fill").isGreaterThan(3 * HOUR - SLACK);
    assertThat(steps.call("fence", key, "8", "1000", Steps.CHANNEL)).isEqualTo("1");
    assertThat(steps.leftMillis(key)).as("a short fence").isGreaterThan(3 * HOUR - SLACK);
    assertThat(steps.call("fence", key, "7", "1000", Steps.CHANNEL)).isEqualTo("0");
    assertThat(steps.leftMillis(key)).as("a short echo").isGreaterThan(3 * HOUR - SLACK);
    assertThat(steps.call("lease", key, "b", Long.toString(5 * HOUR))).isEmpty();
    assertThat(steps.leftMillis(key)).as("a long lease").isGreaterThan(5 * HOUR - SLACK);
  }

  // SPEC 6.1: W counts from the last call
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void fence_placedAgain_livesOnWithoutEndingALease(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.call("fence", key, "7", Long.toString(HOUR), Steps.CHANNEL);
    steps.lease(key, "a");
    assertThat(steps.call("fence", key, "7", Long.toString(3 * HOUR), Steps.CHANNEL))
        .isEqualTo("0");
    assertThat(steps.leftMillis(key)).isGreaterThan(3 * HOUR - SLACK);
    assertThat(steps.kept(key)).isEqualTo("E|a@*|7");
    for (long i = 8; i <= 24; i++) {
      steps.fence(key, i);
    }
    assertThat(steps.kept(key)).isEqualTo("E||>23,24");
    assertThat(steps.call("fence", key, "9", Long.toString(5 * HOUR), Steps.CHANNEL))
        .isEqualTo("0");
    assertThat(steps.leftMillis(key)).as("below the mark").isGreaterThan(5 * HOUR - SLACK);
  }

  // SPEC 4.7
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void refresh_ofTheValueThatWasSeen_isStoredIfTheSnapshotHasSeenAsMuch(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    steps.fill(key, "a", "10:14:10,12", "[\"1\"]");
    String seen = steps.get(key);
    for (String less : List.of("10:13:10,12", "9:14:9,10", "10:15:10,11,12", "10:14:10,13")) {
      assertThat(steps.refresh(key, seen, less, "[\"2\"]")).as(less).isEqualTo("-1");
      assertThat(steps.get(key)).isEqualTo(seen);
    }
    assertThat(steps.refresh(key, seen, "12:16:12,14,15", "[\"2\"]")).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("V|12:16:12,14,15|Rj,0a1b2c3d,6,*|[\"2\"]");
    assertThat(steps.leftMillis(key)).isBetween(HOUR - SLACK, HOUR);
    assertThat(steps.refresh(key, seen, "20:20:", "[\"3\"]"))
        .as("not the same value any more")
        .isEqualTo("0");
    String again = steps.get(key);
    assertThat(steps.refresh(key, again, "12:16:12,14,15", "[\"3\"]"))
        .as("the same snapshot")
        .isEqualTo("1");
  }

  // SPEC 4.7, 6.1
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void refresh_afterAFenceOrWithoutAnything_storesNothing(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    steps.lease(key, "a");
    steps.fill(key, "a", "10:10:", "[]");
    String seen = steps.get(key);
    steps.fence(key, 10);
    assertThat(steps.refresh(key, seen, "20:20:", "[]")).isEqualTo("0");
    steps.lease(key, "b");
    assertThat(steps.refresh(key, seen, "20:20:", "[]")).isEqualTo("0");
    assertThat(steps.kept(key)).isEqualTo("E|b@*|10|10:10:");
    String other = newKey();
    assertThat(steps.refresh(other, seen, "20:20:", "[]")).isEqualTo("0");
    assertThat(steps.get(other)).isNull();
  }

  // SPEC 2.8
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void garbage_isAsIfNothingWereThere(Target target) {
    Steps steps = target.steps;
    for (String garbage : List.of(
        "",
        "x",
        "V",
        "E",
        "V|",
        "E|",
        "E||x",
        "E||7|x",
        "E|a@5|7 ",
        "V|1:1|Rj,0a1b2c3d,5,6|[]",
        "V|1:1:|",
        "W|1:1:|h|p")) {
      String key = newKey();
      steps.set(key, garbage);
      assertThat(steps.fill(key, "a", "9:9:", "[]")).as(garbage).isEqualTo("0");
      assertThat(steps.refresh(key, "V|1:1:|Rj,0a1b2c3d,5,6|", "9:9:", "[]")).isEqualTo("0");
      assertThat(steps.get(key)).isEqualTo(garbage);
      assertThat(steps.lease(key, "a")).as(garbage).isEmpty();
      assertThat(steps.kept(key)).isEqualTo("E|a@*|");
      assertThat(steps.fill(key, "a", "9:9:", "[]")).isEqualTo("1");
      steps.set(key, garbage);
      assertThat(steps.fence(key, 7)).as(garbage).isEqualTo("1");
      assertThat(steps.kept(key)).isEqualTo("E||7");
    }
  }

  // SPEC 2.8, 4.6: of a client that knows more
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void value_withAnUnknownHead_isSeenFencedAndRefreshedAsAnyOther(Target target) {
    Steps steps = target.steps;
    String key = newKey();
    String unknown = "V|10:10:|Qz,new,things,5|\u0001binary";
    steps.set(key, unknown);
    assertThat(steps.lease(key, "a")).isEqualTo(unknown);
    assertThat(steps.fence(key, 9)).isEqualTo("0");
    assertThat(steps.refresh(key, unknown, "11:11:", "[]")).isEqualTo("1");
    assertThat(steps.kept(key)).isEqualTo("V|11:11:|Rj,0a1b2c3d,6,*|[]");
  }

  // SPEC 2.7: more than 32 bits, and up to 53
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void transactions_ofUpTo53Bits_areToldApart(Target target) {
    Steps steps = target.steps;
    long most = (1L << 53) - 1;
    for (long large : new long[] {(1L << 32) + 1, 4_503_599_627_370_497L, most}) {
      String key = newKey();
      assertThat(steps.fence(key, large - 1)).isEqualTo("1");
      assertThat(steps.fence(key, large)).isEqualTo("1");
      assertThat(steps.kept(key)).isEqualTo("E||" + (large - 1) + "," + large);
      steps.lease(key, "a");
      assertThat(steps.fill(key, "a", large + ":" + large + ":", "[]")).isEqualTo("-1");
      steps.lease(key, "b");
      String after = (large + 1) + ":" + (large + 1) + ":";
      assertThat(steps.fill(key, "b", after, "[]")).isEqualTo("1");
      assertThat(steps.fence(key, large)).isEqualTo("0");
    }
    String key = newKey();
    for (long i = 0; i < 17; i++) {
      steps.fence(key, most - i);
    }
    assertThat(steps.kept(key)).as("not in powers of ten").isEqualTo("E||>" + most);
    assertRefused(steps, newKey(), "fence", Long.toString(most + 1), "1", Steps.CHANNEL);
  }

  // SPEC 9.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void arguments_notAsDescribed_areRefusedAndChangeNothing(Target target) {
    Steps steps = target.steps;
    List<String> noMillis = List.of(
        "", "0", "-1", "1.5", "1e3", "0x10", " 5", "5 ", "x", "inf", "nan", "1000000000000000000");
    List<String> noTokens = List.of("", "a b", "a@1", "a|b", "ñ", "a".repeat(65));
    List<String> noSnapshots =
        List.of("", "1", "1:1", "x:1:", "1:1:x", "1:1:|", "-1:1:", "1:1: ", "1.0:1:", "1:1:1:");
    List<List<String>> refused = new ArrayList<>();
    noTokens.forEach(token -> refused.add(List.of("lease", token, "1000")));
    noMillis.forEach(millis -> refused.add(List.of("lease", "a", millis)));
    refused.add(List.of("lease"));
    refused.add(List.of("lease", "a"));
    for (String id : List.of("", "x", "-1", "1.5", "1e3", "0x10", " 1", "1,2", ">1", "1|")) {
      refused.add(List.of("fence", id, "1000", Steps.CHANNEL));
    }
    noMillis.forEach(millis -> refused.add(List.of("fence", "99", millis, Steps.CHANNEL)));
    refused.add(List.of("fence"));
    refused.add(List.of("fence", "99"));
    refused.add(List.of("fence", "99", "1000"));
    String head = "Rj,0a1b2c3d,5";
    noTokens.stream()
        .filter(token -> !token.isEmpty())
        .forEach(token -> refused.add(List.of("fill", token, "99:99:", head, "[]", "1000")));
    Map.of("fill", "a", "refresh", "V|10:10:|Rj,0a1b2c3d,5,6|").forEach((script, first) -> {
      noSnapshots.forEach(
          snapshot -> refused.add(List.of(script, first, snapshot, head, "[]", "1000")));
      noMillis.forEach(millis -> refused.add(List.of(script, first, "99:99:", head, "[]", millis)));
      refused.add(List.of(script, first, "99:99:", "", "[]", "1000"));
      refused.add(List.of(script, first, "99:99:", "Rj|", "[]", "1000"));
      List<String> all = List.of(script, first, "99:99:", head, "[]");
      for (int some = 1; some <= all.size(); some++) {
        refused.add(all.subList(0, some));
      }
    });
    for (String old : List.of(
        "", "x", "V|10:10:", "V|10:10:|", "V|10:10:|h", "E|a@5|", "V|x:10:|h|", "V|10:10:|h|p|")) {
      refused.add(List.of("refresh", old, "99:99:", head, "[]", "1000"));
    }
    String value = "V|10:10:|Rj,0a1b2c3d,5,6|[]";
    for (String kept : List.of("E|a@9999999999999|", "E||7", value)) {
      String key = newKey();
      steps.set(key, kept);
      for (List<String> call : refused) {
        assertRefused(steps, key, call.get(0), call.subList(1, call.size()).toArray(new String[0]));
        assertThat(steps.get(key)).as("%s", call).isEqualTo(kept);
        assertThat(steps.leftMillis(key)).as("%s", call).isEqualTo(-1);
      }
    }
  }

  private static void assertRefused(Steps steps, String key, String script, String... arguments) {
    assertThat(catchThrowable(() -> steps.call(script, key, arguments)))
        .as("%s%s", script, Arrays.toString(arguments))
        .isInstanceOf(RedisCommandExecutionException.class)
        .hasMessageStartingWith("ERR point-cache " + script + ": ");
  }

  // SPEC 6.4
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void channel_hearsOfEachFenceThatChangedSomethingAndOfNothingElse(Target target)
      throws Exception {
    Steps steps = target.steps;
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (ExclusiveConnection<String, String> listening = steps.redis().borrow(Steps.CHANNEL)) {
      listening.connection().addListener(new RedisPubSubAdapter<String, String>() {
        @Override
        public void message(String channel, String message) {
          heard.add(channel + " " + message);
        }
      });
      listening.connection().async().subscribe(Steps.CHANNEL).get(20, TimeUnit.SECONDS);
      String key = "{one}" + newKey(); // of one node: what others tell comes in any order
      steps.lease(key, "a");
      steps.fill(key, "a", "10:10:", "[]");
      steps.fence(key, 9);
      steps.refresh(key, steps.get(key), "10:10:", "[]");
      steps.fence(key, 10);
      steps.fence(key, 10);
      steps.lease(key, "b");
      steps.fill(key, "b", "10:10:", "[]");
      steps.fence(key, 11);
      String end = "{one}" + newKey();
      steps.fence(end, 1);
      for (String expected : List.of(key, key, end)) {
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(Steps.CHANNEL + " " + expected);
      }
      assertThat(heard).isEmpty();
    }
  }

  // SPEC 1.1: each step touches one key, wherever it is
  @Test
  void cluster_keyOnEachMaster_isServedThere() {
    Steps steps = targets.get(targets.size() - 1).steps;
    Map<RedisProcess, String> byMaster = new HashMap<>();
    while (byMaster.size() < 3) {
      String key = newKey();
      byMaster.putIfAbsent(cluster.masterOf(key), key);
    }
    byMaster.forEach((master, key) -> {
      assertThat(steps.lease(key, "a")).isEmpty();
      assertThat(master.call("GET", key)).startsWith("E|a@");
      assertThat(steps.fill(key, "a", "10:10:", "[]")).isEqualTo("1");
      assertThat(master.call("GET", key)).startsWith("V|10:10:|");
      assertThat(steps.refresh(key, steps.get(key), "11:11:", "[]")).isEqualTo("1");
      assertThat(steps.fence(key, 11)).isEqualTo("2");
      assertThat(master.call("GET", key)).isEqualTo("E||11|11:11:");
    });
  }

  /** Several actors on one key, step by step, beside {@link NaiveKey}. */
  private final class Story {
    private final Steps steps;
    private final String key = newKey();
    private final Random random;
    private final NaiveKey expected = new NaiveKey();
    private final List<String> told = new ArrayList<>();
    /** Values that somebody has seen. */
    private final List<String> seen = new ArrayList<>();

    private int now = 20; // transactions move on

    Story(Steps steps, long seed) {
      this.steps = steps;
      this.random = new Random(seed);
    }

    void step() {
      now += random.nextInt(3);
      switch (random.nextInt(14)) {
        case 0, 1, 2 -> lease();
        case 3, 4, 5 -> fill();
        case 6, 7, 8, 9 -> fence();
        case 10, 11 -> refresh();
        case 12 -> endLease();
        default -> {
          if (random.nextInt(4) == 0) {
            putOrEnd();
          }
        }
      }
      told.add(expected.kept());
      assertThat(steps.kept(key)).as("%s", told).isEqualTo(expected.kept());
      if (expected.life() > 0) {
        assertThat(steps.leftMillis(key))
            .as("%s", told)
            .isBetween(expected.life() - SLACK, expected.life());
      }
      if (expected.isValue()) {
        seen.add(String.valueOf(steps.get(key)));
      }
    }

    private String token() {
      return "t" + random.nextInt(4);
    }

    private long life() {
      return HOUR * (1 + random.nextInt(4));
    }

    private Snapshot snapshot() {
      long xmax = Math.max(1, now - random.nextInt(12));
      Set<Long> running = new TreeSet<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        running.add(Math.max(0, xmax - 1 - random.nextInt(10)));
      }
      return new Snapshot(running.stream().findFirst().orElse(xmax), xmax, running);
    }

    private String payload() {
      return "[\"" + random.nextInt(100) + "|\n\"]";
    }

    private void expect(String what, String reply, int naive) {
      told.add(what);
      assertThat(reply).as("%s", told).isEqualTo(Integer.toString(naive));
    }

    private void lease() {
      String token = token();
      long life = life();
      told.add("lease " + token);
      String naive = expected.lease(token, life);
      String reply = steps.call("lease", key, token, Long.toString(life));
      assertThat(Steps.withoutMoments(reply)).as("%s", told).isEqualTo(naive);
    }

    private void fill() {
      String token = token();
      long life = life();
      Snapshot snapshot = snapshot();
      String payload = payload();
      expect(
          "fill " + token + " " + snapshot,
          String.valueOf(steps.call(
              "fill", key, token, snapshot.toString(), "Ij,0a1b2c3d,7", payload, "" + life)),
          expected.fill(token, snapshot, "Ij,0a1b2c3d,7", payload, life));
    }

    private void fence() {
      long life = life();
      int bursts = random.nextInt(8) == 0 ? 12 : 1;
      for (int i = 0; i < bursts; i++) {
        long transaction = Math.max(0, now - random.nextInt(25));
        expect(
            "fence " + transaction,
            String.valueOf(steps.call("fence", key, "" + transaction, "" + life, Steps.CHANNEL)),
            expected.fence(transaction, life));
      }
    }

    private void refresh() {
      if (seen.isEmpty()) {
        return;
      }
      String old = seen.get(Math.max(0, seen.size() - 1 - random.nextInt(3)));
      Snapshot snapshot = snapshot();
      String payload = payload();
      long life = life();
      String beginning = Steps.beginning(old);
      boolean stillThere = String.valueOf(steps.get(key)).startsWith(beginning);
      expect(
          "refresh " + old + " " + snapshot,
          String.valueOf(steps.call(
              "refresh", key, beginning, snapshot.toString(), "Rj,0a1b2c3d,8", payload, "" + life)),
          expected.refresh(stillThere, snapshot, "Rj,0a1b2c3d,8", payload, life));
    }

    private void endLease() {
      if (expected.isLeased()) {
        told.add("the lease ends");
        expected.endLease();
        steps.endLease(key);
      }
    }

    private void putOrEnd() {
      if (random.nextBoolean()) {
        told.add("the key ends");
        expected.end();
        steps.redis().sync().del(key);
      } else {
        String garbage = List.of("", "V|x", "E|", "?").get(random.nextInt(4));
        told.add("somebody writes " + garbage);
        expected.put(garbage);
        steps.set(key, garbage);
      }
    }
  }

  // SPEC 2 to 6
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("targets")
  void steps_inAnyOrder_leaveWhatTheNaiveKeySays(Target target) {
    for (long seed = 0; seed < 60; seed++) {
      Story story = new Story(target.steps, seed);
      for (int step = 0; step < 80; step++) {
        story.step();
      }
    }
  }
}
