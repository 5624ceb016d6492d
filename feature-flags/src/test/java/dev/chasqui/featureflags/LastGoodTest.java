package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.exceptions.GeneralError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts of a process, one after the other, with one file. */
final class LastGoodTest {
  @TempDir
  private Path directory;

  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private final Client client = api.getClient();
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();

  LastGoodTest() {
    for (ProviderEvent event : ProviderEvent.values()) {
      api.on(
          event,
          what -> heard.add(event.name().substring("PROVIDER_".length())
              + (what.getFlagsChanged() == null ? "" : what.getFlagsChanged())));
    }
  }

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  private Path file() {
    return directory.resolve("state/flags.last");
  }

  private FlagProvider provider(HandSource source) {
    return FlagProvider.builder()
        .source(source)
        .lastGood(file())
        .startWithin(Duration.ZERO)
        .staleAfter(Duration.ZERO)
        .build();
  }

  /** A process that gets this, and ends. */
  private void earlier(FlagDocument document) {
    HandSource source = new HandSource();
    FlagProvider provider = provider(source);
    assertThatThrownBy(() -> provider.initialize(null)).isInstanceOf(GeneralError.class);
    source.load(document);
    provider.shutdown();
  }

  /** OpenFeature runs handlers on threads of its own, so they may come in another order. */
  private void awaitHeard(String... events) {
    await().untilAsserted(() -> assertThat(heard).containsExactlyInAnyOrder(events));
  }

  @Test
  void initialize_sourceSilentAndFlagsKept_isStaleAndServesThem() {
    earlier(HandSource.document(41, "a", "-b"));
    HandSource source = new HandSource();
    FlagProvider provider = provider(source);

    api.setProviderAndWait(provider);

    await()
        .untilAsserted(() -> assertThat(client.getProviderState()).isEqualTo(ProviderState.STALE));
    awaitHeard("READY", "STALE");
    assertThat(provider.status().revision()).isEqualTo(41);
    assertThat(provider.status().lastContact()).isNull();
    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(client.getBooleanValue("b", true)).isFalse();
    heard.clear();
    source.inTouch();
    source.load(HandSource.document(42, "a", "b"));
    awaitHeard("CONFIGURATION_CHANGED[b]", "READY");
  }

  /** Without a wait OpenFeature starts a provider on a thread of its own, and holds no lock meanwhile. */
  @Test
  void initialize_manyTimesOnOpenFeaturesThread_endsStaleAlways() {
    earlier(HandSource.document(41, "a"));
    for (int i = 0; i < 100; i++) {
      OpenFeatureAPI other = OpenFeatureAPI.createIsolated();
      FlagProvider provider = provider(new HandSource());
      ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
      other.onProviderStale(event -> events.add("STALE"));
      other.onProviderReady(event -> events.add("READY"));
      other.setProvider(provider);
      await().pollInterval(Duration.ofMillis(2)).until(() -> events.size() == 2);
      assertThat(other.getClient().getProviderState()).isEqualTo(ProviderState.STALE);
      other.shutdown();
    }
  }

  @Test
  void killed_beforeARestart_staysKilledAfterIt() {
    HandSource source = new HandSource();
    FlagProvider first = provider(source);
    assertThatThrownBy(() -> first.initialize(null)).isInstanceOf(GeneralError.class);
    source.load(HandSource.document(41, "a", "b"));
    source.kill(43, "a");
    first.shutdown();

    HandSource next = new HandSource();
    api.setProviderAndWait(provider(next));
    assertThat(client.getBooleanValue("a", true)).isFalse();
    next.load(HandSource.document(42, "a", "b"));
    assertThat(client.getBooleanValue("a", true))
        .as("42 is older than the kill")
        .isFalse();
    next.load(HandSource.document(43, "a", "b"));
    assertThat(client.getBooleanValue("a", false)).isTrue();
  }

  /** As when a service that followed a server is given a file. */
  @Test
  void killed_beforeARestartWithASourceWithoutRevisions_isAsTheSourceSays() {
    HandSource source = new HandSource();
    FlagProvider first = provider(source);
    assertThatThrownBy(() -> first.initialize(null)).isInstanceOf(GeneralError.class);
    source.load(HandSource.document(41, "a"));
    source.kill(43, "a");
    assertThat(first.status().killed()).containsExactly("a");
    first.shutdown();

    HandSource next = new HandSource();
    FlagProvider second = provider(next);
    api.setProviderAndWait(second);
    assertThat(client.getBooleanValue("a", true)).isFalse();
    next.load(HandSource.document(0, "a"));
    assertThat(client.getBooleanValue("a", false)).isTrue();
    assertThat(second.status().killed()).isEmpty();
  }

  @Test
  void keep_whileItRuns_writesWithoutAnEnd() throws IOException {
    HandSource source = new HandSource();
    FlagProvider provider = provider(source);
    assertThatThrownBy(() -> provider.initialize(null)).isInstanceOf(GeneralError.class);
    source.load(HandSource.document(41, "a"));

    await().untilAsserted(() -> assertThat(file()).content().contains("\"revision\":41"));
    source.load(HandSource.document(42, "a"));
    await().untilAsserted(() -> assertThat(file()).content().contains("\"revision\":42"));
    try (var files = Files.list(file().getParent())) {
      assertThat(files).containsExactly(file());
    }
    provider.shutdown();
  }

  @Test
  void initialize_fileDamaged_setsItAsideAndStartsWithoutIt() throws IOException {
    earlier(HandSource.document(41, "a"));
    byte[] good = Files.readAllBytes(file());
    Random random = new Random(5);
    Path aside = file().resolveSibling("flags.last.damaged");
    for (int i = 0; i < 40; i++) {
      byte[] bad = good.clone();
      if (i % 2 == 0) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(7));
      } else {
        bad = java.util.Arrays.copyOf(bad, random.nextInt(bad.length));
      }
      Files.write(file(), bad);
      FlagProvider provider = provider(new HandSource());

      assertThatThrownBy(() -> provider.initialize(null)).isInstanceOf(GeneralError.class);

      assertThat(file()).doesNotExist();
      assertThat(aside).hasBinaryContent(bad);
      provider.shutdown();
    }
    Files.write(file(), good);
    api.setProviderAndWait(provider(new HandSource()));
    assertThat(client.getBooleanValue("a", false)).isTrue();
  }

  @Test
  void keep_directoryThatCannotBe_isToldAndServesAnyway() throws IOException {
    Files.write(directory.resolve("state"), "no directory".getBytes(StandardCharsets.UTF_8));
    HandSource source = new HandSource();
    api.setProvider(provider(source));
    await().until(source::isOpen);
    source.load(HandSource.document(1, "a"));

    await().untilAsserted(() -> assertThat(client.getBooleanValue("a", false)).isTrue());
  }
}
