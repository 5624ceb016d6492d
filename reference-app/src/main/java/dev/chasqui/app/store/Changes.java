package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Violation;
import dev.chasqui.tracing.Tracing;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes: what people commit, in one order.
 *
 * <p>A change is written in one transaction: the profile rows, the change and its edits, and an
 * outbox row. Whoever commits takes the lock of the one {@code clock} row first, so revisions are
 * without gaps and in the order of commits: who sees revision 7 sees all up to 6.
 */
public final class Changes {
  /** The channel on which PostgreSQL tells listeners that the outbox has something. */
  public static final String OUTBOX_CHANNEL = "chasqui_outbox";

  private final Jdbi jdbi;
  private final Settings settings;
  private final Fleet fleet;
  private final Tracing tracing;

  /** Who makes a change, and why. */
  public record Signature(String author, String reason) {
    public Signature {
      if (author.isBlank() || author.length() > 100) {
        throw new RefusedException("author", "bad-author", "author must have 1 to 100 characters");
      }
      if (reason.length() > 500) {
        throw new RefusedException(
            "reason", "bad-reason", "reason must have at most 500 characters");
      }
    }
  }

  /**
   * One setting at one scope.
   *
   * @param value what it shall be; null takes the entry away, so that the next wider scope holds
   * @param when the rule of devices that it shall hold for; null leaves it as it is, JSON's null takes it away
   * @param variants values that devices shall keep one of, as {@code ProfileJson} writes them; null as with {@code when}
   * @param field where the value stands in the request, for problems
   */
  public record Edit(
      Scope scope,
      String key,
      @Nullable JsonNode value,
      @Nullable JsonNode when,
      @Nullable JsonNode variants,
      String field) {
    /** Of the value alone: its condition and variants stay as they are. */
    public Edit(Scope scope, String key, @Nullable JsonNode value, String field) {
      this(scope, key, value, null, null, field);
    }

    /** Where something stands that is in the same object as the value. */
    String beside(String name) {
      return field.substring(0, field.lastIndexOf('/') + 1) + name;
    }
  }

  /**
   * An edit as it was committed; a null value is "not set".
   *
   * @param rulesBefore its {@code when} and {@code variants}; null if it had none
   */
  public record Edited(
      Scope scope,
      String key,
      @Nullable JsonNode before,
      @Nullable JsonNode after,
      @Nullable ObjectNode rulesBefore,
      @Nullable ObjectNode rulesAfter) {}

  /** What there is of an entry in its row. */
  private record Said(@Nullable JsonNode value, @Nullable ObjectNode rules) {
    static final Said NOTHING = new Said(null, null);

    static Said after(Edit edit, Said before) {
      return new Said(edit.value(), EntryRules.edited(before.rules(), edit));
    }

    boolean isSame(Said other) {
      return sameJson(value, other.value) && Objects.equals(rules, other.rules);
    }
  }

  /** An edit that changes something. */
  private record Effective(Edit edit, Said before, Said after) {}

  /**
   * A committed change.
   *
   * @param kind {@code settings} or {@code fleet}
   * @param traceParent the span that it was made in, as {@link Tracing#token} writes it; empty for none
   * @param targets devices it was for, at commit
   * @param edits how many edits it has
   */
  public record Change(
      long revision,
      String kind,
      String author,
      String reason,
      String traceParent,
      Instant committedAt,
      int targets,
      int edits,
      List<Scope> scopes) {}

  public Changes(Jdbi jdbi, Settings settings, Fleet fleet, Tracing tracing) {
    this.jdbi = jdbi;
    this.settings = settings;
    this.fleet = fleet;
    this.tracing = tracing;
  }

  /**
   * Commits edits, all or none. Edits that would change nothing are left out.
   *
   * @return the revision, or empty if nothing was left to change
   * @throws RefusedException if an edit breaks a rule; nothing is changed then
   */
  public OptionalLong commit(Signature signature, List<Edit> edits) {
    return tracing.step("commit change").set("change.edits", edits.size()).call(step -> {
      OptionalLong revision = jdbi.inTransaction(handle -> {
        Draft draft = begin(handle, signature);
        tracing.run("apply edits", () -> {
          List<Problem> problems = draft.edit(edits);
          if (!problems.isEmpty()) {
            throw new RefusedException(problems);
          }
        });
        return tracing.call("write outbox", draft::finish);
      });
      revision.ifPresent(number -> step.set("change.revision", number));
      return revision;
    });
  }

