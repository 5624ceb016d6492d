package dev.chasqui.pooledredis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.pooledredis.RedisServers.Cluster;
import dev.chasqui.pooledredis.RedisServers.Sentinel;
import dev.chasqui.pooledredis.RedisServers.Standalone;
import dev.chasqui.pooledredis.RedisServers.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes configs as URIs, in any of the ways in which one can be written. */
final class UriPrinter {
  private static final String PLAIN =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

  private final Random random;

  UriPrinter(Random random) {
    this.random = random;
  }

  String print(RedisConfig config) {
    RedisServers servers = config.servers();
    RedisConfig defaults = RedisConfig.of(servers);
    List<String> options = new ArrayList<>();
    String hosts = "";
    String path = "";
    String form = "";
    if (servers instanceof Standalone standalone) {
      hosts = host(standalone.address(), 6379);
    } else if (servers instanceof UnixSocket socket) {
      form = "-socket";
      path = "/" + encoded(socket.path().toString().substring(1), "/:!$'()*+,;=&[]");
    } else if (servers instanceof Cluster cluster) {
      form = "-cluster";
      hosts = hosts(cluster.seeds(), 6379);
    } else if (servers instanceof Sentinel sentinel) {
      form = "-sentinel";
      hosts = hosts(sentinel.sentinels(), 26_379);
      options.add("master=" + value(sentinel.master()));
    }
    if (!path.isEmpty() || random.nextBoolean()) {
      option(options, "database", config.database(), 0);
    } else if (config.database() != 0 || random.nextBoolean()) {
      path = "/" + config.database();
    }
    option(options, "sentinelUsername", config.sentinelUsername(), null);
    option(options, "sentinelPassword", config.sentinelPassword(), null);
    option(options, "clientName", config.clientName(), null);
    option(options, "protocol", config.protocol(), defaults.protocol());
    option(options, "readFrom", config.readFrom(), defaults.readFrom());
    option(options, "sharedConnections", config.sharedConnections(), defaults.sharedConnections());
    option(options, "minConnections", config.minConnections(), defaults.minConnections());
    option(options, "maxConnections", config.maxConnections(), defaults.maxConnections());
    option(options, "maxWaiters", config.maxWaiters(), defaults.maxWaiters());
    option(options, "maxInFlight", config.maxInFlight(), defaults.maxInFlight());
    option(options, "borrowTimeout", config.borrowTimeout(), defaults.borrowTimeout());
    option(options, "connectTimeout", config.connectTimeout(), defaults.connectTimeout());
    option(options, "commandTimeout", config.commandTimeout(), defaults.commandTimeout());
    option(options, "maxLifetime", config.maxLifetime(), defaults.maxLifetime());
    option(options, "idleTimeout", config.idleTimeout(), defaults.idleTimeout());
    option(options, "reconnectMin", config.reconnectMin(), defaults.reconnectMin());
    option(options, "reconnectMax", config.reconnectMax(), defaults.reconnectMax());
    if (config.leakAfter() == null && random.nextBoolean()) {
      options.add("leakAfter=off");
    }
    option(options, "leakAfter", config.leakAfter(), null);
    Tls tls = config.tls();
    if (tls != null) {
      option(options, "tlsVerify", tls.verify(), Tls.DEFAULT.verify());
      option(options, "tlsTrusted", tls.trustedCertificates(), null);
      option(options, "tlsCertificate", tls.certificate(), null);
      option(options, "tlsPrivateKey", tls.privateKey(), null);
    }
    Collections.shuffle(options, random);
    return (tls == null ? "redis" : "rediss")
        + form
        + "://"
        + login(config)
        + hosts
        + path
        + (options.isEmpty() ? "" : "?" + String.join("&", options));
  }

  private String login(RedisConfig config) {
    String username = config.username();
    String password = config.password();
    return password == null
        ? ""
        : (username == null ? "" : encoded(username, "!$&'()*+,;=[]"))
            + ":"
            + encoded(password, "!$&'()*+,;=:[]")
            + "@";
  }

  private String hosts(List<Address> addresses, int port) {
    return addresses.stream().map(address -> host(address, port)).collect(Collectors.joining(","));
  }

  private String host(Address address, int port) {
    String text = address.toString().replace("%", "%25");
    return address.port() == port && random.nextBoolean()
        ? text.substring(0, text.lastIndexOf(':'))
        : text;
  }

  /** Defaults may be left out. */
  private void option(
      List<String> options, String name, @Nullable Object value, @Nullable Object byDefault) {
    if (value == null || (value.equals(byDefault) && random.nextBoolean())) {
      return;
    }
    String text;
    if (value instanceof Duration duration) {
      text = duration(duration);
    } else if (value instanceof Enum<?> constant) {
      text = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    } else if (value instanceof String || value instanceof Path) {
      text = value(value.toString());
    } else {
      text = value.toString();
    }
    options.add(name + "=" + text);
  }

  private String duration(Duration duration) {
    List<String> ways = new ArrayList<>();
    ways.add(duration.toMillis() + "ms");
    if (duration.equals(Duration.ofSeconds(duration.toSeconds()))) {
      ways.add(duration.toSeconds() + "s");
    }
    if (duration.equals(Duration.ofMinutes(duration.toMinutes()))) {
      ways.add(duration.toMinutes() + "m");
    }
    if (duration.equals(Duration.ofHours(duration.toHours()))) {
      ways.add(duration.toHours() + "h");
    }
    return ways.get(random.nextInt(ways.size()));
  }

  private String value(String value) {
    return encoded(value, "!$'()*+,;:/[]");
  }

  /** {@code perhaps} has what may stand for itself but need not. */
  private String encoded(String text, String perhaps) {
    StringBuilder encoded = new StringBuilder();
    boolean always = random.nextBoolean();
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      if (PLAIN.indexOf(c) >= 0 || (!always && perhaps.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append(String.format(random.nextBoolean() ? "%%%02X" : "%%%02x", (int) c));
      }
    }
    return encoded.toString();
  }
}
