package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What conditions and variants go by: what a device knows of itself and says when it connects, so that the server comes to the
 * same. {@code device} is its key and {@code software} what it runs; of {@code dashcam 2.3}, {@code product} is {@code dashcam}
 * and {@code version} {@code 2.3}. What is not known is not there.
 */
public final class DeviceFacts {
  private DeviceFacts() {}

  /** {@code software} is empty before the device has said. */
  public static DeviceContext of(String device, String software) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("device", device);
    if (!software.isEmpty()) {
      facts.put("software", software);
    }
    int between = software.lastIndexOf(' ');
    if (between > 0) {
      facts.put("product", software.substring(0, between));
      facts.put("version", software.substring(between + 1));
    }
    return new DeviceContext(facts);
  }
}
