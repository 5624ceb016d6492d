package dev.chasqui.app.simulator;

/**
 * A device to simulate.
 *
 * @param key of its scope
 * @param kind what it is
 * @param version of its software, such as {@code 2.3}
 */
public record SimulatedDevice(String key, Kind kind, String version) {
  /** What devices there are on a vehicle. */
  public enum Kind {
    DASHCAM("cam", "Dashcam"),
    GATEWAY("gw", "Gateway");

    private final String suffix;
    private final String title;

    Kind(String suffix, String title) {
      this.suffix = suffix;
      this.title = title;
    }

    String suffix() {
      return suffix;
    }

    String title() {
      return title;
    }
  }

  /** What the device says it runs. */
  public String software() {
    return kind.title().toLowerCase(java.util.Locale.ROOT) + ' ' + version;
  }
}
