package dev.chasqui.app;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How one node of the server runs. Nodes that share both URLs share the fleet.
 *
 * @param node its name, unique among the nodes of one fleet, 1 to 60 characters
 * @param jdbcUrl of PostgreSQL
 * @param username at PostgreSQL
 * @param password at PostgreSQL
 * @param redisUri of Redis
 * @param devices where devices connect; port 0 takes any free one
 * @param admin where REST and back office are; port 0 takes any free one
 * @param ackWithin by how much a device may delay an acknowledgement, so that acks do not come all
 *     at once; 0 or more
 * @param heartbeat how often an idle connection is checked, positive
 * @param drain how long a stopping node gives its devices to leave, 0 or more
 * @param ofrepOrigins origins whose pages may ask for flags by OFREP, as browsers send them: {@code https://shop.example}, with a
 *     port only if it is not the scheme's own
 * @param telemetry how traces are sampled and exported where OpenTelemetry's environment variables say nothing, by the names of
 *     its system properties, such as {@code otel.exporter.otlp.endpoint}
 */
public record ServerConfig(
    String node,
    String jdbcUrl,
    String username,
    String password,
    String redisUri,
    InetSocketAddress devices,
    InetSocketAddress admin,
    Duration ackWithin,
    Duration heartbeat,
    Duration drain,
    Set<String> ofrepOrigins,
    Map<String, String> telemetry) {

  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+])(:[1-9][0-9]{0,4})?");
  private static final Pattern NEEDLESS_PORT = Pattern.compile("http:.*:80|https:.*:443");

  public ServerConfig {
    if (node.isBlank() || node.length() > 60) {
      throw new IllegalArgumentException("node must have 1 to 60 characters, was \"" + node + '"');
    }
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(
          "jdbcUrl must start with jdbc:postgresql:, was " + jdbcUrl);
    }
    if (!redisUri.startsWith("redis")) {
      throw new IllegalArgumentException(
          "redisUri must start with redis:// or rediss://, was " + redisUri);
    }
    if (ackWithin.isNegative()) {
      throw new IllegalArgumentException("ackWithin must not be negative, was " + ackWithin);
    }
    if (heartbeat.isNegative() || heartbeat.isZero()) {
      throw new IllegalArgumentException("heartbeat must be positive, was " + heartbeat);
    }
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain must not be negative, was " + drain);
    }
    for (String origin : ofrepOrigins) { // one that no browser sends would be of no use, silently
      if (!ORIGIN.matcher(origin).matches() || NEEDLESS_PORT.matcher(origin).matches()) {
        throw new IllegalArgumentException(
            "ofrepOrigins must be origins as browsers send them, such as https://shop.example, was \""
                + origin
                + '"');
      }
    }
    ofrepOrigins = Set.copyOf(ofrepOrigins);
    telemetry = Map.copyOf(telemetry);
  }
}