  /**
   * Starts a change in the transaction of {@code handle}, which must commit after {@link
   * Draft#finish} or roll back. Other changes wait meanwhile.
   */
  public Draft begin(Handle handle, Signature signature) {
    long revision = handle
        .createQuery("update clock set revision = revision + 1 returning revision")
        .mapTo(long.class)
        .one();
    return new Draft(handle, signature, revision, settings.catalogue(handle), tracing.token());
  }

  /** A change being put together, for more edits than one wants to hold in memory. */
  public final class Draft {
    private final Handle handle;
    private final Signature signature;
    private final long revision;
    private final String traceParent; // in which it was begun: what comes of it is below that
    private final Set<Scope> scopesMoved = new HashSet<>();
    private Catalogue catalogue;
    private boolean begun;
    private boolean edited;

    private Draft(
        Handle handle,
        Signature signature,
        long revision,
        Catalogue catalogue,
        String traceParent) {
      this.handle = handle;
      this.signature = signature;
      this.revision = revision;
      this.catalogue = catalogue;
      this.traceParent = traceParent;
    }

    public long revision() {
      return revision;
    }

    /** Makes settings known, for this change's edits already. */
    public void declare(List<dev.chasqui.hierarchicalconfig.Setting<?>> declarations) {
      settings.declare(handle, declarations);
      catalogue = settings.catalogue(handle);
    }

    /** Puts nodes into the fleet; see {@link Fleet#put}. Returns a problem for each left out. */
    public List<Problem> enrol(List<Node> nodes, List<String> fields) {
      return fleet.put(handle, nodes, fields, scopesMoved);
    }

    /** Makes the edits that break no rule; returns a problem for each other. */
    public List<Problem> edit(List<Edit> edits) {
      List<Problem> problems = new ArrayList<>();
      Map<Scope, ScopeRow> rows = scopes(edits);
      Map<List<Object>, Edit> valid =
          new LinkedHashMap<>(); // by scope and key: the last one counts
      for (Edit edit : edits) {
        List<Problem> found = check(edit, rows);
        if (found.isEmpty()) {
          valid.put(List.of(edit.scope(), edit.key()), edit);
        } else {
          problems.addAll(found);
        }
      }
      write(List.copyOf(valid.values()), rows);
      return problems;
    }

    private List<Problem> check(Edit edit, Map<Scope, ScopeRow> rows) {
      if (!rows.containsKey(edit.scope())) {
        return List.of(
            new Problem(edit.field(), "unknown-scope", "there is no scope " + edit.scope()));
      }
      List<Problem> problems = new ArrayList<>();
      JsonNode value = edit.value();
      Violation violation = value == null ? null : catalogue.check(edit.key(), value);
      if (violation != null) {
        problems.add(Problem.of(edit.field(), violation.at(edit.scope())));
      }
      problems.addAll(EntryRules.check(edit, settings, catalogue));
      return problems;
    }

    private void write(List<Edit> edits, Map<Scope, ScopeRow> rows) {
      List<Effective> effective = withoutIdle(edits, rows);
      if (effective.isEmpty()) {
        return;
      }
      beginRow("settings");
      edited = true;
      writeScopes(edits(effective), rows);
      putEntries(effective.stream().filter(each -> each.after().value() != null).toList(), rows);
      removeEntries(
          edits(effective).stream().filter(edit -> edit.value() == null).toList(), rows);
    }

    private static List<Edit> edits(List<Effective> effective) {
      return effective.stream().map(Effective::edit).toList();
    }

    private void putEntries(List<Effective> effective, Map<Scope, ScopeRow> rows) {
      if (!effective.isEmpty()) {
        bind(handle.createUpdate("""
                insert into entry (scope_id, key, value, rules, revision, author)
                select scope, key, value::jsonb, rules::jsonb, :revision, :author
                from unnest(:scopes, :keys, :values, :rules) as edit (scope, key, value, rules)
                on conflict (scope_id, key) do update
                set value = excluded.value, rules = excluded.rules,
                    revision = excluded.revision, author = excluded.author"""), edits(effective), rows)
            .bindArray("values", String.class, (Object[])
                written(effective, each -> each.after().value()))
            .bindArray("rules", String.class, (Object[])
                written(effective, each -> each.after().rules()))
            .bind("revision", revision)
            .bind("author", signature.author())
            .execute();
      }
    }

