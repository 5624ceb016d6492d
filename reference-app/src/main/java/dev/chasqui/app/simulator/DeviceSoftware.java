package dev.chasqui.app.simulator;

import dev.chasqui.app.simulator.SimulatedDevice.Kind;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * What the software of each kind and version declares: the settings of the demo that bear on it. A
 * version knows the settings of {@link #SINCE} only from then on; before, it carries them unread.
 */
final class DeviceSoftware {
  static final String SETTINGS = "/demo/settings.yaml";

  /** Settings that older software does not know, by key, with the version they came with. */
  private static final Map<String, String> SINCE = Map.of(
      "ai.confidence.pedestrian", "2.2",
      "ai.distraction.enabled", "2.2",
      "privacy.blur-plates", "2.3",
      "gateway.compress", "2.3",
      "camera.hdr", "2.4");

  private final List<Setting<?>> all;
  private final Map<String, Catalogue> catalogues = new ConcurrentHashMap<>();

  DeviceSoftware() {
    this.all = List.copyOf(read().settings());
  }

  private static Catalogue read() {
    try (InputStream in = DeviceSoftware.class.getResourceAsStream(SETTINGS)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks " + SETTINGS);
      }
      JsonNode settings = new YAMLMapper().readTree(in);
      return Manifest.read(settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the device's software declares; one object for all devices that run the same. */
  Catalogue catalogue(SimulatedDevice device) {
    return catalogues.computeIfAbsent(
        device.software(), unused -> catalogue(device.kind(), device.version()));
  }

  private Catalogue catalogue(Kind kind, String version) {
    List<Setting<?>> known = new ArrayList<>();
    for (Setting<?> setting : all) {
      boolean ofGateway = setting.key().startsWith("gateway.");
      boolean since = SINCE.getOrDefault(setting.key(), "").compareTo(version) <= 0;
      if (since && (kind == Kind.GATEWAY) == ofGateway) {
        known.add(setting);
      }
    }
    return Catalogue.of(known);
  }
}
