package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.TRUCK;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Subscription;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ListenerTest {
  private final TestGateway gateway = new TestGateway();
  private final EdgeStore store = EdgeStore.inMemory();
  private final EdgeClient client = dashcam(gateway.uri()).store(store).start();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private TestGateway.Connection connection;

  @BeforeEach
  void sync() throws Exception {
    connection = gateway.accept();
    connection.next("hello");
    connection.full(1, fps(ACME, 1, 20)).ackOf(1);
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
  }

  @Test
  void listeners_areCalledInTheirOrderOnTheClientsThread() throws Exception {
    client.onChange(FPS, change -> calls.add("1 " + Thread.currentThread().getName()));
    client.onChange(change -> calls.add("2 " + change.keys()));
    client.onChange(MODEL, change -> calls.add("never: " + change));
    client.onChange(
        FPS,
        change -> calls.add("3 " + change.before() + " " + change.now() + " " + client.get(FPS)
            + " " + client.config().revision()));

    connection.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);

    assertThat(calls)
        .containsExactly("1 chasqui-edge-acme-truck-7-cam", "2 [camera.fps]", "3 20 21 21 2");
  }

  @Test
  void listenerThatThrows_doesNotStopOthers() throws Exception {
    client.onChange(FPS, change -> {
      throw new IllegalStateException("thrown by the test");
    });
    client.onChange(FPS, change -> {
      throw new AssertionError("thrown by the test");
    });
    client.onChange(FPS, change -> calls.add("heard"));
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);
    assertThat(calls).containsExactly("heard");
  }

  @Test
  void changeThatLeavesTheValue_isNotHeard() throws Exception {
    client.onChange(change -> calls.add(change.toString()));
    connection.full(2, fps(ACME, 1, 20), fps(TRUCK, 2, 20)).ackOf(2);
    assertThat(calls).isEmpty();
    assertThat(client.status().effective()).isEqualTo(2);
  }

  @Test
  void closedSubscription_hearsNoMore() throws Exception {
    Subscription subscription = client.onChange(FPS, change -> calls.add("heard"));
    subscription.close();
    subscription.close();
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);
    assertThat(calls).isEmpty();
  }

  @Test
  void restartFromTheStore_isNoChange() throws Exception {
    client.close();
    try (EdgeClient next = dashcam(gateway.uri()).store(store).start()) {
      next.onChange(change -> calls.add(change.toString()));
      assertThat(next.get(FPS)).isEqualTo(20);
      TestGateway.Connection again = gateway.accept();
      again.next("hello");
      again.full(1, fps(ACME, 1, 20)).ackOf(1);
      assertThat(calls).isEmpty();
      again.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);
      assertThat(calls).hasSize(1);
    }
  }

  @Test
  void ack_waitsForTheListeners() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    client.onChange(FPS, change -> {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2);
    Dashcam.awaitStatus(client, status -> client.get(FPS) == 21);
    assertThat(client.status().effective()).isEqualTo(1);
    assertThat(connection.saidNothing()).isTrue();
    release.countDown();
    connection.ackOf(2);
  }

  @Test
  void statusListener_hearsOfTheEffectiveRevisionAfterTheListenersOfTheChange() throws Exception {
    client.onStatus(status -> calls.add(status.state() + " " + status.effective()));
    client.onChange(FPS, change -> calls.add("change " + client.config().revision()));
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2).ackOf(2);
    assertThat(calls).containsExactly("change 2", "LIVE 2");
  }

  @Test
  void listenerMayCloseTheClient() throws Exception {
    client.onChange(FPS, change -> client.close());
    connection.edits(setFps(ACME, 1, 2, 21)).complete(2);
    assertThat(connection.awaitClosed()).isEqualTo(Transport.NORMAL);
    Dashcam.awaitStatus(client, status -> status.state() == EdgeStatus.State.CLOSED);
    assertThat(client.get(FPS)).isEqualTo(21);
  }

  @Test
  void settingOfOthers_isRefusedAtOnce() {
    Setting<Integer> other = Setting.ofInt("camera.fps").withDefault(1);
    assertThatThrownBy(() -> client.onChange(other, change -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("camera.fps");
    assertThatThrownBy(() -> client.get(other)).isInstanceOf(IllegalArgumentException.class);
  }
}