    private static @Nullable String[] written(
        List<Effective> effective, Function<Effective, @Nullable JsonNode> part) {
      @Nullable String[] written = new @Nullable String[effective.size()];
      for (int i = 0; i < written.length; i++) {
        written[i] = Json.write(part.apply(effective.get(i)));
      }
      return written;
    }

    private void removeEntries(List<Edit> edits, Map<Scope, ScopeRow> rows) {
      if (!edits.isEmpty()) {
        bind(handle.createUpdate("""
                delete from entry using unnest(:scopes, :keys) as edit (scope, key)
                where entry.scope_id = edit.scope and entry.key = edit.key"""), edits, rows).execute();
      }
    }

    /** Binds the edits' scopes and keys as arrays: one statement is far faster than one for each. */
    private Update bind(Update update, List<Edit> edits, Map<Scope, ScopeRow> rows) {
      return update
          .bindArray(
              "scopes",
              Long.class,
              edits.stream()
                  .map(edit -> Objects.requireNonNull(rows.get(edit.scope())).id())
                  .toList())
          .bindArray("keys", String.class, edits.stream().map(Edit::key).toList());
    }

    /** Leaves out edits that ask for what is, and writes the others down with what was before. */
    private List<Effective> withoutIdle(List<Edit> edits, Map<Scope, ScopeRow> rows) {
      Map<List<Object>, Said> said = entriesOf(edits, rows);
      List<Effective> effective = new ArrayList<>();
      for (Edit edit : edits) {
        Said before = said.getOrDefault(List.of(edit.scope(), edit.key()), Said.NOTHING);
        Said after = Said.after(edit, before);
        if (!before.isSame(after)) {
          effective.add(new Effective(edit, before, after));
        }
      }
      if (!effective.isEmpty()) {
        beginRow("settings");
        bind(handle.createUpdate("""
                insert into change_edit (revision, scope_id, key, old_value, new_value, old_rules, new_rules)
                select :revision, scope, key, old::jsonb, new::jsonb, old_rules::jsonb, new_rules::jsonb
                from unnest(:scopes, :keys, :old, :new, :oldRules, :newRules)
                  as edit (scope, key, old, new, old_rules, new_rules)
                on conflict (revision, scope_id, key) do update
                set new_value = excluded.new_value, new_rules = excluded.new_rules"""), edits(effective), rows)
            .bind("revision", revision)
            .bindArray("old", String.class, (Object[])
                written(effective, each -> each.before().value()))
            .bindArray("new", String.class, (Object[])
                written(effective, each -> each.after().value()))
            .bindArray("oldRules", String.class, (Object[])
                written(effective, each -> each.before().rules()))
            .bindArray("newRules", String.class, (Object[])
                written(effective, each -> each.after().rules()))
            .execute();
      }
      return effective;
    }

    private void writeScopes(List<Edit> edits, Map<Scope, ScopeRow> rows) {
      PreparedBatch batch = handle.prepareBatch("""
          with before as (select id, revision from scope where id = :scope),
               raised as (update scope set revision = :revision where id = :scope)
          insert into change_scope (revision, scope_id, from_revision)
          select :revision, id, revision from before
          on conflict do nothing""");
      for (Scope scope : edits.stream().map(Edit::scope).distinct().toList()) {
        batch
            .bind("scope", Objects.requireNonNull(rows.get(scope)).id())
            .bind("revision", revision)
            .add();
      }
      batch.execute();
    }

