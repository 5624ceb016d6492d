package dev.chasqui.featureflags.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.chasqui.featureflags.FixedSource;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagProblem;
import dev.chasqui.featureflags.FlagProvider;
import dev.chasqui.featureflags.FlagSource;
import dev.chasqui.featureflags.internal.UntilClosed;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class ReleaseGuardTest {
  private static final String FLAG = "new-checkout";
  private static final GuardRule RULE =
      GuardRule.errors(FLAG, "off", "on", 0.01).withAction(GuardAction.KILL);
  private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private final List<GuardDecision> decisions = new ArrayList<>();
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private final Client client = api.getClient();
  private final HandSource upstream = new HandSource();

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  private ReleaseGuard.Builder builder() {
    return ReleaseGuard.builder()
        .interval(Duration.ZERO)
        .nanoClock(nanos::get)
        .clock(() -> START.plusNanos(nanos.get()))
        .onDecision(decisions::add);
  }

  /** As a client would give it. */
  private static FlagEvaluationDetails<Boolean> decided(String variant) {
    return FlagEvaluationDetails.<Boolean>builder()
        .flagKey(FLAG)
        .value(variant.equals("on"))
        .variant(variant)
        .build();
  }

  private static void succeed(ReleaseGuard guard, String variant, int times) {
    for (int i = 0; i < times; i++) {
      guard.begin(decided(variant)).succeeded();
    }
  }

  private static void fail(ReleaseGuard guard, String variant, int times) {
    for (int i = 0; i < times; i++) {
      guard.begin(decided(variant)).failed();
    }
  }

  /** A candidate that fails each fourth time, and a baseline that never does. */
  private static void doHarm(ReleaseGuard guard) {
    succeed(guard, "off", 400);
    succeed(guard, "on", 300);
    fail(guard, "on", 100);
  }

  /** Calls and harm of the baseline, calls and harm of the candidate. */
  private static List<Long> counts(ReleaseGuard guard) {
    List<GuardDecision> unused = guard.look();
    assertThat(guard.evidence()).hasSize(1);
    GuardEvidence evidence = guard.evidence().get(0);
    return List.of(
        evidence.baselineCalls(),
        evidence.baselineHarm(),
        evidence.candidateCalls(),
        evidence.candidateHarm());
  }

  private static FlagDocument document(long revision, String members) {
    return FlagDocument.parse("""
            {"flags": {"new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false},
             "defaultVariant": "on", "x-off": "off", %s}}}""".formatted(members)).withRevision(revision);
  }

  @Test
  void call_thatReturns_countsForTheVariantThatWasDecided() {
    ReleaseGuard guard = builder().guard(RULE).build();
    String made = guard.call(decided("on"), on -> on ? "new" : "old");
    String old = guard.call(decided("off"), on -> on ? "new" : "old");
    assertThat(List.of(made, old)).containsExactly("new", "old");
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 0L);
  }

  @Test
  void call_thatThrows_countsAsErrorAndThrowsTheSame() {
    ReleaseGuard guard = builder().guard(RULE).build();
    IOException failure = new IOException("no such cart");
    assertThatThrownBy(() -> guard.call(decided("on"), on -> {
          throw failure;
        }))
        .isSameAs(failure);
    succeed(guard, "off", 1);
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 1L);
  }

  @Test
  void call_thatThrowsWhatIsNoError_countsAsSuccess() {
    ReleaseGuard guard =
        builder().guard(RULE).errors(e -> !(e instanceof IllegalStateException)).build();
    assertThatIllegalStateException()
        .isThrownBy(() -> guard.call(decided("on"), on -> {
          throw new IllegalStateException("the cart is empty");
        }));
    succeed(guard, "off", 1);
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 0L);
  }

  @Test
  void call_whereErrorsCannotBeTold_throwsWhatTheCallThrew() {
    ReleaseGuard guard = builder()
        .guard(RULE)
        .errors(e -> {
          throw new IllegalArgumentException("a predicate's mistake");
        })
        .build();
    assertThatIllegalStateException()
        .isThrownBy(() -> guard.call(decided("on"), on -> {
          throw new IllegalStateException("the call's");
        }));
    succeed(guard, "off", 1);
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 1L);
  }

  @Test
  void call_ofAVariantThatIsNotCompared_isDoneAndNotCounted() {
    ReleaseGuard guard = builder().guard(RULE).build();
    FlagEvaluationDetails<Boolean> ofCode =
        FlagEvaluationDetails.<Boolean>builder().flagKey(FLAG).value(true).build();
    boolean on = guard.call(ofCode, value -> value);
    boolean other = guard.call(decided("other"), value -> value);
    assertThat(on).isTrue();
    assertThat(other).isFalse();
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
  }

  @ParameterizedTest
  @CsvSource({"250, 0", "251, 1"})
  void call_ofSlowCalls_isHarmAboveTheLimit(long millis, long harm) {
    ReleaseGuard guard = builder()
        .guard(GuardRule.slowCalls(FLAG, "off", "on", Duration.ofMillis(250), 0.05))
        .build();
    succeed(guard, "off", 1);
    Object unused = guard.call(
        decided("on"), on -> nanos.addAndGet(Duration.ofMillis(millis).toNanos()));
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, harm);
  }

  @Test
  void ended_onAnotherThread_countsOnceByWhatEndedItFirst() {
    ReleaseGuard guard =
        builder().guard(RULE).errors(e -> !(e instanceof IllegalStateException)).build();
    GuardedCall failed = guard.begin(decided("on"));
    GuardedCall harmless = guard.begin(decided("on"));
    CompletableFuture.runAsync(() -> failed.ended(new IOException("gone"))).join();
    failed.succeeded();
    harmless.ended(new CompletionException(new IllegalStateException("the cart is empty")));
    guard.begin(decided("off")).ended(null);
    assertThat(counts(guard)).containsExactly(1L, 0L, 2L, 1L);
  }

  @Test
  void begin_ofACallThatNeverEnds_isWaitedForAndCountsWithoutAnError() {
    ReleaseGuard guard =
        builder().guard(RULE).longestCall(Duration.ofSeconds(5)).build();
    GuardedCall neverEnds = guard.begin(decided("on"));
    doHarm(guard);
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    nanos.incrementAndGet();
    assertThat(guard.look()).hasSize(1);
    assertThat(neverEnds).isNotNull();
    assertThat(counts(guard)).containsExactly(400L, 0L, 401L, 100L);
  }

  @Test
  void begin_ofACallThatNeverEnds_isSlowWhenItIsOlderThanTheLimit() {
    ReleaseGuard guard = builder()
        .guard(GuardRule.slowCalls(FLAG, "off", "on", Duration.ofMillis(250), 0.05))
        .build();
    succeed(guard, "off", 3);
    GuardedCall neverEnds = guard.begin(decided("on"));
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    nanos.incrementAndGet();
    assertThat(counts(guard)).containsExactly(3L, 0L, 1L, 1L);
    assertThat(neverEnds).isNotNull();
  }

  @Test
  void failed_afterItsPeriodWasCompared_changesNothing() {
    ReleaseGuard guard =
        builder().guard(RULE).longestCall(Duration.ofSeconds(5)).build();
    GuardedCall late = guard.begin(decided("on"));
    succeed(guard, "off", 1);
    List<GuardDecision> unused = guard.look();
    nanos.addAndGet(Duration.ofSeconds(5).toNanos() + 1);
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 0L);
    late.failed();
    succeed(guard, "off", 2);
    succeed(guard, "on", 2);
    assertThat(counts(guard)).containsExactly(3L, 0L, 3L, 0L);
  }

  @ParameterizedTest
  @CsvSource({"5000, 1", "5001, 0"})
  void failed_beforeItsPeriodWasCompared_isAnErrorUpToTheLongestCall(long millis, long harm) {
    ReleaseGuard guard =
        builder().guard(RULE).longestCall(Duration.ofSeconds(5)).build();
    GuardedCall call = guard.begin(decided("on"));
    succeed(guard, "off", 1);
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    call.failed();
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, harm);
  }

  @Test
  void look_whileAnEarlierCallGoesOn_comparesNoLaterOnes() {
    ReleaseGuard guard = builder().guard(RULE).build();
    GuardedCall slow = guard.begin(decided("off"));
    assertThat(guard.look()).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    doHarm(guard); // all of these have ended
    assertThat(guard.look()).isEmpty();
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    slow.succeeded();
    assertThat(guard.look()).hasSize(1);
    assertThat(counts(guard)).containsExactly(401L, 0L, 400L, 100L);
  }

  @Test
  void look_atRulesOfOneFlagThatWaitForOthers_takesEachAsSoonAsItCan() {
    ReleaseGuard guard = builder()
        .guard(RULE)
        .guard(GuardRule.slowCalls(FLAG, "off", "on", Duration.ofMillis(250), 0.05))
        .build();
    GuardedCall slow = guard.begin(decided("on"));
    succeed(guard, "off", 1);
    List<GuardDecision> unused = guard.look();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    succeed(guard, "off", 1);
    succeed(guard, "on", 1);
    unused = guard.look();
    assertThat(guard.evidence())
        .extracting(GuardEvidence::candidateCalls, GuardEvidence::candidateHarm)
        .containsExactly(tuple(0L, 0L), tuple(2L, 1L));
    slow.failed();
    unused = guard.look();
    assertThat(guard.evidence())
        .extracting(GuardEvidence::candidateCalls, GuardEvidence::candidateHarm)
        .containsExactly(tuple(2L, 1L), tuple(2L, 1L));
  }

  @Test
  void look_atManyPeriodsThatWait_countsEachCallOnce() {
    ReleaseGuard guard = builder()
        .guard(RULE.withMinimumCalls(Long.MAX_VALUE))
        .longestCall(Duration.ofSeconds(1_000))
        .build();
    List<GuardedCall> goOn = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) { // five times what may wait
      goOn.add(guard.begin(decided("on")));
      succeed(guard, "off", 2);
      fail(guard, "on", 1);
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      List<GuardDecision> unused = guard.look();
    }
    assertThat(guard.evidence().get(0).baselineCalls()).isBetween(7_000L, 8_000L);
    goOn.forEach(GuardedCall::succeeded); // of which the older were given up
    List<GuardDecision> unused = guard.look();
    assertThat(counts(guard)).containsExactly(10_000L, 0L, 10_000L, 5_000L);
  }

  @ParameterizedTest
  @CsvSource({"50, 0.01", "3000, 0.01", "150000, 0.01", "3000, 0"})
  void look_atAHarmlessCandidateThatFailsFastAndSucceedsSlowly_decidesNothing(
      long candidateMillis, double margin) {
    for (int run = 0; run < 20; run++) {
      ReleaseGuard guard =
          builder().guard(GuardRule.errors(FLAG, "off", "on", margin)).build();
      assertThat(release(guard, candidateMillis, 1, new Random(run))).isEmpty();
      nanos.addAndGet(Duration.ofSeconds(91).toNanos());
      assertThat(guard.look()).isEmpty();
      assertThat(guard.evidence().get(0).candidateCalls()).isEqualTo(2_000);
      assertThat(guard.evidence().get(0).baselineCalls()).isEqualTo(2_000);
    }
  }

  @Test
  void look_atAHarmfulCandidate_decidesInSecondsThoughCallsAlwaysGoOn() {
    for (int run = 0; run < 20; run++) {
      ReleaseGuard guard = builder().guard(RULE).build();
      assertThat(release(guard, 50, 20, new Random(run))).hasSize(1);
    }
  }

  /**
   * Ten seconds with a call of each variant each 5 ms, looked at each second. One in a hundred of the baseline fails, after 5 ms; the
   * others take 50 ms.
   *
   * @param candidateMillis how long the candidate's good calls take
   * @param percent how many of the candidate's fail, after 5 ms too
   */
  private List<GuardDecision> release(
      ReleaseGuard guard, long candidateMillis, int percent, Random random) {
    List<GuardDecision> decided = new ArrayList<>();
    PriorityQueue<Ending> endings = new PriorityQueue<>(Comparator.comparingLong(Ending::atNanos));
    for (int i = 1; i <= 2_000; i++) {
      while (!endings.isEmpty() && endings.element().atNanos() <= nanos.get()) {
        Ending ending = endings.remove();
        if (ending.fails()) {
          ending.call().failed();
        } else {
          ending.call().succeeded();
        }
      }
      boolean off = random.nextInt(100) < 1;
      boolean on = random.nextInt(100) < percent;
      endings.add(new Ending(in(off ? 5 : 50), off, guard.begin(decided("off"))));
      endings.add(new Ending(in(on ? 5 : candidateMillis), on, guard.begin(decided("on"))));
      if (i % 200 == 0) {
        decided.addAll(guard.look());
      }
      nanos.set(in(5));
    }
    endings.forEach(ending -> {
      if (ending.fails()) {
        ending.call().failed();
      }
    });
    return decided;
  }

  private long in(long millis) {
    return nanos.get() + Duration.ofMillis(millis).toNanos();
  }

  /** When and how a call ends. */
  private record Ending(long atNanos, boolean fails, GuardedCall call) {}

  @Test
  void call_byManyThreads_countsEach() throws InterruptedException {
    ReleaseGuard guard = builder().guard(RULE.withMinimumCalls(Long.MAX_VALUE)).build();
    int threads = 8;
    int each = 50_000;
    CountDownLatch ended = new CountDownLatch(threads);
    for (int i = 0; i < threads; i++) {
      new Thread(() -> {
            for (int k = 0; k < each; k++) {
              String variant = k % 2 == 0 ? "on" : "off";
              GuardedCall call = guard.begin(decided(variant));
              if (k % 5 == 0) {
                call.failed();
              } else {
                call.succeeded();
              }
            }
            ended.countDown();
          })
          .start();
    }
    while (ended.getCount() > 0) { // while they count
      List<GuardDecision> unused = guard.look();
    }
    succeed(guard, "off", 1); // so that both have a last batch
    succeed(guard, "on", 1);
    long half = (long) threads * each / 2;
    assertThat(counts(guard)).containsExactly(half + 1, half / 5, half + 1, half / 5);
  }

  @Test
  void during_withTheHook_countsForFlagsThatWereAskedFor() throws InterruptedException {
    ReleaseGuard guard = builder().guard(RULE).build();
    client.addHooks(guard.hook());
    start(FixedSource.of(document(1, "\"targeting\": {\"var\": \"to\"}")));
    FlagContext on = FlagContext.of("ann").with("to", "on");
    FlagContext off = FlagContext.of("bob").with("to", "off");

    boolean value = guard.during(() -> client.getBooleanValue(FLAG, false, on));
    assertThatIllegalStateException()
        .isThrownBy(() -> guard.during(() -> {
          boolean second = client.getBooleanValue(FLAG, false, off);
          throw new IllegalStateException("with " + second);
        }));
    boolean outside = client.getBooleanValue(FLAG, false, on);
    String without = guard.during(() -> "asks for nothing");
    assertThat(value && outside).isTrue();
    assertThat(without).isNotEmpty();
    assertThat(counts(guard)).containsExactly(1L, 1L, 1L, 0L);
  }

  @Test
  void during_withBothVariantsOrWithin_countsForTheInnermostAndForNoneOfBoth() {
    ReleaseGuard guard = builder().guard(RULE).build();
    client.addHooks(guard.hook());
    start(FixedSource.of(document(1, "\"targeting\": {\"var\": \"to\"}")));
    FlagContext on = FlagContext.of("ann").with("to", "on");
    FlagContext off = FlagContext.of("bob").with("to", "off");

    List<Boolean> both = guard.during(() -> List.of(
        client.getBooleanValue(FLAG, false, on),
        client.getBooleanValue(FLAG, false, off),
        client.getBooleanValue(FLAG, false, on)));
    List<Boolean> within = guard.during(() -> List.of(
        client.getBooleanValue(FLAG, false, on),
        guard.during(() -> client.getBooleanValue(FLAG, false, off)),
        client.getBooleanValue(FLAG, false, on)));
    assertThat(both).isEqualTo(within).containsExactly(true, false, true);
    assertThat(counts(guard)).containsExactly(1L, 0L, 1L, 0L);
  }

  @Test
  void look_atHarm_decidesOnceWithItsEvidence() {
    ReleaseGuard guard = builder().guard(RULE).build();
    nanos.set(Duration.ofSeconds(7).toNanos());
    doHarm(guard);
    List<GuardDecision> looked = guard.look();
    doHarm(guard);
    assertThat(guard.look()).isEmpty();
    assertThat(decisions).isEqualTo(looked).hasSize(1);
    GuardDecision decision = decisions.get(0);
    assertThat(decision.evidence().eValue()).isGreaterThan(1_000);
    assertThat(decision)
        .isEqualTo(new GuardDecision(
            new GuardEvidence(RULE, "on", 400, 0, 400, 100, decision.evidence().eValue(), START),
            0,
            START.plusSeconds(7)));
    ObjectNode json = (ObjectNode) JsonMapper.builder().build().readTree(decision.toJson());
    assertThat(json.remove("eValue").doubleValue())
        .isEqualTo(decision.evidence().eValue());
    assertThat(json.toString())
        .isEqualTo("{\"flag\":\"new-checkout\",\"variant\":\"on\",\"action\":\"kill\","
            + "\"metric\":\"errors\",\"max\":0.01,"
            + "\"baseline\":{\"variant\":\"off\",\"calls\":400,\"harm\":0},"
            + "\"candidate\":{\"variant\":\"on\",\"calls\":400,\"harm\":100},"
            + "\"threshold\":1000.0,\"alpha\":0.001,\"since\":\"2026-11-28T12:00:00Z\","
            + "\"at\":\"2026-11-28T12:00:07Z\",\"revision\":0}");
  }

  @Test
  void look_beforeMinimumCalls_waits() {
    ReleaseGuard guard = builder().guard(RULE.withMinimumCalls(401)).build();
    doHarm(guard);
    assertThat(guard.look()).isEmpty();
    assertThat(guard.evidence().get(0).eValue()).isGreaterThan(1_000);
    succeed(guard, "off", 1);
    succeed(guard, "on", 1);
    assertThat(guard.look()).hasSize(1);
  }

  @Test
  void look_atOneOfTwoCandidates_decidesOfThatOne() {
    ReleaseGuard guard =
        builder().guard(RULE.withCandidates(Set.of("on", "blue"))).build();
    succeed(guard, "blue", 400);
    doHarm(guard);
    assertThat(guard.look()).extracting(GuardDecision::variant).containsExactly("on");
  }

  @Test
  void look_atCallsMoreThanAMinuteApart_doesNotCompareThem() {
    ReleaseGuard guard = builder().guard(RULE).build();
    fail(guard, "on", 400);
    nanos.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(guard.look()).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(guard.look()).isEmpty(); // forgotten from here on
    succeed(guard, "off", 400);
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
  }

  @Test
  void look_withAListenerThatFails_tellsTheOthers() {
    List<String> told = new ArrayList<>();
    ReleaseGuard guard = builder()
        .guard(RULE)
        .guard(GuardRule.errors("other", "off", "on", 0))
        .onDecision(decision -> {
          told.add(decision.flag());
          throw new IllegalStateException("no server");
        })
        .build();
    doHarm(guard);
    for (int i = 0; i < 400; i++) {
      guard.begin(other("on")).failed();
      guard.begin(other("off")).succeeded();
    }
    assertThat(guard.look()).hasSize(2);
    assertThat(told).containsExactlyInAnyOrder(FLAG, "other");
  }

  private static FlagEvaluationDetails<Boolean> other(String variant) {
    return FlagEvaluationDetails.<Boolean>builder()
        .flagKey("other")
        .variant(variant)
        .build();
  }

  @Test
  void look_byItsOwnThread_decidesUntilItIsClosed() {
    List<String> threads = new ArrayList<>();
    CountDownLatch told = new CountDownLatch(1);
    try (ReleaseGuard guard = builder()
        .guard(RULE)
        .interval(Duration.ofMillis(1))
        .onDecision(decision -> {
          threads.add(Thread.currentThread().getName());
          told.countDown();
        })
        .build()) {
      await().until(() -> {
        doHarm(guard); // again and again: a look in the midst of it finds one variant's calls only
        return told.getCount() == 0;
      });
    }
    assertThat(threads).containsExactly("chasqui-flags-guard");
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("chasqui-flags-guard");
  }

  @Test
  void close_ofAGuard_letsCallsThroughAndDecidesNothing() {
    ReleaseGuard guard = builder().guard(RULE).build();
    guard.close();
    guard.close();
    doHarm(guard);
    String made = guard.call(decided("on"), on -> "made");
    assertThat(made).isEqualTo("made");
    assertThat(guard.look()).isEmpty();
  }

  @Test
  void source_whenAFlagIsKilled_isOffHereUntilTheFlagIsWrittenAnew() {
    ReleaseGuard guard = builder().guard(RULE).build();
    startWith(guard, document(1, "\"metadata\": {}"));
    doHarm(guard);
    assertThat(isOn()).isTrue();
    assertThat(guard.look()).extracting(GuardDecision::revision).containsExactly(1L);
    assertThat(isOn()).isFalse();
    upstream.listener.loaded(document(2, "\"metadata\": {}")); // changed, but not this flag
    assertThat(isOn()).isFalse();
    upstream.listener.loaded(document(3, "\"metadata\": {\"fixed\": true}"));
    assertThat(isOn()).isTrue();
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
    doHarm(guard);
    assertThat(guard.look()).extracting(GuardDecision::revision).containsExactly(3L);
    assertThat(isOn()).isFalse();
  }

  @Test
  void source_whenAFlagIsRolledBack_givesEverybodyTheBaseline() {
    ReleaseGuard guard = builder().guard(RULE.withAction(GuardAction.ROLL_BACK)).build();
    FlagProvider provider = startWith(guard, document(1, """
            "targeting": {"if": [true, "on"]}, "x-targets": {"on": ["ann"]}, "x-layer":
            {"name": "all", "from": 0, "to": 100}, "x-schedule": [{"at": "2020-01-01T00:00:00Z",
            "variant": "on"}], "x-killed": false, "metadata": {"owner": "checkout"}"""));
    assertThat(isOn()).isTrue();
    doHarm(guard);
    assertThat(guard.look()).hasSize(1);
    assertThat(isOn()).isFalse();
    assertThat(provider.flags().document().flag(FLAG))
        .isEqualTo(JsonMapper.builder().build().readTree("""
            {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
             "x-off": "off", "x-killed": false, "metadata": {"owner": "checkout"}}"""));
  }

  @Test
  void source_whenItIsOnHold_staysWhatItIs() {
    ReleaseGuard guard = builder().guard(RULE.withAction(GuardAction.HOLD)).build();
    startWith(guard, document(1, "\"metadata\": {}"));
    doHarm(guard);
    assertThat(guard.look()).hasSize(1);
    assertThat(isOn()).isTrue();
  }

  @Test
  void source_killedByOneRuleAndRolledBackByAnother_isKilled() {
    ReleaseGuard guard = builder()
        .guard(RULE)
        .guard(RULE.withAlpha(0.0001).withAction(GuardAction.ROLL_BACK))
        .build();
    FlagProvider provider = startWith(guard, document(1, "\"metadata\": {}"));
    doHarm(guard);
    assertThat(guard.look()).hasSize(2);
    assertThat(provider.flags().document().toJson()).contains("\"x-killed\":true");
  }

  @Test
  void source_outOfTouch_isStillSoAfterATrip() {
    List<String> told = new ArrayList<>();
    ReleaseGuard guard = builder().guard(RULE).build();
    FlagSource source = guard.source(upstream);
    source.open(new FlagSource.Listener() {
      @Override
      public void loaded(FlagDocument document) {
        told.add("loaded " + document.revision());
      }

      @Override
      public void amended(FlagDocument document) {
        told.add("amended " + document.revision());
      }

      @Override
      public void killed(Set<String> keys, long revision) {
        told.add("killed " + keys + revision);
      }

      @Override
      public void inTouch() {
        told.add("in touch");
      }

      @Override
      public void outOfTouch(String why) {
        told.add("out of touch: " + why);
      }
    });
    upstream.listener.loaded(document(1, "\"metadata\": {}"));
    upstream.listener.killed(Set.of("x"), 2);
    upstream.listener.outOfTouch("no route");
    doHarm(guard);
    assertThat(guard.look()).hasSize(1);
    upstream.listener.inTouch();
    source.close();
    upstream.listener.inTouch();
    assertThat(upstream.closed).isTrue();
    assertThat(told)
        .containsExactly(
            "loaded 1", "killed [x]2", "out of touch: no route", "amended 1", "in touch");
    assertThatIllegalStateException().isThrownBy(() -> guard.source(upstream));
  }

  @Test
  void trip_beforeARestart_isNotKept(@TempDir Path directory) {
    Path file = directory.resolve("flags.last");
    ReleaseGuard guard = builder().guard(RULE).build();
    upstream.first = document(41, "\"metadata\": {}");
    FlagProvider provider =
        FlagProvider.builder().source(guard.source(upstream)).lastGood(file).build();
    api.setProviderAndWait(provider);
    doHarm(guard);
    assertThat(guard.look()).hasSize(1);
    assertThat(isOn()).isFalse();
    provider.shutdown();

    api.setProviderAndWait(FlagProvider.builder()
        .source(new HandSource())
        .lastGood(file)
        .startWithin(Duration.ZERO)
        .build());
    assertThat(isOn()).isTrue();
  }

  @Test
  void source_outOfTouch_isStaleStillAfterATrip() {
    ReleaseGuard guard = builder().guard(RULE).build();
    upstream.first = document(1, "\"metadata\": {}");
    FlagProvider provider = FlagProvider.builder()
        .source(guard.source(upstream))
        .staleAfter(Duration.ZERO)
        .build();
    api.setProviderAndWait(provider);
    upstream.listener.outOfTouch("no route");
    await().until(() -> provider.status().state() == ProviderState.STALE);
    doHarm(guard);
    assertThat(guard.look()).hasSize(1);
    assertThat(isOn()).isFalse();
    assertThat(provider.status().state()).isEqualTo(ProviderState.STALE);
    assertThat(provider.status().lastError()).isEqualTo("no route");
  }

  @Test
  void follow_ofARuleInMetadata_guardsByIt() {
    ReleaseGuard guard = builder().build();
    guard.follow(document(5, """
        "metadata": {"guard.metric": "slowCalls", "guard.slowMillis": 250, "guard.max": 0.02,
        "guard.alpha": 0.01, "guard.minimumCalls": 50, "guard.action": "rollBack"}"""));
    assertThat(guard.problems()).isEmpty();
    assertThat(guard.evidence())
        .extracting(GuardEvidence::rule)
        .containsExactly(new GuardRule(
            FLAG,
            "off",
            Set.of("on"),
            new GuardMetric.SlowCalls(Duration.ofMillis(250)),
            0.02,
            0.01,
            50,
            GuardAction.ROLL_BACK));
  }

  @Test
  void follow_ofTheSameFlagInANewerDocument_keepsWhatWasCounted() {
    ReleaseGuard guard = builder().guard(RULE).build();
    guard.follow(document(1, "\"metadata\": {}"));
    succeed(guard, "on", 2);
    succeed(guard, "off", 3);
    guard.follow(document(2, "\"metadata\": {}"));
    assertThat(counts(guard)).containsExactly(3L, 0L, 2L, 0L);
    guard.follow(document(3, "\"metadata\": {\"a\": 1}"));
    assertThat(counts(guard)).containsExactly(0L, 0L, 0L, 0L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'guard.metrik': 'errors'} | guard.metrik | is none of [",
        "{'guard.max': 0.1} | guard.metric | must be given: errors or slowCalls",
        "{'guard.metric': 'cpu', 'guard.max': 0.1} | guard.metric | must be errors or slowCalls",
        "{'guard.metric': 'errors'} | guard.max | must be a number",
        "{'guard.metric': 'errors', 'guard.max': 0.6} | guard.max | must be 0 to 0.5",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.alpha': 0} | guard.alpha | must be above 0",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.action': 'stop'} | guard.action | must be hold",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.minimumCalls': 1.5} | guard.minimumCalls | whole",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.baseline': 'gone'} | guard.baseline | gone",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.candidate': 'off'} | guard.candidate | baseline",
        "{'guard.metric': 'errors', 'guard.max': 0, 'guard.slowMillis': 5} | guard.slowMillis | slowCalls",
        "{'guard.metric': 'slowCalls', 'guard.max': 0} | guard.slowMillis | must be a number",
      })
  void follow_ofAWrongRule_namesItAndGuardsNothing(String metadata, String member, String rule) {
    ReleaseGuard guard = builder().build();
    guard.follow(document(1, "\"metadata\": " + metadata.replace('\'', '"')));
    assertThat(guard.evidence()).isEmpty();
    assertThat(guard.problems()).hasSize(1);
    FlagProblem problem = guard.problems().get(0);
    assertThat(problem.flag()).isEqualTo(FLAG);
    assertThat(problem.pointer()).isEqualTo("/flags/new-checkout/metadata/" + member);
    assertThat(problem.message()).contains(member).contains(rule);
  }

  @Test
  void follow_ofADocumentThatLacksWhatIsGuarded_saysSo() {
    ReleaseGuard guard = builder()
        .guard(RULE.withCandidates(Set.of("blue")))
        .guard(GuardRule.errors("gone", "off", "on", 0))
        .build();
    guard.follow(document(1, "\"metadata\": {}"));
    assertThat(guard.problems())
        .extracting(FlagProblem::pointer)
        .containsExactly("/flags/new-checkout/variants", "/flags/gone");
    assertThat(guard.evidence()).isEmpty();
  }

  @Test
  void rule_thatIsWrong_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GuardRule.errors(FLAG, "off", "on", Double.NaN))
        .withMessage("margin must be 0 to 0.5, was NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RULE.withAlpha(0))
        .withMessage("alpha must be above 0 and at most 0.5, was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RULE.withMinimumCalls(0))
        .withMessage("minimumCalls must be at least 1, was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RULE.withCandidates(Set.of("off")))
        .withMessage("candidates must not have the baseline, but have off");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RULE.withCandidates(Set.of()))
        .withMessage("candidates must be 1 to 16, were []");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GuardMetric.SlowCalls(Duration.ZERO))
        .withMessage("longerThan must be positive and at most a day, was PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().longestCall(Duration.ZERO))
        .withMessage("longestCall must be positive and at most a day, was PT0S");
  }

  private FlagProvider startWith(ReleaseGuard guard, FlagDocument document) {
    upstream.first = document;
    return start(guard.source(upstream));
  }

  private FlagProvider start(FlagSource source) {
    FlagProvider provider = FlagProvider.builder().source(source).build();
    api.setProviderAndWait(provider);
    return provider;
  }

  private boolean isOn() {
    return client.getBooleanValue(FLAG, false, FlagContext.of("ann"));
  }

  /** Says at once what it has, and then what a test says. */
  private static final class HandSource implements FlagSource {
    final UntilClosed listener = new UntilClosed();
    FlagDocument first = FlagDocument.EMPTY;
    boolean closed;

    @Override
    public void open(Listener opening) {
      listener.open(opening);
      if (first != FlagDocument.EMPTY) {
        listener.loaded(first);
      }
    }

    @Override
    public void close() {
      closed = true;
      listener.close();
    }
  }
}
