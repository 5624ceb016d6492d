package dev.chasqui.app.convergence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes what acks say into PostgreSQL: the state of the device, and a row for each change that it
 * newly has. Applying an ack again changes nothing. Safe for any number of threads.
 */
public final class AckLedger {
  private final Jdbi jdbi;
  private final Counter refused;

  /** How far a device was known to be. */
  private record Known(long id, long enrolled, long received, long effective) {}

  /** An ack with the ranges of revisions that it adds: above {@code …From}, up to what it says. */
  private record Step(long device, long receivedFrom, long effectiveFrom, Ack ack) {}

  public AckLedger(Jdbi jdbi, MeterRegistry meters) {
    this.jdbi = jdbi;
    this.refused = Counter.builder("chasqui.acks.refused")
        .description("Acks of unknown devices, or of revisions that do not exist")
        .register(meters);
  }

  /** Applies acks, of each device in the order given, all or none. */
  public void apply(List<Ack> acks) {
    if (!acks.isEmpty()) {
      jdbi.useTransaction(handle -> apply(handle, acks));
    }
  }

  private void apply(Handle handle, List<Ack> acks) {
    Map<String, Known> known = lock(handle, acks);
    long newest =
        handle.createQuery("select revision from clock").mapTo(long.class).one();
    List<Step> steps = new ArrayList<>();
    Map<Long, Ack> last = new LinkedHashMap<>();
    for (Ack ack : acks) {
      Known before = known.get(ack.device());
      if (before == null || ack.received() > newest || ack.effective() > newest) {
        refused.increment();
        continue;
      }
      steps.add(new Step(before.id(), before.received(), before.effective(), ack));
      if (ack.received() >= before.received() && ack.effective() >= before.effective()) {
        last.put(before.id(), ack); // an older one says nothing of how things stand
      }
      known.put(
          ack.device(),
          new Known(
              before.id(),
              before.enrolled(),
              Math.max(before.received(), ack.received()),
              Math.max(before.effective(), ack.effective())));
    }
    writeConvergence(handle, steps);
    writeState(handle, last);
  }

  private static Map<String, Known> lock(Handle handle, List<Ack> acks) {
    Map<String, Known> known = new HashMap<>();
    handle
        .createQuery("""
            select d.key, st.device_id, st.enrolled_revision, st.received_revision, st.effective_revision
            from device_state st join scope d on d.id = st.device_id
            where d.level = 'device' and d.key = any(:devices)
            order by st.device_id for update of st""")
        .bindArray(
            "devices", String.class, acks.stream().map(Ack::device).distinct().toList())
        .map((row, context) -> {
          long enrolled = row.getLong("enrolled_revision");
          return known.put(
              row.getString("key"),
              new Known(
                  row.getLong("device_id"),
                  enrolled,
                  Math.max(row.getLong("received_revision"), enrolled - 1),
                  Math.max(row.getLong("effective_revision"), enrolled - 1)));
        })
        .forEach(unused -> {});
    return known;
  }

  private static void writeConvergence(Handle handle, List<Step> steps) {
    if (steps.isEmpty()) {
      return;
    }
    handle
        .createUpdate("""
            insert into convergence as v (revision, device_id, received_at, effective_at, refusal)
            select * from (
              select t.revision, a.device,
                     min(greatest(c.committed_at, a.received_at))
                       filter (where t.revision > a.received_from and t.revision <= a.received) as received_at,
                     min(greatest(c.committed_at, a.effective_at))
                       filter (where t.revision > a.effective_from and t.revision <= a.effective) as effective_at,
                     max(a.refusal)
                       filter (where t.revision > a.effective and t.revision <= a.refused) as refusal
              from unnest(:device, :receivedFrom, :effectiveFrom, :received, :effective, :refused,
                          :receivedAt::timestamptz[], :effectiveAt::timestamptz[], :refusal)
                as a (device, received_from, effective_from, received, effective, refused,
                      received_at, effective_at, refusal)
              join lateral (
                select cs.revision from device_path p join change_scope cs on cs.scope_id = p.scope_id
                where p.device_id = a.device
                  and cs.revision > least(a.received_from, a.effective_from) and cs.revision <= a.received
                union
                select cd.revision from change_device cd
                where cd.device_id = a.device
                  and cd.revision > least(a.received_from, a.effective_from) and cd.revision <= a.received
              ) t on true
              join change c on c.revision = t.revision
              group by t.revision, a.device) n
            where n.received_at is not null or n.effective_at is not null or n.refusal is not null
            on conflict (revision, device_id) do update set
              received_at = coalesce(v.received_at, excluded.received_at),
              effective_at = coalesce(v.effective_at, excluded.effective_at),
              refusal = case when coalesce(v.effective_at, excluded.effective_at) is null
                             then coalesce(excluded.refusal, v.refusal) end""")
        .bindArray("device", Long.class, steps.stream().map(Step::device).toList())
        .bindArray(
            "receivedFrom", Long.class, steps.stream().map(Step::receivedFrom).toList())
        .bindArray(
            "effectiveFrom", Long.class, steps.stream().map(Step::effectiveFrom).toList())
        .bindArray(
            "received", Long.class, steps.stream().map(s -> s.ack().received()).toList())
        .bindArray(
            "effective",
            Long.class,
            steps.stream().map(s -> s.ack().effective()).toList())
        .bindArray(
            "refused",
            Long.class,
            steps.stream().map(s -> s.ack().rejectedRevision()).toList())
        .bindArray(
            "receivedAt",
            String.class,
            steps.stream().map(s -> time(s.ack().receivedAtMillis())).toList())
        .bindArray(
            "effectiveAt",
            String.class,
            steps.stream().map(s -> time(s.ack().effectiveAtMillis())).toList())
        .bindArray("refusal", String.class, texts(steps))
        .execute();
  }

  private static void writeState(Handle handle, Map<Long, Ack> last) {
    if (last.isEmpty()) {
      return;
    }
    Collection<Ack> acks = last.values();
    List<@Nullable String> refusals = new ArrayList<>();
    for (Ack ack : acks) {
      JsonNode rejected = ack.rejected();
      refusals.add(rejected == null ? null : rejected.toString());
    }
    handle
        .createUpdate("""
            update device_state st
            set received_revision = greatest(st.received_revision, a.received),
                effective_revision = greatest(st.effective_revision, a.effective),
                fingerprint = a.fingerprint,
                refusal = a.refusal::jsonb,
                seen_at = greatest(st.seen_at, a.seen_at)
            from unnest(:device, :received, :effective, :fingerprint, :refusal, :seenAt::timestamptz[])
              as a (device, received, effective, fingerprint, refusal, seen_at)
            where st.device_id = a.device""")
        .bindArray("device", Long.class, List.copyOf(last.keySet()))
        .bindArray("received", Long.class, acks.stream().map(Ack::received).toList())
        .bindArray("effective", Long.class, acks.stream().map(Ack::effective).toList())
        .bindArray(
            "fingerprint", String.class, acks.stream().map(Ack::fingerprint).toList())
        .bindArray("refusal", String.class, refusals)
        .bindArray(
            "seenAt",
            String.class,
            acks.stream()
                .map(ack -> time(Math.max(ack.receivedAtMillis(), ack.effectiveAtMillis())))
                .toList())
        .execute();
  }

  private static List<@Nullable String> texts(List<Step> steps) {
    List<@Nullable String> texts = new ArrayList<>();
    steps.forEach(step -> texts.add(step.ack().rejection()));
    return texts;
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
