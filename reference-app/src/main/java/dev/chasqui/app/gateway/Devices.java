package dev.chasqui.app.gateway;

import dev.chasqui.app.convergence.DevicePresence;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The devices on this node, one connection each. Safe for any number of threads. */
final class Devices {
  private final ConcurrentHashMap<String, DeviceConnection> connections = new ConcurrentHashMap<>();
  private final DevicePresence presence;

  Devices(DevicePresence presence) {
    this.presence = presence;
  }

  /** A device said hello; an older connection of it goes. */
  void arrived(DeviceConnection connection, String software) {
    connections.compute(connection.device(), (device, older) -> {
      presence.arrived(device, software); // inside, so that it cannot change places with leaving
      if (older != null) {
        older.replace();
      }
      return connection;
    });
  }

  void left(DeviceConnection connection) {
    connections.computeIfPresent(connection.device(), (device, current) -> {
      if (current != connection) {
        return current; // a newer one took its place
      }
      presence.left(device);
      return null;
    });
  }

  int count() {
    return connections.size();
  }

  Collection<DeviceConnection> all() {
    return List.copyOf(connections.values());
  }
}
