package dev.chasqui.app.store;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagProblem;
import dev.chasqui.featureflags.FlagSet;
import dev.chasqui.featureflags.guard.GuardAction;
import dev.chasqui.tracing.Tracing;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sets of flags, and what people change in them.
 *
 * <p>A change is written in one transaction: the document, the change, its edits and a NOTIFY that names it and the flags it kills.
 * Whoever commits holds the lock of the set's row, so a set's revisions are without gaps and in the order of commits.
 */
public final class Flags {
  /** The channel on which PostgreSQL tells nodes of a {@link Notice}. */
  public static final String CHANNEL = "chasqui_flags";

  /** The set that is meant where none is named. */
  public static final String DEFAULT_SET = "default";

  private static final Pattern SET_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,59}");
  private static final int LONGEST_KEY = 200;
  private static final int LONGEST_NOTICE = 6_000; // PostgreSQL takes 8,000 bytes
  private static final int MOST_PROBLEMS = 100;
  private static final String NEWEST_CHANGE =
      "join flag_change c on c.set_name = s.name and c.revision = s.revision";

  private final Jdbi jdbi;
  private final Tracing tracing;

  /**
   * Which of a set's documents: by its revision, and by when it was committed. The revision alone would not tell it from another
   * that had it before the database was set back to a backup.
   */
  public record Version(long revision, Instant committedAt) {
    /** The revision, a dash, and the microsecond of the commit, which is all of it that PostgreSQL has. */
    public String id() {
      return revision + "-"
          + Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, committedAt), 36);
    }
  }

  /** A document, and the change that led to it. */
  public record Newest(FlagDocument document, Change change) {}

  /**
   * A committed change.
   *
   * @param kind {@code document}, {@code flag}, {@code kill}, {@code unkill} or {@code trip}
   * @param isWhole whether it changed something besides flags
   * @param traceParent the span that it was made in, as {@link Tracing#token} writes it; empty for none
   */
  public record Change(
      String set,
      long revision,
      String kind,
      String author,
      String reason,
      boolean isWhole,
      String traceParent,
      Instant committedAt) {
    /** Of the document that it led to. */
    public Version version() {
      return new Version(revision, committedAt);
    }
  }

  /** What a change did to one flag; null where it was not there. */
  public record Edit(
      Change change,
      String key,
      @Nullable JsonNode before,
      @Nullable JsonNode after) {}

  /** A change with what each flag is after it; null where it is gone. */
  public record Delta(Change change, Map<String, @Nullable JsonNode> flags) {}

  /**
   * What nodes are told when a change is committed.
   *
   * @param killed flags that it killed; not all of them, if they are very many
   */
  public record Notice(String set, long revision, Set<String> killed) {
    static Notice parse(JsonNode json) {
      Set<String> killed = new LinkedHashSet<>();
      json.path("killed").forEach(key -> killed.add(key.stringValue()));
      return new Notice(json.get("set").stringValue(), json.get("revision").longValue(), killed);
    }

    /** Reads what {@link #CHANNEL} carried. */
    public static Notice parse(String payload) {
      return parse(Json.read(payload));
    }
  }

  /** Somebody else has changed what was to be changed. */
  public static final class ConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ConflictException(String message) {
      super(message, null, false, false); // an answer, not a fault: nobody reads its stack
    }
  }

  /** There is nothing of that name. */
  public static final class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String field;

    UnknownException(String field, String message) {
      super(message, null, false, false); // an answer, not a fault: nobody reads its stack
      this.field = field;
    }

    /** What names nothing: {@code set} or {@code key}. */
    public String field() {
      return field;
    }
  }

  public Flags(Jdbi jdbi, Tracing tracing) {
    this.jdbi = jdbi;
    this.tracing = tracing;
  }

  /** All sets, by name: the newest change of each. Reads no document. */
  public List<Change> sets() {
    return jdbi.withHandle(handle -> handle
        .createQuery("select c.* from flag_set s " + NEWEST_CHANGE + " order by s.name")
        .map((row, context) -> change(row))
        .list());
  }

  /** The document of a set, with its revision. */
  public Optional<FlagDocument> find(String set) {
    return jdbi.withHandle(handle -> find(handle, set, ""));
  }

  /** The document of a set, with its change. */
  public Optional<Newest> newest(String set) {
    return jdbi.withHandle(handle -> handle
        .createQuery(
            "select c.*, s.document from flag_set s " + NEWEST_CHANGE + " where s.name = :set")
        .bind("set", set)
        .map((row, context) -> {
          Change change = change(row);
          return new Newest(document(row.getString("document"), change.revision()), change);
        })
        .findOne());
  }

  private static Optional<FlagDocument> find(Handle handle, String set, String lock) {
    return handle
        .createQuery("select revision, document from flag_set where name = :set " + lock)
        .bind("set", set)
        .map((row, context) -> document(row.getString("document"), row.getLong("revision")))
        .findOne();
  }

  private static FlagDocument document(String text, long revision) {
    return FlagDocument.parse(text).withRevision(revision);
  }

  /**
   * Puts a whole document in the place of what there is.
   *
   * @param expected revision that the document was made from; 0 to make a new set
   * @return the new revision; empty if the document says what there is already
   * @throws ConflictException if the set is at another revision
   * @throws RefusedException if there is something wrong with the document
   */
  public OptionalLong put(String set, Signature signature, long expected, FlagDocument document) {
    if (!SET_NAME.matcher(set).matches()) {
      throw new RefusedException(
          "set",
          "bad-name",
          "the name of a set must have 1 to 60 of a-z, 0-9, ., _ and -, and begin with a letter or digit");
    }
    return commit(handle -> {
      if (expected == 0) {
        handle.createUpdate("""
                insert into flag_set (name, revision, document) values (:set, 0, '{"flags":{}}')
                on conflict do nothing""").bind("set", set).execute();
      }
      FlagDocument before = locked(handle, set);
      if (before.revision() != expected) {
        throw new ConflictException("set " + set + " is at revision " + before.revision()
            + ", and this was made from " + (expected == 0 ? "none" : "revision " + expected));
      }
      return write(handle, "document", set, signature, before, document, true);
    });
  }

  /**
   * Puts one flag in the place of what there is, or takes it away.
   *
   * @param expected revision after which nobody may have changed the flag; empty to overwrite whatever there is
   * @param flag null to take it away
   * @return the new revision; empty if it is so already
   * @throws ConflictException if somebody has changed the flag after {@code expected}
   * @throws RefusedException if it would be wrong, or another flag because of it
   */
  public OptionalLong putFlag(
      String set, Signature signature, OptionalLong expected, String key, @Nullable JsonNode flag) {
    return commit(handle -> {
      FlagDocument before = locked(handle, set);
      if (flag == null) {
        present(before, set, key);
      }
      if (expected.isPresent()) {
        checkUnchanged(handle, set, key, expected.getAsLong(), before.revision());
      }
      Map<String, @Nullable JsonNode> changes = new HashMap<>();
      changes.put(key, flag);
      return write(
          handle, "flag", set, signature, before, before.with(changes, before.revision()), true);
    });
  }

  private static void checkUnchanged(
      Handle handle, String set, String key, long expected, long current) {
    long last = lastEdit(handle, set, key);
    if (last > expected || expected > current) {
      throw new ConflictException("flag " + key + " of set " + set + " was changed in revision "
          + last + ", and this was made from revision " + expected);
    }
  }

  private static long lastEdit(Handle handle, String set, String key) {
    return handle
        .createQuery(
            "select coalesce(max(revision), 0) from flag_edit where set_name = :set and key = :key")
        .bind("set", set)
        .bind("key", key)
        .mapTo(long.class)
        .one();
  }

  /**
   * Kills a flag, or has it live again.
   *
   * @return the new revision; empty if it is so already
   */
  public OptionalLong kill(String set, Signature signature, String key, boolean killed) {
    return commit(handle -> {
      FlagDocument before = locked(handle, set);
      present(before, set, key);
      UnaryOperator<ObjectNode> edit =
          flag -> killed ? flag.put("x-killed", true) : without(flag, "x-killed");
      return write(
          handle,
          killed ? "kill" : "unkill",
          set,
          signature,
          before,
          edited(before, key, edit),
          false); // whatever else is wrong, a kill is not held up
    });
  }

  private static FlagDocument edited(
      FlagDocument document, String key, UnaryOperator<ObjectNode> edit) {
    return document.flag(key) instanceof ObjectNode flag
        ? document.with(Map.of(key, edit.apply(flag)), document.revision())
        : document;
  }

  private static ObjectNode without(ObjectNode flag, String... members) {
    for (String member : members) {
      flag.remove(member);
    }
    return flag;
  }

  private static FlagDocument locked(Handle handle, String set) {
    return find(handle, set, "for update").orElseThrow(() -> unknownSet(set));
  }

  /** For who asks for a set that is not there. */
  public static UnknownException unknownSet(String set) {
    return new UnknownException("set", "there is no set of flags \"" + set + '"');
  }

  private static void present(FlagDocument document, String set, String key) {
    if (!document.keys().contains(key)) {
      throw new UnknownException("key", "there is no flag \"" + key + "\" in set " + set);
    }
  }

  private interface Commit {
    OptionalLong in(Handle handle);
  }

  private OptionalLong commit(Commit commit) {
    return tracing.call("commit flags", () -> jdbi.inTransaction(commit::in));
  }

  private OptionalLong write(
      Handle handle,
      String kind,
      String set,
      Signature signature,
      FlagDocument before,
      FlagDocument after,
      boolean isChecked) {
    Set<String> keys = changed(before, after);
    boolean isWhole = !surroundings(before).equals(surroundings(after));
    boolean isNew = before.revision() == 0;
    if (keys.isEmpty() && !isWhole && !isNew) {
      return OptionalLong.empty();
    }
    if (isChecked) {
      check(before, after, keys);
    }
    long revision = before.revision() + 1;
    handle
        .createUpdate("""
            update flag_set set revision = :revision, document = :document::json where name = :set""")
        .bind("revision", revision)
        .bind("document", after.toJson())
        .bind("set", set)
        .execute();
    handle
        .createUpdate("""
            insert into flag_change (set_name, revision, kind, author, reason, whole, trace_parent)
            values (:set, :revision, :kind, :author, :reason, :whole, :trace)""")
        .bind("set", set)
        .bind("revision", revision)
        .bind("kind", kind)
        .bind("author", signature.author())
        .bind("reason", signature.reason())
        .bind("whole", isWhole || isNew)
        .bind("trace", tracing.token())
        .execute();
    writeEdits(handle, set, revision, keys, before, after);
    tell(handle, set, revision, killed(keys, before, after));
    return OptionalLong.of(revision);
  }

  private static void writeEdits(
      Handle handle,
      String set,
      long revision,
      Set<String> keys,
      FlagDocument before,
      FlagDocument after) {
    if (keys.isEmpty()) {
      return;
    }
    PreparedBatch batch = handle.prepareBatch("""
        insert into flag_edit (set_name, revision, key, old_value, new_value)
        values (:set, :revision, :key, :old::json, :new::json)""");
    for (String key : keys) {
      batch
          .bind("set", set)
          .bind("revision", revision)
          .bind("key", key)
          .bind("old", Json.write(before.flag(key)))
          .bind("new", Json.write(after.flag(key)))
          .add();
    }
    batch.execute();
  }

  private static Set<String> changed(FlagDocument before, FlagDocument after) {
    Set<String> changed = new LinkedHashSet<>(before.keys());
    changed.addAll(after.keys());
    changed.removeIf(key -> Objects.equals(before.flag(key), after.flag(key)));
    return changed;
  }

  /** All but the flags. */
  private static JsonNode surroundings(FlagDocument document) {
    Map<String, @Nullable JsonNode> none = new HashMap<>();
    document.keys().forEach(key -> none.put(key, null));
    return Json.read(document.with(none, 0).toJson());
  }

  private static List<String> killed(Set<String> keys, FlagDocument before, FlagDocument after) {
    return keys.stream()
        .filter(key -> isKilled(after.flag(key)) && !isKilled(before.flag(key)))
        .toList();
  }

  /** Whether a flag says that it is killed. */
  public static boolean isKilled(@Nullable JsonNode flag) {
    return flag != null && flag.path("x-killed").asBoolean(false);
  }

  private static void tell(Handle handle, String set, long revision, List<String> killed) {
    ObjectNode notice =
        JsonNodeFactory.instance.objectNode().put("set", set).put("revision", revision);
    ArrayNode keys = notice.putArray("killed");
    int length = 0;
    for (String key : killed) {
      length += key.length() * 6; // as long as JSON can make it
      if (length <= LONGEST_NOTICE) {
        keys.add(key); // the others are killed by the document that follows
      }
    }
    handle
        .createQuery("select pg_notify(:channel, :notice)")
        .bind("channel", CHANNEL)
        .bind("notice", notice.toString())
        .mapTo(String.class)
        .list();
  }

  /** What is wrong anew: an old fault of another flag holds nobody up. */
  private static void check(FlagDocument before, FlagDocument after, Set<String> keys) {
    List<Problem> problems = new ArrayList<>();
    for (String key : keys) {
      if (after.keys().contains(key) && !isKey(key) && problems.size() < MOST_PROBLEMS) {
        problems.add(new Problem(
            "key",
            "bad-key",
            "a flag's key must have 1 to " + LONGEST_KEY
                + " characters, none NUL or half a pair, and not be . or .."));
      }
    }
    Set<String> known = new HashSet<>();
    FlagSet.of(before).problems().stream()
        .filter(problem -> !keys.contains(problem.flag()))
        .forEach(problem -> known.add(problem.pointer() + problem.message()));
    for (FlagProblem problem : FlagSet.of(after).problems()) {
      if (!known.contains(problem.pointer() + problem.message())
          && problems.size() < MOST_PROBLEMS) {
        problems.add(new Problem(problem.pointer(), "bad-flag", problem.message()));
      }
    }
    if (!problems.isEmpty()) {
      throw new RefusedException(problems);
    }
  }

  /** Whether PostgreSQL can keep it, and a client ask for it: whatever writes addresses takes {@code .} and {@code ..} out of a path. */
  private static boolean isKey(String key) {
    return !key.isEmpty()
        && key.length() <= LONGEST_KEY
        && !key.equals(".")
        && !key.equals("..")
        && Database.canKeep(key);
  }

  /**
   * Reads a document that somebody sent.
   *
   * @throws RefusedException if it is none
   */
  public static FlagDocument parse(String json) {
    try {
      return FlagDocument.parse(json);
    } catch (FlagFormatException e) {
      throw new RefusedException(e.pointer(), "bad-document", e.problem());
    }
  }

  /**
   * Changes after a document, with their edits, in order; at most {@code limit}.
   *
   * @return empty if the set has no such document, or has it no more: what came after it is lost
   */
  public Optional<List<Delta>> since(String set, Version version, int limit) {
    List<Delta> from = deltas("""
        select * from flag_change where set_name = :set and revision >= :revision
        order by revision limit :limit""", set, version.revision(), version.revision(), limit + 1);
    return from.isEmpty() || !from.get(0).change().version().equals(version)
        ? Optional.empty()
        : Optional.of(from.subList(1, from.size()));
  }

  /** Changes that led to a document, with their edits, in order, that which made it last; at most {@code limit}. */
  public List<Delta> lately(String set, Version version, int limit) {
    List<Delta> until = deltas("""
        select * from flag_change where set_name = :set and revision <= :revision
        order by revision desc limit :limit""", set, version.revision(), 0, limit);
    return until.isEmpty() || !until.get(until.size() - 1).change().version().equals(version)
        ? List.of()
        : until;
  }

  /** Edits are read of those after {@code known}. */
  private List<Delta> deltas(String changes, String set, long revision, long known, int limit) {
    return jdbi.withHandle(handle -> {
      Map<Long, Delta> deltas = new LinkedHashMap<>();
      handle
          .createQuery("""
              select c.*, e.key, e.new_value from (%s) c
              left join flag_edit e
                on e.set_name = c.set_name and e.revision = c.revision and e.revision > :known
              order by c.revision, e.key""".formatted(changes))
          .bind("set", set)
          .bind("revision", revision)
          .bind("known", known)
          .bind("limit", limit)
          .map((row, context) -> {
            Change change = change(row);
            Delta delta =
                deltas.computeIfAbsent(change.revision(), at -> new Delta(change, new HashMap<>()));
            String key = row.getString("key");
            if (key != null) {
              delta.flags().put(key, Json.readNullable(row.getString("new_value")));
            }
            return delta;
          })
          .forEach(unused -> {});
      return List.copyOf(deltas.values());
    });
  }

  /** Changes of a set, the newest first. */
  public List<Change> latest(String set, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery(
            "select * from flag_change where set_name = :set order by revision desc limit :limit")
        .bind("set", set)
        .bind("limit", limit)
        .map((row, context) -> change(row))
        .list());
  }

  /** The newest change of each of these flags. Reads no older one. */
  public Map<String, Change> latestOfFlags(String set, Collection<String> keys) {
    Map<String, Change> latest = new HashMap<>();
    jdbi.useHandle(handle -> handle
        .createQuery("""
            select c.*, k.key from unnest(:keys) k (key)
            cross join lateral (
              select revision from flag_edit where set_name = :set and key = k.key
              order by revision desc limit 1) e
            join flag_change c on c.set_name = :set and c.revision = e.revision""")
        .bind("set", set)
        .bindArray("keys", String.class, List.copyOf(keys))
        .map((row, context) -> latest.put(row.getString("key"), change(row)))
        .forEach(unused -> {}));
    return latest;
  }

  /** What was done to a flag, the newest first. */
  public List<Edit> history(String set, String key, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select c.*, e.key, e.old_value, e.new_value from flag_edit e
            join flag_change c on c.set_name = e.set_name and c.revision = e.revision
            where e.set_name = :set and e.key = :key order by e.revision desc limit :limit""")
        .bind("set", set)
        .bind("key", key)
        .bind("limit", limit)
        .map((row, context) -> new Edit(
            change(row),
            row.getString("key"),
            Json.readNullable(row.getString("old_value")),
            Json.readNullable(row.getString("new_value"))))
        .list());
  }

  private static Change change(ResultSet row) throws SQLException {
    return new Change(
        row.getString("set_name"),
        row.getLong("revision"),
        row.getString("kind"),
        row.getString("author"),
        row.getString("reason"),
        row.getBoolean("whole"),
        row.getString("trace_parent"),
        row.getTimestamp("committed_at").toInstant());
  }

  /**
   * What a release guard found.
   *
   * @param action as {@link GuardAction#text()}
   * @param decision all that it said
   * @param revision of the change that this led to, if any
   * @param outcome {@code acted}; {@code told}, as {@code hold} only tells; {@code too-late}, if the flag has been changed since;
   *     {@code no-change}, if it was so already
   */
  public record Trip(
      long id,
      String set,
      String key,
      String variant,
      String action,
      JsonNode decision,
      Instant receivedAt,
      OptionalLong revision,
      String outcome) {}

  /** What a release guard says: of which flag and variant, and what shall be done. */
  public record Decision(String key, String variant, GuardAction action, JsonNode all) {
    long revision() {
      return all.path("revision").asLong(0);
    }

    /** The variant that does no harm; empty if it is not named. */
    String baseline() {
      return all.at("/baseline/variant").asString("");
    }
  }

  /**
   * Writes down what a release guard decided, and does what it says, unless the flag was changed after it was decided.
   *
   * @throws RefusedException if the flag was not changed since, but has no such variant, or the baseline is that variant
   */
  public Trip trip(String set, Decision decision) {
    return tracing.call(
        "trip flag",
        () -> jdbi.inTransaction(handle -> {
          FlagDocument before = locked(handle, set);
          present(before, set, decision.key());
          boolean isLate = decision.revision() > 0
              && lastEdit(handle, set, decision.key()) > decision.revision();
          if (!isLate) {
            check(decision, before);
          }
          OptionalLong revision = OptionalLong.empty();
          String outcome;
          if (decision.action() == GuardAction.HOLD) {
            outcome = "told";
          } else if (isLate) {
            outcome = "too-late";
          } else {
            revision = write(
                handle,
                decision.action() == GuardAction.KILL ? "kill" : "trip",
                set,
                new Signature("release guard", reason(decision)),
                before,
                edited(
                    before,
                    decision.key(),
                    flag ->
                        decision.action().applyTo(flag, decision.variant(), decision.baseline())),
                false);
            outcome = revision.isPresent() ? "acted" : "no-change";
          }
          return insert(handle, set, decision, revision, outcome);
        }));
  }

  private static String reason(Decision decision) {
    return "variant " + decision.variant() + " does harm";
  }

  private static void check(Decision decision, FlagDocument document) {
    JsonNode variants = Objects.requireNonNull(document.flag(decision.key())).path("variants");
    if (!variants.has(decision.variant())) {
      throw new RefusedException(
          "/variant",
          "unknown-variant",
          "flag " + decision.key() + " has no variant \"" + decision.variant() + '"');
    }
    if (decision.baseline().equals(decision.variant())) {
      throw new RefusedException(
          "/baseline/variant",
          "not-a-choice",
          "the baseline must not be the variant that does harm");
    }
  }

  private static Trip insert(
      Handle handle, String set, Decision decision, OptionalLong revision, String outcome) {
    return handle
        .createQuery("""
            insert into flag_trip (set_name, key, variant, action, decision, revision, outcome)
            values (:set, :key, :variant, :action, :decision::json, :revision, :outcome) returning *""")
        .bind("set", set)
        .bind("key", decision.key())
        .bind("variant", decision.variant())
        .bind("action", decision.action().text())
        .bind("decision", Json.write(decision.all()))
        .bind("revision", revision.isPresent() ? (Long) revision.getAsLong() : null)
        .bind("outcome", outcome)
        .map((row, context) -> trip(row))
        .one();
  }

  private static Trip trip(ResultSet row) throws SQLException {
    long revision = row.getLong("revision");
    boolean acted = !row.wasNull(); // of the column read last
    return new Trip(
        row.getLong("id"),
        row.getString("set_name"),
        row.getString("key"),
        row.getString("variant"),
        row.getString("action"),
        Json.read(row.getString("decision")),
        row.getTimestamp("received_at").toInstant(),
        acted ? OptionalLong.of(revision) : OptionalLong.empty(),
        row.getString("outcome"));
  }

  /** What release guards found of a flag, the newest first; of all where {@code key} is empty. */
  public List<Trip> trips(String set, String key, int limit) {
    return Collections.unmodifiableList(jdbi.withHandle(handle -> handle
        .createQuery("""
            select * from flag_trip where set_name = :set and (:key = '' or key = :key)
            order by id desc limit :limit""")
        .bind("set", set)
        .bind("key", key)
        .bind("limit", limit)
        .map((row, context) -> trip(row))
        .list()));
  }
}
