package dev.chasqui.app.gateway;

import dev.chasqui.app.pipeline.ChangeEvent;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop, by what they listen to. Only that loop's thread touches it, so
 * there are no locks.
 *
 * <p><b>Why no change is missed or doubled.</b> The loop gets every change, in order, once; {@code
 * seen} is the last. A connection is <i>in step at V</i> when its device was sent the outcome of all
 * changes of its path up to V.
 *
 * <ol>
 *   <li>A sync reads PostgreSQL in one snapshot at revision S. When it arrives here, the connection
 *       enters the map under the path of that snapshot, in step at S.
 *   <li>Changes up to S that come later are in the snapshot: R ≤ V is skipped.
 *   <li>Changes in (S, seen] passed while the connection was not in the map, or was there under an
 *       older path. The loop remembers the last {@value #REMEMBERED}: if one of them was of this path
 *       or moved this device, or the memory does not reach back to S, the connection is <i>dirty</i>.
 *   <li>A change with R &gt; V is written, and V becomes R; or, if the socket does not take it, the
 *       connection becomes dirty. Nothing is written to a dirty one until its next sync, which reads
 *       what lies after V and ends in step again. A change that moves the device makes it dirty too.
 * </ol>
 *
 * A dirty connection is one bit and a place in a set, however many changes it misses.
 */
final class Audience {
  private static final int REMEMBERED = 256;
  private static final long RETRY_MILLIS = 50;

  private final EventLoop loop;
  private final Map<Scope, Set<DeviceConnection>> byScope = new HashMap<>();
  private final Map<String, DeviceConnection> byDevice = new HashMap<>();
  private final Set<DeviceConnection> dirty = new LinkedHashSet<>();
  private final Deque<Trace> memory = new ArrayDeque<>();
  private long seen = -1;
  private boolean retrying;

  /** Whom a change was for. */
  private record Trace(long revision, Set<Scope> scopes, Set<String> moved) {}

  Audience(EventLoop loop) {
    this.loop = loop;
  }

  EventLoop loop() {
    return loop;
  }

  void add(DeviceConnection connection) {
    byDevice.put(connection.device(), connection);
  }

  void remove(DeviceConnection connection) {
    byDevice.remove(connection.device(), connection);
    dirty.remove(connection);
    leave(connection, connection.path());
  }

  Collection<DeviceConnection> connections() {
    return List.copyOf(byDevice.values());
  }

  int dirtyCount() {
    return dirty.size();
  }

  /** Moves a connection to the path of its sync; true if something after {@code revision} passed it by. */
  boolean register(DeviceConnection connection, Set<Scope> before, Set<Scope> path, long revision) {
    if (!before.equals(path)) {
      leave(connection, before);
    }
    path.forEach(
        scope -> byScope.computeIfAbsent(scope, unused -> new HashSet<>()).add(connection));
    return passedBy(connection.device(), path, revision);
  }

  private void leave(DeviceConnection connection, Set<Scope> path) {
    for (Scope scope : path) {
      Set<DeviceConnection> there = byScope.get(scope);
      if (there != null && there.remove(connection) && there.isEmpty()) {
        byScope.remove(scope);
      }
    }
  }

  private boolean passedBy(String device, Set<Scope> path, long revision) {
    if (seen <= revision) {
      return false;
    }
    if (memory.isEmpty() || memory.getFirst().revision() > revision + 1) {
      return true; // it may have
    }
    return memory.stream()
        .filter(change -> change.revision() > revision)
        .anyMatch(change ->
            change.moved().contains(device) || change.scopes().stream().anyMatch(path::contains));
  }

  /** Hands a change to those it is for, and asks some of them; returns to how many it was written. */
  int deliver(ChangeEvent change, Encoded encoded, Inquiry inquiry) {
    remember(change);
    int written = encoded.single()
        ? toOneScope(change, encoded, inquiry)
        : toScopes(change, encoded, inquiry);
    for (String device : change.moved()) {
      DeviceConnection connection = byDevice.get(device);
      if (connection != null && connection.isBehind(change.revision())) {
        soil(connection);
      }
    }
    return written;
  }

  private void remember(ChangeEvent change) {
    seen = change.revision();
    Set<Scope> scopes = new HashSet<>();
    change.edits().forEach(edits -> scopes.add(edits.scope()));
    memory.addLast(new Trace(change.revision(), scopes, Set.copyOf(change.moved())));
    if (memory.size() > REMEMBERED) {
      memory.removeFirst();
    }
  }

  private int toOneScope(ChangeEvent change, Encoded encoded, Inquiry inquiry) {
    int written = 0;
    Collection<DeviceConnection> listeners = listeners(change.edits().get(0).scope());
    List<ByteBuf> frames = List.of(encoded.whole());
    Set<DeviceConnection> asked = inquiry.choose(listeners, change.revision());
    for (DeviceConnection connection : listeners) {
      Inquiry asking = asked.contains(connection) ? inquiry : null;
      written += write(connection, change.revision(), frames, asking);
    }
    return written;
  }

  private int toScopes(ChangeEvent change, Encoded encoded, Inquiry inquiry) {
    Map<DeviceConnection, List<ByteBuf>> frames = new LinkedHashMap<>();
    for (ProfileEdits edits : change.edits()) {
      for (DeviceConnection connection : listeners(edits.scope())) {
        frames
            .computeIfAbsent(connection, unused -> new ArrayList<>())
            .add(encoded.edits(edits.scope()));
      }
    }
    int written = 0;
    Set<DeviceConnection> asked = inquiry.choose(frames.keySet(), change.revision());
    for (Map.Entry<DeviceConnection, List<ByteBuf>> entry : frames.entrySet()) {
      entry.getValue().add(encoded.whole());
      Inquiry asking = asked.contains(entry.getKey()) ? inquiry : null;
      written += write(entry.getKey(), change.revision(), entry.getValue(), asking);
    }
    return written;
  }

  private Collection<DeviceConnection> listeners(Scope scope) {
    // A copy: a write that fails closes the connection, which leaves the set.
    return List.copyOf(byScope.getOrDefault(scope, Set.of()));
  }

  private int write(
      DeviceConnection connection, long revision, List<ByteBuf> frames, @Nullable Inquiry asking) {
    if (!connection.isBehind(revision)) {
      return 0; // it was part of its sync
    }
    boolean isWritten = asking == null
        ? connection.write(revision, frames)
        : asking.push(connection, revision, frames);
    if (isWritten) {
      return 1;
    }
    soil(connection);
    return 0;
  }

  /** Has the connection synced as soon as it can be. */
  void soil(DeviceConnection connection) {
    if (connection.soil()) {
      dirty.add(connection);
      clean();
    }
  }

  /** Starts the syncs that can be started now, and comes again for the others. */
  void clean() {
    dirty.removeIf(connection -> !connection.isDirty());
    for (DeviceConnection connection : List.copyOf(dirty)) {
      DeviceConnection.Start start = connection.resync();
      if (start == DeviceConnection.Start.STARTED) {
        dirty.remove(connection);
      } else if (start == DeviceConnection.Start.NO_ROOM) {
        break;
      }
    }
    if (!dirty.isEmpty() && !retrying) {
      retrying = true;
      Future<?> unused = loop.schedule(
          () -> {
            retrying = false;
            clean();
          },
          RETRY_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }
}
