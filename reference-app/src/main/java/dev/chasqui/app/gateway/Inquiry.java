package dev.chasqui.app.gateway;

import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Asks a few of the devices that a change is for how long they take over it, if somebody follows its trace. Each of them is
 * a handful of spans, so there are about {@value #MOST} on this node at most: all, if no more are connected; else each event loop
 * has its share, and takes those with the lowest hashes of trace and device: others for each trace, the same ones for the
 * changes of one. Safe for any number of threads.
 */
final class Inquiry {
  private static final int MOST = 20;

  private final Tracing tracing;
  private final Counter asked;
  private final Context processing;
  private final SpanContext span;
  private final int most;

  /**
   * For one change.
   *
   * @param processing in which the change is handed on; nobody is asked if it has no span that is sampled
   * @param connected devices of this node
   * @param loops how many event loops share them
   */
  Inquiry(Tracing tracing, Counter asked, Context processing, int connected, int loops) {
    this.tracing = tracing;
    this.asked = asked;
    this.processing = processing;
    this.span = Span.fromContext(processing).getSpanContext();
    this.most = connected <= MOST ? MOST : Math.max(1, MOST / loops);
  }

  /** Chooses among the connections that the change is for, on the thread of their event loop. */
  Set<DeviceConnection> choose(Collection<DeviceConnection> listeners, long revision) {
    if (!span.isSampled() || listeners.isEmpty()) {
      return Set.of();
    }
    PriorityQueue<DeviceConnection> chosen =
        new PriorityQueue<>(Comparator.comparingInt(this::hash).reversed());
    for (DeviceConnection each : listeners) {
      boolean isFull = chosen.size() == most;
      if ((!isFull || hash(each) < hash(chosen.element())) && each.takes(revision)) {
        chosen.add(each);
        if (isFull) {
          chosen.remove();
        }
      }
    }
    return Set.copyOf(chosen);
  }

  /** Spreads what differs in a bit only (the last steps of MurmurHash3). */
  private int hash(DeviceConnection connection) {
    int hash = span.getTraceId().hashCode() ^ connection.device().hashCode();
    hash = (hash ^ hash >>> 16) * 0x85ebca6b;
    hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
    return hash ^ hash >>> 16;
  }

  /** Writes a change to a device that was chosen, and asks; false if the device must sync instead. */
  boolean push(DeviceConnection connection, long revision, List<ByteBuf> frames) {
    return tracing
        .step("push", processing)
        .kind(SpanKind.PRODUCER)
        .set("device.id", connection.device())
        .set("change.revision", revision)
        .call(() -> {
          String token = tracing.token();
          if (!Span.current().getSpanContext().isSampled() || !Question.isPossible(token)) {
            return connection.write(revision, frames);
          }
          boolean written = connection.ask(Question.now(token, revision), frames);
          if (written) {
            asked.increment();
          }
          return written;
        });
  }
}
