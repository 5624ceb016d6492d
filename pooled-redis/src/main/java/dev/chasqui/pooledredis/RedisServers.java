package dev.chasqui.pooledredis;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which servers there are and how they belong together. Everything that is wrong by its form is refused
 * with an {@link IllegalArgumentException}; whether a server is there shows when connecting.
 */
public sealed interface RedisServers {
  /**
   * One server. It may have replicas, which are then found by asking it.
   *
   * @param address where it listens
   */
  record Standalone(Address address) implements RedisServers {
    public Standalone {
      requireNonNull(address, "address");
    }
  }

  /**
   * One server on this machine, reached over a Unix socket. Needs Netty's native transport on the class path.
   *
   * @param path where the socket is; absolute, since a relative one would depend on where the JVM was started
   */
  record UnixSocket(Path path) implements RedisServers {
    public UnixSocket {
      if (!path.isAbsolute() || path.getNameCount() == 0) {
        throw new IllegalArgumentException(
            "path must be the absolute path of a socket, was \"" + path + "\"");
      }
    }
  }

  /**
   * A master with replicas, found by asking sentinels.
   *
   * @param master the name by which the sentinels know the master, without white space
   * @param sentinels where they listen, at least one, none twice; a copy is kept
   */
  record Sentinel(String master, List<Address> sentinels) implements RedisServers {
    public Sentinel {
      if (master.isEmpty()) {
        throw new IllegalArgumentException("master must not be empty, was \"\"");
      }
      Characters.refuseSpace("master", master);
      sentinels = distinct("sentinels", sentinels);
    }
  }

  /**
   * A cluster, found by asking any of these.
   *
   * @param seeds where some of its servers listen, at least one, none twice; a copy is kept
   */
  record Cluster(List<Address> seeds) implements RedisServers {
    public Cluster {
      seeds = distinct("seeds", seeds);
    }
  }

  /**
   * Where a server listens.
   *
   * @param host a name, an IPv4 address, or an IPv6 address without brackets
   * @param port 1 to 65535
   */
  record Address(String host, int port) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

    public Address {
      if (!isHost(host)) {
        throw new IllegalArgumentException(
            "host must be a name or an IP address without brackets and port, was \"" + host + "\"");
      }
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("port must be 1 to 65535, was " + port);
      }
    }

    /** Whether it has the form of one. */
    static boolean isHost(String host) {
      return NAME.matcher(host).matches() || isIpV6(host);
    }

    static boolean isIpV6(String host) {
      return !host.startsWith("[") && NetUtil.isValidIpV6Address(host);
    }

    /** Host and port as a URI has them, so IPv6 addresses stand in brackets. */
    @Override
    public String toString() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  private static List<Address> distinct(String component, List<Address> addresses) {
    List<Address> copy = List.copyOf(addresses);
    if (copy.isEmpty()) {
      throw new IllegalArgumentException(component + " must have at least one address, was []");
    }
    HashSet<Address> seen = new HashSet<>();
    for (Address address : copy) {
      if (!seen.add(address)) {
        throw new IllegalArgumentException(
            component + " must not have an address twice, was " + copy);
      }
    }
    return copy;
  }
}
