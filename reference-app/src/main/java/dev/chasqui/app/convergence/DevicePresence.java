package dev.chasqui.app.convergence;

import dev.chasqui.app.pipeline.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which devices hang on this node, as PostgreSQL knows it.
 *
 * <p>Only the node itself writes it, from one thread, so that coming and leaving cannot change
 * places. It also writes every two seconds that the node lives: when a node dies, its devices count
 * as away ten seconds later. Of a device only the newest event is held. Safe for any number of
 * threads.
 */
public final class DevicePresence implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DevicePresence.class);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final long ALIVE_NANOS = Duration.ofSeconds(2).toNanos();

  private final Jdbi jdbi;
  private final String node;
  private final Worker worker = new Worker("chasqui-device-presence", this::run);
  private final Object lock = new Object();
  private Map<String, Event> waiting = new LinkedHashMap<>(); // guarded by lock
  private long aliveNanos; // its thread only

  private record Event(String device, boolean here, String software, Instant at) {}

  public DevicePresence(Jdbi jdbi, String node) {
    this.jdbi = jdbi;
    this.node = node;
  }

  /** Forgets the devices that a former run of this node had when it was killed, then starts. */
  public void start() {
    jdbi.useTransaction(handle -> {
      sayAlive(handle);
      forgetAll(handle);
    });
    aliveNanos = System.nanoTime();
    worker.start();
  }

  /** The device has connected. */
  public void arrived(String device, String software) {
    put(new Event(device, true, software, Instant.now()));
  }

  /** The device's connection is gone. */
  public void left(String device) {
    put(new Event(device, false, "", Instant.now()));
  }

  private void put(Event event) {
    synchronized (lock) {
      waiting.put(event.device(), event);
    }
  }

  private void run() throws InterruptedException {
    boolean alive = System.nanoTime() - aliveNanos > ALIVE_NANOS;
    if (alive) {
      jdbi.useHandle(this::sayAlive);
      aliveNanos = System.nanoTime();
    }
    write();
    worker.pause(PAUSE);
  }

  private void write() {
    List<Event> events;
    synchronized (lock) {
      if (waiting.isEmpty()) {
        return;
      }
      events = new ArrayList<>(waiting.values());
      waiting = new LinkedHashMap<>();
    }
    boolean written = false;
    try {
      jdbi.useTransaction(handle -> write(handle, events));
      written = true;
    } finally {
      if (!written) {
        synchronized (lock) {
          events.forEach(event -> waiting.putIfAbsent(event.device(), event));
        }
      }
    }
  }

  private void write(Handle handle, List<Event> events) {
    handle
        .createUpdate("""
            with event as (
              select * from unnest(:devices, :here, :software, :times::timestamptz[])
                as e (device, here, software, at)),
            locked as ( -- in one order, so that two writers never wait for each other
              select st.device_id, event.* from event
              join scope d on d.level = 'device' and d.key = event.device
              join device_state st on st.device_id = d.id
              order by st.device_id for update of st)
            update device_state st
            set node = case when here then :node when st.node = :node then null else st.node end,
                software = case when here then locked.software else st.software end,
                seen_at = greatest(st.seen_at, locked.at)
            from locked where st.device_id = locked.device_id""")
        .bindArray("devices", String.class, events.stream().map(Event::device).toList())
        .bindArray("here", Boolean.class, events.stream().map(Event::here).toList())
        .bindArray(
            "software", String.class, events.stream().map(Event::software).toList())
        .bindArray(
            "times",
            String.class,
            events.stream().map(event -> event.at().toString()).toList())
        .bind("node", node)
        .execute();
  }

  private void sayAlive(Handle handle) {
    handle.execute(
        "insert into gateway (node, seen_at) values (?, now())"
            + " on conflict (node) do update set seen_at = excluded.seen_at",
        node);
  }

  private void forgetAll(Handle handle) {
    handle.execute(
        "update device_state set node = null where device_id in"
            + " (select device_id from device_state where node = ? order by device_id for update)",
        node);
  }

  /** Writes that no device is here any more, if PostgreSQL is there, and stops. */
  @Override
  public void close() {
    worker.close();
    try {
      write();
      jdbi.useTransaction(handle -> {
        forgetAll(handle);
        handle.execute("delete from gateway where node = ?", node);
      });
    } catch (RuntimeException e) {
      LOG.warn("could not write that node {} stops: it counts as dead in ten seconds", node, e);
    }
  }
}
