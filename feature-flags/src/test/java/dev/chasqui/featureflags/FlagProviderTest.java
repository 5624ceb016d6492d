package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.openfeature.sdk.BooleanHook;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventDetails;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.HookContext;
import dev.openfeature.sdk.MutableTrackingEventDetails;
import dev.openfeature.sdk.NoOpProvider;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.Reason;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.FatalError;
import dev.openfeature.sdk.exceptions.GeneralError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FlagProviderTest {
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private final Client client = api.getClient();
  private final HandSource source = new HandSource();
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();
  private final Queue<EventDetails> details = new ConcurrentLinkedQueue<>();

  FlagProviderTest() {
    for (ProviderEvent event : ProviderEvent.values()) {
      api.on(event, what -> {
        List<String> keys = what.getFlagsChanged();
        details.add(what); // first: it is heard that tests wait for
        heard.add(event.name().substring("PROVIDER_".length()) + (keys == null ? "" : keys));
      });
    }
  }

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  private FlagProvider.Builder builder() {
    return FlagProvider.builder()
        .source(source)
        .startWithin(Duration.ofSeconds(20))
        .staleAfter(Duration.ZERO);
  }

  /** Started with this document. */
  private FlagProvider start(FlagDocument document) throws InterruptedException {
    return start(builder(), document);
  }

  private FlagProvider start(FlagProvider.Builder builder, FlagDocument document)
      throws InterruptedException {
    FlagProvider provider = builder.build();
    Thread loading = new Thread(() -> {
      await().pollInterval(Duration.ofMillis(1)).until(source::isOpen);
      source.load(document);
    });
    loading.start();
    api.setProviderAndWait(provider);
    loading.join();
    awaitHeard("READY");
    heard.clear();
    details.clear();
    return provider;
  }

  private void awaitHeard(String... events) {
    await()
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(heard).containsExactly(events));
  }

  private ProviderState state() {
    return client.getProviderState();
  }

  @Test
  @Specification("2.1.1")
  void getMetadata_always_namesTheProvider() {
    assertThat(builder().build().getMetadata().getName()).isEqualTo("chasqui");
  }

  @Test
  void build_withoutSource_isRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> FlagProvider.builder().build())
        .withMessageContaining("source");
  }

  @Test
  @Specification({"2.2.1", "2.2.2.1", "2.2.3", "2.2.4", "2.2.5", "2.2.6", "2.2.9", "2.2.10", "2.3.2"
  })
  void evaluate_eachType_answersValueVariantReasonAndMetadata() throws InterruptedException {
    start(FlagDocument.parse("""
        {"metadata": {"team": "growth", "size": 3, "live": true},
         "flags": {
          "bool": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
          "text": {"state": "ENABLED", "variants": {"a": "A"}, "defaultVariant": "a"},
          "int": {"state": "ENABLED", "variants": {"seven": 7}, "defaultVariant": "seven"},
          "long": {"state": "ENABLED", "variants": {"big": 9000000000}, "defaultVariant": "big"},
          "double": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
          "object": {"state": "ENABLED", "variants": {"o": {"a": 1}}, "defaultVariant": "o"}}}"""));

    FlagEvaluationDetails<Boolean> bool = client.getBooleanDetails("bool", false);
    assertThat(bool.getValue()).isTrue();
    assertThat(bool.getVariant()).isEqualTo("on");
    assertThat(bool.getReason()).isEqualTo(Reason.STATIC.name());
    assertThat(bool.getErrorCode()).isNull();
    assertThat(bool.getErrorMessage()).isNull();
    assertThat(bool.getFlagMetadata().getString("team")).isEqualTo("growth");
    assertThat(bool.getFlagMetadata().getBoolean("live")).isTrue();
    assertThat(client.getStringValue("text", "B")).isEqualTo("A");
    assertThat(client.getIntegerValue("int", 1)).isEqualTo(7);
    assertThat(client.getLongValue("long", 1L)).isEqualTo(9_000_000_000L);
    assertThat(client.getDoubleValue("double", 1.0)).isEqualTo(0.5);
    assertThat(client.getObjectValue("object", new Value()).asStructure().asObjectMap())
        .isEqualTo(Map.of("a", 1));
    assertThat(client.getBooleanValue("bool", false, FlagContext.of("u"))).isTrue();
  }

  @Test
  @Specification({"2.2.7", "2.3.3"})
  void evaluate_unknownFlag_answersErrorCodeAndMessage() throws InterruptedException {
    start(HandSource.document(1, "a"));

    FlagEvaluationDetails<Boolean> answer = client.getBooleanDetails("none", true);
    assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.FLAG_NOT_FOUND);
    assertThat(answer.getErrorMessage()).contains("none");
    assertThat(answer.getReason()).isEqualTo(Reason.ERROR.name());
    assertThat(answer.getValue()).isTrue();
    assertThat(client.getStringDetails("a", "x").getErrorCode()).isEqualTo(ErrorCode.TYPE_MISMATCH);
  }

  @Test
  @Specification("2.2.7")
  void evaluate_beforeStartWithoutClient_isNotReady() {
    FlagProvider provider = builder().build();

    assertThat(provider.getBooleanEvaluation("a", true, null))
        .satisfies(answer -> assertThat(answer.getValue()).isTrue())
        .satisfies(
            answer -> assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.PROVIDER_NOT_READY));
    assertThat(provider.status().state()).isEqualTo(ProviderState.NOT_READY);
    assertThat(provider.flags().keys()).isEmpty();
  }

  @Test
  void evaluate_contextNull_isAsWithoutAttributes() throws InterruptedException {
    FlagProvider provider = start(HandSource.document(1, "a"));

    assertThat(provider.getBooleanEvaluation("a", false, null).getValue()).isTrue();
  }

  @Test
  void evaluate_staticContext_countsMoreThanWhatWhoAsksSays() throws InterruptedException {
    start(builder().staticContext(FlagContext.EMPTY.with("region", "eu")), FlagDocument.parse("""
            {"flags": {"a": {"state": "ENABLED", "variants": {"true": true, "false": false},
              "defaultVariant": "false", "targeting": {"==": [{"var": "region"}, "eu"]}}}}"""));

    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(client.getBooleanValue("a", false, FlagContext.of("u").with("region", "us")))
        .isTrue();
  }

  @Test
  @Specification("2.3.1")
  void hook_ofTheProvider_runsWithEachEvaluation() throws InterruptedException {
    List<String> seen = new ArrayList<>();
    start(
        builder().hook(new BooleanHook() {
          @Override
          public void after(
              HookContext<Boolean> context,
              FlagEvaluationDetails<Boolean> answer,
              Map<String, Object> hints) {
            seen.add(context.getFlagKey() + "=" + answer.getValue());
          }
        }),
        HandSource.document(1, "a", "-b"));

    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(client.getBooleanValue("b", true)).isFalse();
    assertThat(seen).containsExactly("a=true", "b=false");
  }

  @Test
  @Specification("2.7.1")
  void track_byClient_reachesTheTracker() throws InterruptedException {
    List<String> seen = new ArrayList<>();
    start(
        builder()
            .onTrack((event, context, what) -> seen.add(event + " " + context.getTargetingKey()
                + " " + (what == null ? null : what.getValue().orElse(null)))),
        HandSource.document(1, "a"));

    client.track("seen");
    client.track("bought", FlagContext.of("u"), new MutableTrackingEventDetails(9.5));
    assertThat(seen).containsExactly("seen null null", "bought u 9.5");
  }

  @Test
  void track_withoutTracker_doesNothing() throws InterruptedException {
    start(HandSource.document(1, "a"));

    client.track("bought");
  }

  @Test
  @Specification({"2.4.1", "5.3.1", "5.3.5"})
  void initialize_firstDocumentComes_isReady() throws InterruptedException {
    FlagProvider provider = builder().clock(() -> Instant.EPOCH).build();
    api.setProvider(provider);
    await().until(source::isOpen);
    assertThat(state()).isEqualTo(ProviderState.NOT_READY);
    assertThat(heard).isEmpty();

    source.load(HandSource.document(41, "a"));

    awaitHeard("READY");
    assertThat(state()).isEqualTo(ProviderState.READY);
    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(provider.status())
        .isEqualTo(new FlagProviderStatus(
            ProviderState.READY, 41, Instant.EPOCH, null, Instant.EPOCH, Set.of()));
    assertThat(provider.flags().document().revision()).isEqualTo(41);
  }

  @Test
  @Specification({"2.4.2.1", "5.1.4", "5.3.2"})
  void initialize_noDocument_failsAndSaysWhy() {
    FlagProvider provider = builder().startWithin(Duration.ofMillis(200)).build();
    Thread failing = new Thread(() -> {
      await().until(source::isOpen);
      source.outOfTouch("the server answers 503");
    });
    failing.start();

    assertThatThrownBy(() -> api.setProviderAndWait(provider))
        .isInstanceOf(GeneralError.class)
        .hasMessageContaining("PT0.2S")
        .hasMessageContaining("the server answers 503");
    awaitHeard("ERROR");
    assertThat(details)
        .singleElement()
        .satisfies(event -> assertThat(event.getMessage()).contains("the server answers 503"));
    assertThat(state()).isEqualTo(ProviderState.ERROR);
    assertThat(provider.status().state()).isEqualTo(ProviderState.ERROR);
    assertThat(provider.status().lastError()).isEqualTo("the server answers 503");
    assertThat(client.getBooleanDetails("a", true).getErrorCode())
        .isEqualTo(ErrorCode.PROVIDER_NOT_READY);
  }

  @Test
  @Specification({"5.1.1", "5.1.2"})
  void initialize_failedAndADocumentComesLater_isReadyByItself() {
    FlagProvider provider = builder().startWithin(Duration.ZERO).build();
    assertThatThrownBy(() -> api.setProviderAndWait(provider)).isInstanceOf(GeneralError.class);
    awaitHeard("ERROR");

    source.load(HandSource.document(1, "a"));

    awaitHeard("ERROR", "READY");
    assertThat(state()).isEqualTo(ProviderState.READY);
    assertThat(client.getBooleanValue("a", false)).isTrue();
  }

  /** OpenFeature says ERROR or READY after our start has returned: it must not undo what we say. */
  @Test
  void initialize_documentComesAsTheStartFails_endsReadyAlways() {
    for (int i = 0; i < 200; i++) {
      OpenFeatureAPI other = OpenFeatureAPI.createIsolated();
      HandSource late = new HandSource();
      FlagProvider provider =
          FlagProvider.builder().source(late).startWithin(Duration.ofMillis(1)).build();
      other.setProvider(provider);
      await().pollDelay(Duration.ZERO).pollInterval(Duration.ofNanos(1000)).until(late::isOpen);
      late.load(HandSource.document(1, "a"));
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .during(Duration.ofMillis(4))
          .untilAsserted(() ->
              assertThat(other.getClient().getProviderState()).isEqualTo(ProviderState.READY));
      other.shutdown();
    }
  }

  @Test
  void initialize_twoDomains_servesBoth() throws InterruptedException {
    FlagProvider provider = start(HandSource.document(1, "a"));
    api.setProviderAndWait("one", provider);
    api.setProviderAndWait("two", provider);

    assertThat(api.getClient("one").getBooleanValue("a", false)).isTrue();
    assertThat(api.getClient("two").getBooleanValue("a", false)).isTrue();
    api.setProviderAndWait("one", new NoOpProvider());
    assertThat(source.isClosed()).isFalse();
    assertThat(api.getClient("two").getBooleanValue("a", false)).isTrue();
  }

  @Test
  @Specification("5.1.3")
  void events_ofOneProvider_doNotReachClientsOfAnother() throws InterruptedException {
    List<EventDetails> other = new ArrayList<>();
    api.getClient("other").onProviderStale(other::add);
    start(HandSource.document(1, "a"));
    api.setProviderAndWait("other", new NoOpProvider());
    awaitHeard("READY");
    heard.clear();

    source.outOfTouch("gone");

    awaitHeard("STALE");
    assertThat(other).isEmpty();
  }

  @Test
  @Specification({"5.1.1", "5.1.2", "5.2.3", "5.3.5"})
  void events_outOfTouchAndBack_areToldOnceEach() throws InterruptedException {
    FlagProvider provider = start(HandSource.document(1, "a"));

    source.outOfTouch("connection refused");
    source.outOfTouch("connection refused again");
    awaitHeard("STALE");
    assertThat(details).singleElement().satisfies(event -> {
      assertThat(event.getProviderName()).isEqualTo("chasqui");
      assertThat(event.getMessage()).startsWith("connection refused");
    });
    assertThat(state()).isEqualTo(ProviderState.STALE);
    assertThat(provider.status().lastError()).isEqualTo("connection refused again");
    assertThat(client.getBooleanValue("a", false)).isTrue();

    source.inTouch();
    source.inTouch();
    source.load(HandSource.document(1, "a"));
    awaitHeard("STALE", "READY");
    assertThat(state()).isEqualTo(ProviderState.READY);
    assertThat(provider.status().lastError()).isNull();
  }

  @Test
  void events_outOfTouchForLessThanStaleAfter_areNotTold() throws InterruptedException {
    start(builder().staleAfter(Duration.ofHours(1)), HandSource.document(1, "a"));

    source.outOfTouch("connection refused");
    source.load(HandSource.document(2, "-a"));

    awaitHeard("CONFIGURATION_CHANGED[a]");
    assertThat(state()).isEqualTo(ProviderState.READY);
  }

  @Test
  void events_outOfTouchForStaleAfter_areTold() throws InterruptedException {
    start(builder().staleAfter(Duration.ofMillis(50)), HandSource.document(1, "a"));

    source.outOfTouch("connection refused");

    awaitHeard("STALE");
  }

  @Test
  @Specification("5.1.1")
  void events_changedFlags_areNamedExactly() throws InterruptedException {
    start(HandSource.document(1, "a", "b", "c"));

    source.load(HandSource.document(2, "a", "-b", "d"));
    awaitHeard("CONFIGURATION_CHANGED[b, c, d]");
    assertThat(details)
        .singleElement()
        .satisfies(
            event -> assertThat(event.getEventMetadata().getLong("revision")).isEqualTo(2));

    source.load(HandSource.document(3, "a", "-b", "d"));
    source.load(HandSource.document(4, "-a", "-b", "d"));
    awaitHeard("CONFIGURATION_CHANGED[b, c, d]", "CONFIGURATION_CHANGED[a]");
  }

  /** OpenFeature holds a lock while another provider starts, and hears nothing meanwhile. */
  @Test
  void events_moreThanOpenFeatureTakes_areToldAsTheirSum() throws InterruptedException {
    start(HandSource.document(1, "a", "b"));
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Thread blocking = new Thread(() -> api.setProviderAndWait("slow", new NoOpProvider() {
      @Override
      public void initialize(EvaluationContext global) throws InterruptedException {
        starting.countDown();
        assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
      }
    }));
    blocking.start();
    assertThat(starting.await(20, TimeUnit.SECONDS)).isTrue();

    source.load(HandSource.document(2, "a", "b", "c"));
    source.outOfTouch("gone");
    for (int revision = 3; revision < 1_000; revision++) {
      source.load(HandSource.document(revision, revision % 2 == 0 ? "a" : "-a", "b", "c"));
    }
    source.outOfTouch("gone for good");
    goOn.countDown();
    blocking.join();

    Heard.quick(() -> {
      assertThat(state()).isEqualTo(ProviderState.STALE);
      assertThat(details) // which are told after the state is there
          .anySatisfy(event -> assertThat(event.getMessage()).isEqualTo("gone for good"));
    });
    assertThat(heard).hasSizeLessThan(110).anyMatch(event -> event.contains("c"));
  }

  @Test
  void killed_flag_isOffUntilADocumentAsNewComes() throws InterruptedException {
    FlagProvider provider = start(HandSource.document(41, "a", "b"));

    source.kill(43, "a");
    assertThat(client.getBooleanValue("a", true)).isFalse();
    assertThat(client.getBooleanValue("b", false)).isTrue();
    awaitHeard("CONFIGURATION_CHANGED[a]");

    source.load(HandSource.document(42, "a", "b", "c"));
    assertThat(client.getBooleanValue("a", true)).as("42 does not know yet").isFalse();
    assertThat(client.getBooleanValue("c", false)).isTrue();

    source.load(HandSource.document(43, "a", "b"));
    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(provider.status().revision()).isEqualTo(43);
  }

  @Test
  void killed_beforeTheFirstDocument_counts() {
    api.setProvider(builder().build());
    await().until(source::isOpen);
    source.kill(5, "a");
    source.load(HandSource.document(4, "a"));

    awaitHeard("READY");
    assertThat(client.getBooleanValue("a", true)).isFalse();
  }

  @Test
  void killed_revisionThatIsHeldAlready_isIgnored() throws InterruptedException {
    start(HandSource.document(41, "a"));

    source.kill(41, "a");

    assertThat(client.getBooleanValue("a", false)).isTrue();
  }

  @Test
  void onProblem_documentsWithWrongFlags_isToldWhenTheyAreOthers() throws InterruptedException {
    List<List<FlagProblem>> told = new ArrayList<>();
    start(builder().onProblem(told::add), HandSource.document(1, "a"));
    FlagDocument wrong =
        FlagDocument.parse("{\"flags\":{\"a\":{\"state\":\"MAYBE\"}}}").withRevision(2);

    source.load(wrong);
    source.load(wrong.withRevision(3));
    source.load(HandSource.document(4, "a"));

    assertThat(told).hasSize(2);
    assertThat(told.get(0)).singleElement().satisfies(problem -> {
      assertThat(problem.flag()).isEqualTo("a");
      assertThat(problem.keptLastGood()).isTrue();
    });
    assertThat(told.get(1)).isEmpty();
  }

  @Test
  void onProblem_throws_doesNotDisturbTheSource() throws InterruptedException {
    start(
        builder().onProblem(problems -> {
          throw new IllegalStateException("on purpose");
        }),
        HandSource.document(1, "a"));

    source.load(FlagDocument.parse("{\"flags\":{\"b\":{}}}"));
    source.load(HandSource.document(3, "-a"));

    assertThat(client.getBooleanValue("a", true)).isFalse();
  }

  @Test
  @Specification({"2.5.1", "2.5.2"})
  void shutdown_twice_closesAllOnceAndForAll() throws InterruptedException {
    FlagProvider provider = start(HandSource.document(1, "a"));

    provider.shutdown();
    provider.shutdown();

    assertThat(source.isClosed()).isTrue();
    assertThat(provider.status().state()).isEqualTo(ProviderState.NOT_READY);
    assertThat(provider.getBooleanEvaluation("a", false, FlagContext.EMPTY).getErrorCode())
        .isEqualTo(ErrorCode.PROVIDER_NOT_READY);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("chasqui-flags-"));
    assertThatThrownBy(() -> provider.initialize(null))
        .isInstanceOf(FatalError.class)
        .hasMessageContaining("make another one");
  }

  @Test
  void shutdown_neverStarted_isHarmless() {
    builder().build().shutdown();
    assertThat(source.isClosed()).isTrue();
  }

  @Test
  void shutdown_whileItStarts_endsTheStart() {
    FlagProvider provider = builder().startWithin(Duration.ofMinutes(10)).build();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread starting = new Thread(() -> {
      try {
        provider.initialize(null);
      } catch (RuntimeException e) {
        failure.set(e);
      }
    });
    starting.start();
    await().until(source::isOpen);

    provider.shutdown();

    await().untilAsserted(() -> assertThat(failure.get()).isInstanceOf(FatalError.class));
  }

  @Test
  void shutdown_byTheNextProvider_isDoneByOpenFeature() throws InterruptedException {
    start(HandSource.document(1, "a"));

    api.setProviderAndWait(new NoOpProvider());

    await().until(source::isClosed);
  }
}
