package dev.chasqui.edgeclient;

import static org.awaitility.Awaitility.await;

import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The device of the tests: its settings and the scopes on its path. */
final class Dashcam {
  static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);
  static final Setting<String> MODEL = Setting.ofString("ai.model").withDefault("small");

  /** Of another software. */
  static final Setting<Integer> COUNTER = Setting.ofInt("counter").withDefault(0);

  static final Scope ACME = Scope.parse("company:acme");
  static final Scope TRUCK = Scope.parse("vehicle:acme-truck-7");
  static final String DEVICE = "acme-truck-7-cam";

  private Dashcam() {}

  /** A builder whose clients reconnect and ack at once. */
  static EdgeClient.Builder dashcam(URI gateway) {
    return EdgeClient.builder()
        .gateway(gateway)
        .device(DEVICE)
        .settings(FPS, MODEL)
        .random(() -> 0L);
  }

  static Entry entry(Object value) {
    JsonNode json = value instanceof Integer number
        ? JsonNodeFactory.instance.numberNode(number)
        : JsonNodeFactory.instance.stringNode(value.toString());
    return Entry.of(json);
  }

  static Profile fps(Scope scope, long revision, int fps) {
    return new Profile(scope, revision, 0, Map.of(FPS.key(), entry(fps)));
  }

  static ProfileEdits setFps(Scope scope, long from, long revision, int fps) {
    return new ProfileEdits(scope, from, revision, Map.of(FPS.key(), entry(fps)), Set.of());
  }

  /** A view of software that cannot do more than 40. */
  static int slowFps(EffectiveConfig config) {
    int fps = config.get(FPS);
    if (fps > 40) {
      throw new IllegalArgumentException("fps must be at most 40, was " + fps);
    }
    return fps;
  }

  static EdgeStatus awaitStatus(EdgeClient client, Predicate<EdgeStatus> condition) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(client::status, condition);
  }
}