    /**
     * Ends the change: writes the outbox row and wakes its relay.
     *
     * @return the revision, or empty if there is nothing to tell devices; the caller then rolls back
     *     or commits as it likes, the revision is used up either way only by a commit
     */
    public OptionalLong finish() {
      boolean moved = !scopesMoved.isEmpty() && movePaths();
      if (!edited && !moved) {
        handle.execute("update clock set revision = revision - 1"); // ours alone: we hold its lock
        return OptionalLong.empty();
      }
      handle.createUpdate("""
              update change set targets = (
                select count(distinct device_id) from (
                  select p.device_id from change_scope cs join device_path p on p.scope_id = cs.scope_id
                  where cs.revision = :revision
                  union select device_id from change_device where revision = :revision) d)
              where revision = :revision""").bind("revision", revision).execute();
      handle.execute("insert into outbox (revision) values (?)", revision);
      handle.execute("select pg_notify('" + OUTBOX_CHANNEL + "', '')");
      return OptionalLong.of(revision);
    }

    private boolean movePaths() {
      beginRow("fleet");
      List<Long> devices = Fleet.renewPaths(handle, List.copyOf(scopesMoved));
      handle
          .createUpdate("""
              insert into change_device (revision, device_id) select :revision, unnest(:devices)""")
          .bind("revision", revision)
          .bindArray("devices", Long.class, devices)
          .execute();
      return true;
    }

    private void beginRow(String kind) {
      if (!begun) {
        begun = true;
        handle
            .createUpdate("""
                insert into change (revision, kind, author, reason, trace_parent, targets)
                values (:revision, :kind, :author, :reason, :trace, 0)""")
            .bind("revision", revision)
            .bind("kind", kind)
            .bind("author", signature.author())
            .bind("reason", signature.reason())
            .bind("trace", traceParent)
            .execute();
      }
    }

    private record ScopeRow(long id) {}

    private Map<Scope, ScopeRow> scopes(List<Edit> edits) {
      List<String> names =
          edits.stream().map(edit -> edit.scope().toString()).distinct().toList();
      Map<Scope, ScopeRow> rows = new HashMap<>();
      handle
          .createQuery("select id, level, key from scope where level || ':' || key = any(:names)")
          .bindArray("names", String.class, names)
          .map((row, context) -> rows.put(
              new Scope(row.getString("level"), row.getString("key")),
              new ScopeRow(row.getLong("id"))))
          .forEach(unused -> {});
      return rows;
    }

    private Map<List<Object>, Said> entriesOf(List<Edit> edits, Map<Scope, ScopeRow> rows) {
      Map<Long, Scope> byId = new HashMap<>();
      rows.forEach((scope, row) -> byId.put(row.id(), scope));
      Map<List<Object>, Said> entries = new HashMap<>();
      handle
          .createQuery("""
              select scope_id, key, value, rules from entry
              where scope_id = any(:scopes) and key = any(:keys)""")
          .bindArray("scopes", Long.class, List.copyOf(byId.keySet()))
          .bindArray(
              "keys", String.class, edits.stream().map(Edit::key).distinct().toList())
          .map((row, context) -> entries.put(
              List.of(
                  Objects.requireNonNull(byId.get(row.getLong("scope_id"))), row.getString("key")),
              new Said(Json.read(row.getString("value")), EntryRules.read(row.getString("rules")))))
          .forEach(unused -> {});
      return entries;
    }
  }

  private static boolean sameJson(@Nullable JsonNode left, @Nullable JsonNode right) {
    boolean numbers = left != null && right != null && left.isNumber() && right.isNumber();
    return numbers // 15 is 15.0, which JsonNode.equals denies
        ? Objects.requireNonNull(left)
                .decimalValue()
                .compareTo(Objects.requireNonNull(right).decimalValue())
            == 0
        : Objects.equals(left, right);
  }

  /** The newest revision; 0 before the first change. */
  public long latestRevision() {
    return jdbi.withHandle(handle ->
        handle.createQuery("select revision from clock").mapTo(long.class).one());
  }

  public Optional<Change> find(long revision) {
    return list("where c.revision = :revision", Map.<String, Object>of("revision", revision))
        .stream()
        .findFirst();
  }

  /** Changes below {@code before}, the newest first. */
  public List<Change> latest(long before, int limit) {
    return list(
        "where c.revision < :before order by c.revision desc limit :limit",
        Map.<String, Object>of("before", before, "limit", limit));
  }

  /** Changes that edited the profile at {@code scope}, the newest first. */
  public List<Change> latestAt(Scope scope, int limit) {
    return list(
        """
        where c.revision in (select cs.revision from change_scope cs join scope s on s.id = cs.scope_id
                             where s.level = :level and s.key = :key)
        order by c.revision desc limit :limit""", Map.<String, Object>of("level", scope.level(), "key", scope.key(), "limit", limit));
  }

