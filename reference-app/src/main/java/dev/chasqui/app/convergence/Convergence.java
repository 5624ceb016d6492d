package dev.chasqui.app.convergence;

import dev.chasqui.hierarchicalconfig.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How far changes have got, device by device. Safe for any number of threads. */
public final class Convergence {
  private static final int CURVE_POINTS = 200;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Jdbi jdbi;

  /**
   * How far one change has got.
   *
   * @param targets devices it was for, at commit
   * @param received devices that have stored it
   * @param effective devices that run with it, or with something newer
   * @param refused devices that have it and will not run it
   * @param offline devices that do not run it and are not connected
   * @param p50 time from commit until half of the {@code effective} ran it; null while there are none
   * @param p95 the same for 95 %
   * @param p99 the same for 99 %
   * @param max the same for all of them
   */
  public record Progress(
      long revision,
      int targets,
      int received,
      int effective,
      int refused,
      int offline,
      @Nullable Duration p50,
      @Nullable Duration p95,
      @Nullable Duration p99,
      @Nullable Duration max) {}

  /**
   * One point of a curve that only rises.
   *
   * @param millis since the commit
   * @param effective devices that ran the change by then
   */
  public record Point(long millis, int effective) {}

  /** How far a device that does not run a change has come with it. */
  public enum Stage {
    /** It has it and will not run it. */
    REFUSED,
    /** It has stored it. */
    RECEIVED,
    /** It is connected and has not acknowledged it. */
    CONNECTED,
    /** It is not connected. */
    OFFLINE
  }

  /**
   * A device that does not run a change.
   *
   * @param since when it came to this stage: for {@code OFFLINE} when it was last seen, null if never
   * @param detail for people: why it refused, or since when it is away
   */
  public record Straggler(
      String device, Stage stage, @Nullable Instant since, String detail) {}

  /**
   * What is known of a device.
   *
   * @param node the node it is or was connected to, empty if none
   * @param seenAt when it last connected, left or acknowledged; null if never
   * @param software what it said of itself, empty if nothing
   * @param received every change of its path up to this revision is stored on it
   * @param effective every change of its path up to this revision is what it runs with
   * @param fingerprint of the effective config it reported, empty if none
   * @param refusal what its last ack said under {@code rejected}; null if it refuses nothing
   */
  public record DeviceStatus(
      String device,
      boolean connected,
      String node,
      @Nullable Instant seenAt,
      String software,
      long received,
      long effective,
      String fingerprint,
      @Nullable JsonNode refusal) {}

  /**
   * The devices below one scope.
   *
   * @param effective those that run with all that they should and refuse nothing
   * @param refused those that refuse what they have
   */
  public record ScopeStatus(int devices, int connected, int effective, int refused) {}

