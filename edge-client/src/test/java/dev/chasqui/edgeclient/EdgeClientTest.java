package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Targeting;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

final class EdgeClientTest {
  private static final URI NOWHERE = URI.create("ws://127.0.0.1:9");

  private static void assertRefused(EdgeClient.Builder builder, String named) {
    assertThatThrownBy(builder::start)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }

  @Test
  void missingParts_areNamed() {
    assertRefused(EdgeClient.builder(), "device is missing");
    assertRefused(EdgeClient.builder().device("d"), "store");
    assertRefused(EdgeClient.builder().device("d").inMemory(), "gateway is missing");
    assertRefused(
        EdgeClient.builder().device("d").inMemory().gateway(NOWHERE), "settings is missing");
  }

  @Test
  void badParts_areRefusedByName() {
    assertRefused(dashcam(NOWHERE).inMemory().device("a/b"), "device: scope key must match");
    assertRefused(dashcam(NOWHERE).inMemory().patience(Duration.ZERO), "patience must be positive");
    assertThatThrownBy(() -> dashcam(NOWHERE).settings(FPS, FPS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("camera.fps");
    assertThatThrownBy(() -> new JdkTransport(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"http://h:1", "h:1", "ws:///x", "ws://h:1?a=b", "ws://h:1#f", "/path"})
  void badGateway_isRefusedByName(String uri) {
    assertRefused(dashcam(URI.create(uri)).inMemory(), "gateway must be");
  }

  @Test
  void gatewayBelowAPath_isAskedThere() {
    assertThat(EdgeClient.Builder.stream(URI.create("wss://h/fleet"), "d"))
        .isEqualTo(URI.create("wss://h/fleet/v1/devices/d/stream"));
    assertThat(EdgeClient.Builder.stream(URI.create("wss://h/fleet/"), "d"))
        .isEqualTo(URI.create("wss://h/fleet/v1/devices/d/stream"));
  }

  @Test
  void condition_holdsByTheFactsOfTheDevice() throws Exception {
    Targeting equality = new Targeting() {
      @Override
      public boolean matches(JsonNode rule, JsonNode facts) {
        return rule.equals(facts);
      }

      @Override
      public int bucket(String seed, String unit, List<Integer> weights) {
        throw new IllegalArgumentException("there is no bucketing here");
      }
    };
    ObjectNode model2 = JsonNodeFactory.instance.objectNode().put("model", 2);
    ObjectNode model3 = JsonNodeFactory.instance.objectNode().put("model", 3);
    Entry ofModel2 = Dashcam.entry(25).withWhen(model2);
    try (TestGateway gateway = new TestGateway()) {
      gateway.answer((connection, hello) ->
          connection.full(1, new Profile(Dashcam.ACME, 1, 0, Map.of(FPS.key(), ofModel2))));
      for (ObjectNode facts : List.of(model2, model3)) {
        try (EdgeClient client = dashcam(gateway.uri())
            .inMemory()
            .facts(new DeviceContext(facts))
            .targeting(equality)
            .start()) {
          assertThat(client.awaitSynced(Duration.ofSeconds(20))).isTrue();
          assertThat(client.get(FPS)).isEqualTo(facts.equals(model2) ? 25 : 15);
          assertThat(client.status().refusal()).isNull();
        }
      }
    }
  }

  @Test
  void close_endsEveryThreadItStarted_andTheConfigCanStillBeRead() throws Exception {
    try (TestGateway gateway = new TestGateway()) {
      EdgeClient client = dashcam(gateway.uri()).device("close-test").inMemory().start();
      TestGateway.Connection connection = gateway.accept();
      connection.next("hello");
      client.close();
      client.close();
      assertThat(connection.awaitClosed()).isEqualTo(Transport.NORMAL);
      await()
          .until(() -> Thread.getAllStackTraces().keySet().stream()
              .noneMatch(thread -> thread.getName().equals("chasqui-edge-close-test")));
      assertThat(client.status().state()).isEqualTo(EdgeStatus.State.CLOSED);
      assertThat(client.get(FPS)).isEqualTo(15);
      assertThat(client.config().get(MODEL)).isEqualTo("small");
      assertThat(client.awaitSynced(Duration.ofSeconds(20))).isFalse();
    }
  }

  @Test
  void close_whileAListenerIsStuck_interruptsIt() throws Exception {
    try (TestGateway gateway = new TestGateway()) {
      EdgeClient client = dashcam(gateway.uri()).inMemory().start();
      CountDownLatch interrupted = new CountDownLatch(1);
      client.onChange(change -> {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          interrupted.countDown();
        }
      });
      TestGateway.Connection connection = gateway.accept();
      connection.next("hello");
      connection.full(1, Dashcam.fps(Dashcam.ACME, 1, 20));
      await().until(() -> client.get(FPS) == 20);
      client.close();
      interrupted.await();
      assertThat(client.status().state()).isEqualTo(EdgeStatus.State.CLOSED);
    }
  }

  @Test
  void schedulerThatWasShutDown_doesNotKeepTheClientFromClosing() throws Exception {
    try (TestGateway gateway = new TestGateway()) {
      ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
      EdgeStore store = EdgeStore.inMemory();
      EdgeClient client =
          dashcam(gateway.uri()).store(store).scheduler(scheduler).start();
      TestGateway.Connection connection = gateway.accept();
      connection.next("hello");
      scheduler.shutdownNow();
      client.close();
      assertThat(connection.awaitClosed()).isEqualTo(Transport.NORMAL);
      store.open(Dashcam.DEVICE); // was let go
    }
  }
}
