package dev.chasqui.realservers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for a server that may be away for a while. It is below those that systems give to outgoing connections: else
 * somebody could take it while the server is down, or a client that connects to it could, at its own port, reach itself.
 */
final class FreePort {
  /** A node of a Redis cluster talks with its peers at its port and this many; only Redis 7.0 can be told another one. */
  static final int CLUSTER_BUS = 10_000;

  private static final int LOWEST = 10_000;
  private static final int BEYOND = 20_000;
  private static final int ATTEMPTS = 1_000;

  private FreePort() {}

  /** Chooses a port that is free on 127.0.0.1, as is that of the cluster bus that belongs to it. */
  static int choose() {
    return choose(1).get(0);
  }

  /** Chooses several different ones. */
  static List<Integer> choose(int count) {
    Set<Integer> chosen = new LinkedHashSet<>();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND);
      if (isFree(port) && isFree(port + CLUSTER_BUS)) {
        chosen.add(port);
      }
      if (chosen.size() == count) {
        return List.copyOf(chosen);
      }
    }
    throw new RealServerException(
        "No free port on 127.0.0.1 from " + LOWEST + " to " + (BEYOND - 1));
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
