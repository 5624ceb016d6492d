package dev.chasqui.featureflags.ofrep;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/**
 * Where clients hear that flags have changed, as server-sent events.
 *
 * @param address an absolute URL, or a path from the root of the server that was asked. May have a token in its query: never log it
 * @param inactivity after what time in the background a client closes the stream, at least a second
 */
public record EventStream(String address, Duration inactivity) {
  /** Where a client is told nothing, it closes the stream after two minutes in the background. */
  public static final Duration USUAL_INACTIVITY = Duration.ofMinutes(2);

  /** Checks both. */
  public EventStream {
    if (inactivity.toSeconds() < 1) {
      throw new IllegalArgumentException("inactivity must be at least 1 s, was " + inactivity);
    }
    if (!isPath(address) && !isUrl(address)) { // which is not told: it may have a token
      throw new IllegalArgumentException(
          "address must be a URL of http or https, or a path that begins with one /");
    }
  }

  /** Whether the address is a path on the server that was asked. */
  boolean isPath() {
    return isPath(address);
  }

  private static boolean isPath(String address) {
    return address.startsWith("/") && !address.startsWith("//");
  }

  private static boolean isUrl(String address) {
    try {
      URI url = new URI(address);
      return url.getHost() != null
          && ("http".equalsIgnoreCase(url.getScheme())
              || "https".equalsIgnoreCase(url.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Without the address, which may have a token. */
  @Override
  public String toString() {
    return "EventStream[inactivity=" + inactivity + ']';
  }
}
