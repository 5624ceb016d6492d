package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.featureflags.RawServer.Connection;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a server's socket to what a client of OpenFeature is told. */
final class DeliveryTest {
  @TempDir
  private Path directory;

  private OpenFeatureAPI api = OpenFeatureAPI.createIsolated();

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  private FlagProvider provider(RawServer server) {
    return FlagProvider.builder()
        .source(HttpStreamSource.builder(server.uri())
            .backoff(Duration.ofMillis(1), Duration.ofMillis(20))
            .build())
        .lastGood(directory.resolve("flags.last"))
        .startWithin(Duration.ZERO)
        .staleAfter(Duration.ZERO)
        .build();
  }

  private static String whole(FlagDocument document) {
    return "event: flags\ndata: {\"revision\":" + document.revision() + ",\"document\":"
        + document.toJson() + "}\n\n";
  }

  private void awaitState(ProviderState state) {
    Heard.quick(() -> assertThat(api.getClient().getProviderState()).isEqualTo(state));
  }

  @Test
  void killed_overTheStream_staysOffWhileServerAndProcessComeAndGo() throws IOException {
    FlagProvider first;
    try (RawServer server = new RawServer()) {
      first = provider(server);
      api.setProvider(first);
      Client client = api.getClient();
      Connection connection =
          server.accept().startEvents().send(whole(HandSource.document(41, "a", "b")));
      awaitState(ProviderState.READY);
      assertThat(client.getBooleanValue("a", false)).isTrue();

      connection.send("event: kill\ndata: {\"revision\":43,\"flags\":[\"a\"]}\n\n");
      Heard.quick(() -> assertThat(client.getBooleanValue("a", true)).isFalse());
    }
    awaitState(ProviderState.STALE);
    assertThat(api.getClient().getBooleanValue("a", true)).isFalse();
    assertThat(api.getClient().getBooleanValue("b", false)).isTrue();
    api.shutdown();

    api = OpenFeatureAPI.createIsolated();
    try (RawServer server = new RawServer()) {
      api.setProviderAndWait(provider(server));
      awaitState(ProviderState.STALE);
      assertThat(api.getClient().getBooleanValue("a", true)).isFalse();
      Connection connection =
          server.accept().startEvents().send(whole(HandSource.document(42, "a", "-b")));
      awaitState(ProviderState.READY);
      assertThat(api.getClient().getBooleanValue("b", true)).isFalse();
      assertThat(api.getClient().getBooleanValue("a", true))
          .as("42 does not know")
          .isFalse();
      connection.send(whole(HandSource.document(43, "a", "b")));
      Heard.quick(() -> assertThat(api.getClient().getBooleanValue("a", false)).isTrue());
    }
  }

  /** What is read of one snapshot is of one document. */
  @Test
  void flags_whileDocumentsCome_isAlwaysOfOneDocument() throws InterruptedException {
    HandSource source = new HandSource();
    FlagProvider provider =
        FlagProvider.builder().source(source).startWithin(Duration.ZERO).build();
    api.setProvider(provider);
    Heard.quick(() -> assertThat(source.isOpen()).isTrue());
    source.load(HandSource.document(1, "a", "b"));
    AtomicInteger torn = new AtomicInteger();
    AtomicInteger looks = new AtomicInteger();
    Thread[] readers = new Thread[2];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = new Thread(() -> {
        while (provider.flags().document().revision() < 2_000) {
          FlagSet held = provider.flags();
          Object a = held.evaluate("a", FlagContext.EMPTY).value();
          Object b = held.evaluate("b", FlagContext.EMPTY).value();
          boolean odd = held.document().revision() % 2 == 1;
          if (a == null || !a.equals(b) || a.toString().equals("true") != odd) {
            torn.incrementAndGet();
          }
          looks.incrementAndGet();
        }
      });
      readers[i].start();
    }
    for (int revision = 2; revision <= 2_000; revision++) {
      source.load(
          revision % 2 == 1
              ? HandSource.document(revision, "a", "b")
              : HandSource.document(revision, "-a", "-b"));
    }
    for (Thread reader : readers) {
      reader.join(20_000);
      assertThat(reader.isAlive()).isFalse();
    }

    assertThat(torn).hasValue(0);
    assertThat(looks).hasPositiveValue();
  }
}
