package dev.chasqui.app.cli;

import dev.chasqui.app.ServerConfig;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a node runs. */
@SuppressWarnings("NullAway.Init")
final class ServerOptions {
  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8080",
      description =
          "Where REST and the back office are. There is no authentication yet: leave it on"
              + " a loopback address. Environment: CHASQUI_ADMIN. Default: 127.0.0.1:8080")
  private String admin;

  @Option(
      names = "--devices",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8081",
      description = "Where devices connect. Environment: CHASQUI_DEVICES. Default: 127.0.0.1:8081")
  private String devices;

  @Option(
      names = "--postgres-url",
      paramLabel = "JDBC-URL",
      description = "A PostgreSQL of yours, jdbc:postgresql://host:port/database; with --redis-uri."
          + " Environment: CHASQUI_POSTGRES_URL. Default: an embedded one below --data")
  private @Nullable String postgresUrl;

  @Option(
      names = "--postgres-user",
      paramLabel = "NAME",
      defaultValue = "chasqui",
      description = "User at that PostgreSQL. Environment: CHASQUI_POSTGRES_USER. Default: chasqui")
  private String postgresUser;

  @Option(
      names = "--postgres-password",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Its password; better by environment or file than by flag."
          + " Environment: CHASQUI_POSTGRES_PASSWORD. Default: none")
  private String postgresPassword;

  @Option(
      names = "--redis-uri",
      paramLabel = "URI",
      description = "A Redis of yours, redis://host:port; with --postgres-url."
          + " Environment: CHASQUI_REDIS_URI. Default: an embedded one below --data")
  private @Nullable String redisUri;

  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      description =
          "Where the embedded PostgreSQL and Redis keep their data."
              + " Environment: CHASQUI_DATA. Default: .chasqui/data if that is there, else ~/.chasqui/data")
  private @Nullable Path data;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "Name of this node, unique among those of one fleet."
          + " Environment: CHASQUI_NODE. Default: the host's name and the devices' port")
  private @Nullable String node;

  @Option(
      names = "--ack-within",
      paramLabel = "DURATION",
      defaultValue = "PT0.2S",
      description = "By how much devices may delay acknowledgements, so that not all come at once."
          + " Environment: CHASQUI_ACK_WITHIN. Default: PT0.2S")
  private String ackWithin;

  @Option(
      names = "--heartbeat",
      paramLabel = "DURATION",
      defaultValue = "PT30S",
      description = "How often idle connections are checked. Environment: CHASQUI_HEARTBEAT."
          + " Default: PT30S")
  private String heartbeat;

  @Option(
      names = "--drain",
      paramLabel = "DURATION",
      defaultValue = "PT5S",
      description = "How long a stopping node gives its devices to leave, at most PT60S."
          + " Environment: CHASQUI_DRAIN. Default: PT5S")
  private String drain;

  @Option(
      names = "--ofrep-origins",
      paramLabel = "ORIGIN",
      split = "\\s*,\\s*",
      description = "Sites whose pages may ask for flags by OFREP, such as https://shop.example;"
          + " several with commas. Environment: CHASQUI_OFREP_ORIGINS. Default: none but our own")
  private Set<String> ofrepOrigins = new LinkedHashSet<>();

  /** Whether the servers are to be brought along. */
  boolean isEmbedded() {
    if ((postgresUrl == null) != (redisUri == null)) {
      throw new UsageException("--postgres-url and --redis-uri go together: "
          + (postgresUrl == null ? "--postgres-url" : "--redis-uri") + " is missing");
    }
    if (postgresUrl != null && data != null) {
      throw new UsageException("--data is for embedded servers, not with --postgres-url");
    }
    return postgresUrl == null;
  }

  Path dataDirectory() {
    if (data != null) {
      return data;
    }
    Path here = Path.of(".chasqui", "data");
    return Files.isDirectory(here)
        ? here
        : Path.of(System.getProperty("user.home"), ".chasqui", "data");
  }

  InetSocketAddress admin() {
    return address("--admin", admin);
  }

  InetSocketAddress devices() {
    return address("--devices", devices);
  }

  Duration drain() {
    Duration parsed = duration("--drain", drain);
    if (parsed.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new UsageException("--drain must be at most PT60S, was " + drain);
    }
    return parsed;
  }

  /** Refuses bad options, before anything starts. */
  void check() {
    if (isEmbedded()) {
      config("jdbc:postgresql:", "", "", "redis:");
    } else {
      config();
    }
  }

  /** The configuration with servers of the user's own. */
  ServerConfig config() {
    return config(
        String.valueOf(postgresUrl), postgresUser, postgresPassword, String.valueOf(redisUri));
  }

  ServerConfig config(String jdbcUrl, String username, String password, String redis) {
    InetSocketAddress deviceAddress = devices();
    try {
      return new ServerConfig(
          node == null ? host() + ':' + deviceAddress.getPort() : node,
          jdbcUrl,
          username,
          password,
          redis,
          deviceAddress,
          admin(),
          duration("--ack-within", ackWithin),
          duration("--heartbeat", heartbeat),
          drain(),
          ofrepOrigins,
          Map.of());
    } catch (IllegalArgumentException e) {
      throw new UsageException(optionNamed(String.valueOf(e.getMessage())));
    }
  }

  /** The record names its components; people know the options. */
  private static String optionNamed(String message) {
    return "--"
        + message
            .replaceFirst("^jdbcUrl", "postgres-url")
            .replaceFirst("^redisUri", "redis-uri")
            .replaceFirst("^ackWithin", "ack-within")
            .replaceFirst("^ofrepOrigins", "ofrep-origins");
  }

  private static String host() {
    String name = System.getenv("HOSTNAME");
    String host = name == null || name.isBlank() ? "node" : name;
    return host.length() <= 50 ? host : host.substring(0, 50);
  }

  private static Duration duration(String option, String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new UsageException(
          option + " must be an ISO-8601 duration such as PT30S, was \"" + text + '"');
    }
  }

  static InetSocketAddress address(String option, String text) {
    URI uri;
    try {
      uri = URI.create("tcp://" + text);
    } catch (IllegalArgumentException e) {
      throw badAddress(option, text);
    }
    if (uri.getHost() == null || uri.getPort() < 0 || uri.getPort() > 65_535) {
      throw badAddress(option, text);
    }
    InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort());
    if (address.isUnresolved()) {
      throw new UsageException(option + ": no host of the name " + uri.getHost());
    }
    return address;
  }

  private static UsageException badAddress(String option, String text) {
    return new UsageException(
        option + " must be host:port with a port of 0 to 65535, was \"" + text + '"');
  }
}