  public Convergence(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** How far the change has got; empty if there is no such change. */
  public Optional<Progress> progress(long revision) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            with done as (
              select count(v.received_at) as received,
                     count(v.effective_at) as effective,
                     count(*) filter (where v.refusal is not null and v.effective_at is null) as refused,
                     percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (
                       order by extract(epoch from v.effective_at - c.committed_at) * 1000
                     ) filter (where v.effective_at is not null) as millis
              from convergence v join change c on c.revision = v.revision
              where v.revision = :revision),
            away as (
              select count(distinct t.device_id) as offline
              from change_target t
              join device_now st on st.device_id = t.device_id and not st.connected
              left join convergence v on v.revision = t.revision and v.device_id = t.device_id
              where t.revision = :revision and v.effective_at is null)
            select c.targets, done.*, away.offline,
                   millis[1] as p50, millis[2] as p95, millis[3] as p99, millis[4] as max
            from change c, done, away where c.revision = :revision""")
        .bind("revision", revision)
        .map((row, context) -> new Progress(
            revision,
            row.getInt("targets"),
            row.getInt("received"),
            row.getInt("effective"),
            row.getInt("refused"),
            row.getInt("offline"),
            millis(row, "p50"),
            millis(row, "p95"),
            millis(row, "p99"),
            millis(row, "max")))
        .findOne());
  }

  /** How many devices ran the change by when: at most 200 points, empty while there are none. */
  public List<Point> curve(long revision) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select max(millis) as millis, max(effective) as effective
            from (select extract(epoch from v.effective_at - c.committed_at) * 1000 as millis,
                         row_number() over by_time as effective,
                         ntile(:points) over by_time as part
                  from convergence v join change c on c.revision = v.revision
                  where v.revision = :revision and v.effective_at is not null
                  window by_time as (order by v.effective_at, v.device_id)) numbered
            group by part order by part""")
        .bind("points", CURVE_POINTS)
        .bind("revision", revision)
        .map((row, context) -> new Point(row.getLong("millis"), row.getInt("effective")))
        .list());
  }

  /** Devices the change is for that do not run it: refusing ones first, offline ones last. */
  public List<Straggler> stragglers(long revision, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            with target as (select distinct device_id from change_target where revision = :revision)
            select d.key, st.seen_at, v.received_at, v.refusal,
                   case when v.refusal is not null then 'REFUSED'
                        when v.received_at is not null then 'RECEIVED'
                        when st.connected then 'CONNECTED'
                        else 'OFFLINE' end as stage
            from target t
            join scope d on d.id = t.device_id
            join device_now st on st.device_id = t.device_id
            left join convergence v on v.revision = :revision and v.device_id = t.device_id
            where v.effective_at is null
            order by (v.refusal is null), (v.received_at is null), (not st.connected), d.key
            limit :limit""")
        .bind("revision", revision)
        .bind("limit", limit)
        .map((row, context) -> straggler(row))
        .list());
  }

  private static Straggler straggler(ResultSet row) throws SQLException {
    Stage stage = Stage.valueOf(row.getString("stage"));
    Instant seen = instant(row, "seen_at");
    Instant received = instant(row, "received_at");
    String refusal = row.getString("refusal");
    return switch (stage) {
      case REFUSED ->
        new Straggler(row.getString("key"), stage, received, refusal == null ? "" : refusal);
      case RECEIVED ->
        new Straggler(row.getString("key"), stage, received, "stored, not yet in use");
      case CONNECTED ->
        new Straggler(row.getString("key"), stage, seen, "connected, not yet acknowledged");
      case OFFLINE ->
        new Straggler(
            row.getString("key"),
            stage,
            seen,
            seen == null ? "never connected" : "offline since " + seen);
    };
  }

  /** What is known of a device; empty if it is not enrolled. */
  public Optional<DeviceStatus> device(String key) {
    return jdbi.withHandle(handle -> handle
        .createQuery("select d.key, st.* from device_now st join scope d on d.id = st.device_id"
            + " where d.level = 'device' and d.key = :key")
        .bind("key", key)
        .map((row, context) -> status(row))
        .findOne());
  }

  /**
   * What is known of the devices below {@code scope}, by key.
   *
   * @param after only those whose key is greater; empty for the first page
   */
  public List<DeviceStatus> devicesBelow(Scope scope, String after, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select d.key, st.*
            from scope s
            join device_path p on p.scope_id = s.id
            join scope d on d.id = p.device_id
            join device_now st on st.device_id = d.id
            where s.level = :level and s.key = :key and d.key > :after
            order by d.key limit :limit""")
        .bind("level", scope.level())
        .bind("key", scope.key())
        .bind("after", after)
        .bind("limit", limit)
        .map((row, context) -> status(row))
        .list());
  }

  /** The devices of each company, by the company's key. */
  public Map<Scope, ScopeStatus> companies() {
    Map<Scope, ScopeStatus> companies = new LinkedHashMap<>();
    jdbi.useHandle(handle -> handle
        .createQuery("""
            with due as (
              select p.device_id, max(s.revision) as revision
              from device_path p join scope s on s.id = p.scope_id group by p.device_id)
            select c.key,
                   count(st.device_id) as devices,
                   count(*) filter (where st.connected) as connected,
                   count(*) filter (where st.refusal is null
                     and st.effective_revision >= greatest(due.revision, st.path_revision)) as effective,
                   count(*) filter (where st.refusal is not null) as refused
            from scope c
            left join device_path p on p.scope_id = c.id
            left join due on due.device_id = p.device_id
            left join device_now st on st.device_id = p.device_id
            where c.level = 'company'
            group by c.key order by c.key""")
        .map((row, context) -> companies.put(
            new Scope("company", row.getString("key")),
            new ScopeStatus(
                row.getInt("devices"),
                row.getInt("connected"),
                row.getInt("effective"),
                row.getInt("refused"))))
        .forEach(unused -> {}));
    return companies;
  }

  private static DeviceStatus status(ResultSet row) throws SQLException {
    String node = row.getString("node");
    String refusal = row.getString("refusal");
    return new DeviceStatus(
        row.getString("key"),
        row.getBoolean("connected"),
        node == null ? "" : node,
        instant(row, "seen_at"),
        row.getString("software"),
        row.getLong("received_revision"),
        row.getLong("effective_revision"),
        row.getString("fingerprint"),
        refusal == null ? null : JSON.readTree(refusal));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static @Nullable Duration millis(ResultSet row, String column) throws SQLException {
    double millis = row.getDouble(column);
    return row.wasNull() ? null : Duration.ofNanos(Math.round(millis * 1e6));
  }
}
