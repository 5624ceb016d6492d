package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** The profiles, as of the last commit. */
public final class Profiles {
  private final Jdbi jdbi;

  /**
   * The profiles on a device's path.
   *
   * @param revision the newest change at that moment: whatever it and its predecessors did is in
   */
  public record OnPath(long revision, List<Profile> profiles) {}

  public Profiles(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** The profile at {@code scope}: an empty one if nobody has edited it. */
  public Profile at(Scope scope) {
    return read(
            SELECT + "where s.level = :level and s.key = :key",
            query -> query.bind("level", scope.level()).bind("key", scope.key()))
        .stream()
        .findFirst()
        .orElse(Profile.empty(scope));
  }

  /** The profiles on the path of a device, in one consistent state; no profiles if there is no such device. */
  public OnPath onPathOf(String device) {
    return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
      long revision =
          handle.createQuery("select revision from clock").mapTo(long.class).one();
      Query query = handle.createQuery(SELECT + """
          join device_path p on p.scope_id = s.id
          join scope d on d.id = p.device_id
          where d.level = 'device' and d.key = :device""");
      return new OnPath(revision, collect(query.bind("device", device)));
    });
  }

  /** The profiles at {@code scopes}; of scopes that do not exist, none. */
  public List<Profile> at(Collection<Scope> scopes) {
    List<String> names = scopes.stream().map(Scope::toString).toList();
    return read(
        SELECT + "where s.level || ':' || s.key = any(:names)",
        query -> query.bindArray("names", String.class, names));
  }

  private static final String SELECT = """
      select s.level, s.key as scope_key, s.revision as profile_revision, s.priority,
             e.key, e.value, e.rules, e.revision, e.author
      from scope s
      left join entry e on e.scope_id = s.id
      """;

  private List<Profile> read(String sql, UnaryOperator<Query> bind) {
    return jdbi.withHandle(handle -> collect(bind.apply(handle.createQuery(sql))));
  }

  private record Row(Scope scope, long revision, int priority) {}

  private static List<Profile> collect(Query query) {
    Map<Row, Map<String, Entry>> byScope = new LinkedHashMap<>();
    query
        .map((ResultSet row, StatementContext context) -> {
          Row of = new Row(
              new Scope(row.getString("level"), row.getString("scope_key")),
              row.getLong("profile_revision"),
              row.getInt("priority"));
          addEntry(byScope.computeIfAbsent(of, unused -> new LinkedHashMap<>()), row);
          return of;
        })
        .forEach(of -> {});
    List<Profile> profiles = new ArrayList<>();
    byScope.forEach((of, entries) ->
        profiles.add(new Profile(of.scope(), of.revision(), of.priority(), entries)));
    return profiles;
  }

  private static void addEntry(Map<String, Entry> entries, ResultSet row) throws SQLException {
    String key = row.getString("key");
    if (key != null) {
      entries.put(
          key,
          EntryRules.entry(
              Json.read(row.getString("value")),
              EntryRules.read(row.getString("rules")),
              row.getLong("revision"),
              row.getString("author")));
    }
  }
}