  /** What a change edited, by scope and key, at most {@code limit}. */
  public List<Edited> editsOf(long revision, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select s.level, s.key as scope_key, e.key, e.old_value, e.new_value, e.old_rules, e.new_rules
            from change_edit e join scope s on s.id = e.scope_id
            where e.revision = :revision order by s.level, s.key, e.key limit :limit""")
        .bind("revision", revision)
        .bind("limit", limit)
        .map((row, context) -> new Edited(
            new Scope(row.getString("level"), row.getString("scope_key")),
            row.getString("key"),
            Json.readNullable(row.getString("old_value")),
            Json.readNullable(row.getString("new_value")),
            EntryRules.read(row.getString("old_rules")),
            EntryRules.read(row.getString("new_rules"))))
        .list());
  }

  /**
   * What a change does to each profile it edits, as devices apply it; none if it is of the fleet. A
   * profile whose priority it changed as well is left out: the devices below count as moved.
   */
  public List<ProfileEdits> profileEditsOf(long revision) {
    record At(Scope scope, long from, String author) {}
    Map<At, Map<String, Said>> byScope = new LinkedHashMap<>();
    jdbi.useHandle(handle -> handle
        .createQuery("""
            select s.level, s.key as scope_key, cs.from_revision, c.author, e.key, e.new_value, e.new_rules
            from change_edit e
            join change c on c.revision = e.revision
            join scope s on s.id = e.scope_id
            join change_scope cs on cs.revision = e.revision and cs.scope_id = e.scope_id
            where e.revision = :revision and cs.from_revision < cs.revision
            order by e.scope_id, e.key""")
        .bind("revision", revision)
        .map((row, context) -> {
          At at = new At(
              new Scope(row.getString("level"), row.getString("scope_key")),
              row.getLong("from_revision"),
              row.getString("author"));
          byScope
              .computeIfAbsent(at, unused -> new HashMap<>())
              .put(
                  row.getString("key"),
                  new Said(
                      Json.readNullable(row.getString("new_value")),
                      EntryRules.read(row.getString("new_rules"))));
          return at;
        })
        .forEach(at -> {}));
    List<ProfileEdits> edits = new ArrayList<>();
    byScope.forEach((at, values) -> {
      Map<String, Entry> set = new HashMap<>();
      Set<String> removed = new HashSet<>();
      values.forEach((key, said) -> {
        JsonNode value = said.value();
        if (value == null) {
          removed.add(key);
        } else {
          set.put(key, EntryRules.entry(value, said.rules(), revision, at.author()));
        }
      });
      edits.add(new ProfileEdits(at.scope(), at.from(), revision, set, removed));
    });
    return edits;
  }

  /** Keys of the devices whose path a change moved; none if it is of settings. */
  public List<String> devicesMovedBy(long revision) {
    return jdbi.withHandle(handle ->
        handle.createQuery("""
            select d.key from change_device c join scope d on d.id = c.device_id where c.revision = :revision""").bind("revision", revision).mapTo(String.class).list());
  }

  private List<Change> list(String where, Map<String, Object> arguments) {
    return jdbi.withHandle(handle ->
        handle.createQuery("""
            select c.*,
                   (select count(*) from change_edit e where e.revision = c.revision) as edits,
                   array(select s.level || ':' || s.key from change_scope cs join scope s on s.id = cs.scope_id
                         where cs.revision = c.revision order by s.level, s.key limit 10) as scopes
            from change c
            """ + where).bindMap(arguments).map(Changes::change).list());
  }

  private static Change change(ResultSet row, StatementContext context) throws SQLException {
    List<Scope> scopes = new ArrayList<>();
    for (String scope : (String[]) row.getArray("scopes").getArray()) {
      scopes.add(Scope.parse(scope));
    }
    return new Change(
        row.getLong("revision"),
        row.getString("kind"),
        row.getString("author"),
        row.getString("reason"),
        row.getString("trace_parent"),
        row.getTimestamp("committed_at").toInstant(),
        row.getInt("targets"),
        row.getInt("edits"),
        scopes);
  }
}
