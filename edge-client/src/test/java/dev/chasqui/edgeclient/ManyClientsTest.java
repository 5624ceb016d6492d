package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ManyClientsTest {
  private static final int CLIENTS = 2_000;

  @Test
  void thousandsOfClients_shareAHandfulOfThreads() throws Exception {
    int before = Thread.getAllStackTraces().size();
    List<ScheduledExecutorService> schedulers = List.of(
        Executors.newSingleThreadScheduledExecutor(), Executors.newSingleThreadScheduledExecutor());
    List<EdgeClient> clients = new ArrayList<>();
    CountDownLatch changed = new CountDownLatch(CLIENTS);
    try (TestGateway gateway = new TestGateway();
        JdkTransport transport = new JdkTransport(2)) {
      gateway.answer((connection, hello) -> connection.full(1, fps(ACME, 1, 20)));
      for (int i = 0; i < CLIENTS; i++) {
        EdgeClient client = EdgeClient.builder()
            .gateway(gateway.uri())
            .device("truck-" + i)
            .settings(FPS, MODEL)
            .inMemory()
            .transport(transport)
            .scheduler(schedulers.get(i % schedulers.size()))
            .start();
        client.onChange(FPS, change -> {
          if (change.now() == 21) {
            changed.countDown();
          }
        });
        clients.add(client);
      }
      List<TestGateway.Connection> connections = new ArrayList<>();
      while (connections.size() < CLIENTS) {
        connections.add(gateway.accept());
      }
      for (TestGateway.Connection connection : connections) {
        connection.ackOf(1);
        connection.edits(setFps(ACME, 1, 2, 21)).complete(2);
      }
      assertThat(changed.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(Thread.getAllStackTraces().size() - before)
          .as("threads of gateway, transport and schedulers")
          .isLessThan(20);
      clients.forEach(EdgeClient::close);
      assertThat(schedulers).noneMatch(ScheduledExecutorService::isShutdown);
    } finally {
      schedulers.forEach(ScheduledExecutorService::shutdownNow);
    }
  }
}
