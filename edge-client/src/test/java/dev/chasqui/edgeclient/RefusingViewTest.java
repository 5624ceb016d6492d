package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.chasqui.hierarchicalconfig.Live;
import dev.chasqui.hierarchicalconfig.Violation;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A view of the device's software that refuses more than 40 frames a second, which its setting allows. */
final class RefusingViewTest {
  @TempDir
  private Path directory;

  private final TestGateway gateway = new TestGateway();
  private final List<Integer> heard = new CopyOnWriteArrayList<>();
  private EdgeClient client;
  private TestGateway.Connection connection;
  private Live<Integer> slow;

  @BeforeEach
  void refuseRevision2() throws Exception {
    client = start();
    slow = client.live(Dashcam::slowFps);
    connection = gateway.accept();
    connection.next("hello");
    connection.full(1, fps(ACME, 1, 20)).ackOf(1);
    client.onChange(FPS, change -> heard.add(change.now()));
  }

  private EdgeClient start() {
    return dashcam(gateway.uri()).store(directory).start();
  }

  @AfterEach
  void close() {
    client.close();
    gateway.close();
  }

  @Test
  void refusedConfig_isKeptNotAppliedAndSaidWhy_untilItIsMended() throws Exception {
    JsonNode ack = connection.edits(setFps(ACME, 1, 2, 50)).complete(2).ackOf(2);

    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("rejected").path("revision").longValue()).isEqualTo(2);
    JsonNode violation = ack.path("rejected").path("violations").get(0);
    assertThat(violation.path("rule").stringValue()).isEqualTo("invariant");
    assertThat(violation.path("message").stringValue()).endsWith("fps must be at most 40, was 50");
    Refusal refusal = Objects.requireNonNull(client.status().refusal());
    assertThat(refusal.revision()).isEqualTo(2);
    assertThat(refusal.violations())
        .extracting(Violation::rule)
        .containsExactly(Violation.Rule.INVARIANT);
    assertThat(slow.get()).isEqualTo(20);
    assertThat(client.get(FPS)).isEqualTo(20);

    ack = connection.edits(setFps(ACME, 2, 3, 33)).complete(3).ackOf(3);
    assertThat(ack.path("effective").longValue()).isEqualTo(3);
    assertThat(ack.has("rejected")).isFalse();
    assertThat(slow.get()).isEqualTo(33);
    assertThat(heard).containsExactly(33);
  }

  @Test
  void restart_afterARefusal_startsWithWhatWasGood_untilOtherProfilesCome() throws Exception {
    connection.edits(setFps(ACME, 1, 2, 50)).complete(2).ackOf(2);
    client.close();
    client = start();
    assertThat(client.get(FPS)).isEqualTo(20);
    assertThat(client.status().refusal()).isNotNull();
    slow = client.live(Dashcam::slowFps);
    connection = gateway.accept();
    assertThat(connection.next("hello").path("profiles").toString())
        .isEqualTo("{\"company:acme\":2}");

    JsonNode ack = connection.begin("none", 2).complete(2).ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(ack.path("rejected").path("revision").longValue()).isEqualTo(2);

    client.close();
    client = start(); // of newer software, without such a view
    assertThat(client.get(FPS)).isEqualTo(20);
    connection = gateway.accept();
    connection.next("hello");
    // The same profiles may come before the application has made its views: nobody is asked again.
    ack = connection.begin("none", 2).complete(2).ackOf(2);
    assertThat(ack.path("effective").longValue()).isEqualTo(1);
    assertThat(client.get(FPS)).isEqualTo(20);

    ack = connection.edits(setFps(ACME, 2, 3, 55)).complete(3).ackOf(3);
    assertThat(ack.path("effective").longValue()).isEqualTo(3);
    assertThat(client.get(FPS)).isEqualTo(55);
  }

  @Test
  void view_refusingTheConfigInForce_throwsAtTheCallerAndIsForgotten() throws Exception {
    connection.edits(setFps(ACME, 1, 2, 30)).complete(2).ackOf(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.live(config -> {
          throw new IllegalArgumentException("no config is good enough");
        }));
    connection.edits(setFps(ACME, 2, 3, 33)).complete(3).ackOf(3);
    assertThat(client.status().refusal()).isNull();
    assertThat(slow.get()).isEqualTo(33);
  }
}
