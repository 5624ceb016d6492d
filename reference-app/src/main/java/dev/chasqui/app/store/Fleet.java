package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Level;
import dev.chasqui.hierarchicalconfig.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Companies, their groups, vehicles and devices. */
public final class Fleet {
  /** The levels of the app. */
  public static final Hierarchy HIERARCHY = Hierarchy.DEFAULT;

  private final Jdbi jdbi;

  /** How many scopes of each level there are below one. */
  public record Size(int companies, int groups, int vehicles, int devices) {}

  public Fleet(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  public Optional<Node> find(Scope scope) {
    return nodes(
            "where s.level = :level and s.key = :key",
            Map.<String, Object>of("level", scope.level(), "key", scope.key()))
        .stream()
        .findFirst();
  }

  /**
   * The scopes of one level directly below {@code parent}, by key.
   *
   * @param after only those whose key is greater; empty for the first page
   * @param limit at most so many
   */
  public List<Node> children(Scope parent, String level, String after, int limit) {
    return nodes(
        """
        where p.level = :parentLevel and p.key = :parentKey and s.level = :level and s.key > :after
        order by s.key limit :limit""",
        Map.<String, Object>of(
            "parentLevel",
            parent.level(),
            "parentKey",
            parent.key(),
            "level",
            level,
            "after",
            after,
            "limit",
            limit));
  }

  /** The vehicles and devices that are themselves in {@code group}, by level and key. */
  public List<Node> members(Scope group, String after, int limit) {
    return nodes(
        """
        where exists (select 1 from membership m join scope g on g.id = m.group_id
                      where m.member_id = s.id and g.level = :level and g.key = :key)
          and s.key > :after
        order by s.key limit :limit""",
        Map.<String, Object>of(
            "level", group.level(), "key", group.key(), "after", after, "limit", limit));
  }

  /** The scopes above a device and itself, the widest first; empty if there is no such device. */
  public List<Scope> pathOf(String device) {
    List<Scope> path = jdbi.withHandle(handle -> handle
        .createQuery("""
            select s.level, s.key from device_path p
            join scope s on s.id = p.scope_id
            join scope d on d.id = p.device_id
            where d.level = 'device' and d.key = :device
            order by s.level, s.priority, s.key""")
        .bind("device", device)
        .map((row, context) -> new Scope(row.getString("level"), row.getString("key")))
        .list());
    List<String> levels = HIERARCHY.levels().stream().map(Level::name).toList();
    return path.stream()
        .sorted(Comparator.comparingInt(scope -> levels.indexOf(scope.level())))
        .toList();
  }

  /**
   * What a device says of itself, as far as it is known here: see {@link DeviceFacts}. None if there is no such device.
   */
  public DeviceContext factsOf(String device) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select st.software from scope d join device_state st on st.device_id = d.id
            where d.level = 'device' and d.key = :device""")
        .bind("device", device)
        .mapTo(String.class)
        .findOne()
        .map(software -> DeviceFacts.of(device, software))
        .orElse(DeviceContext.NONE));
  }

  /** Keys of the devices below {@code scope}, by key. */
  public List<String> devicesBelow(Scope scope, String after, int limit) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select d.key from device_path p
            join scope s on s.id = p.scope_id
            join scope d on d.id = p.device_id
            where s.level = :level and s.key = :key and d.key > :after
            order by d.key limit :limit""")
        .bind("level", scope.level())
        .bind("key", scope.key())
        .bind("after", after)
        .bind("limit", limit)
        .mapTo(String.class)
        .list());
  }

  /** How many devices there are below {@code scope}. */
  public int countDevicesBelow(Scope scope) {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select count(*) from device_path p join scope s on s.id = p.scope_id
            where s.level = :level and s.key = :key""")
        .bind("level", scope.level())
        .bind("key", scope.key())
        .mapTo(int.class)
        .one());
  }

  /** How many scopes of each level are directly below {@code scope}; of a group, its members. */
  public Map<String, Integer> countChildren(Scope scope) {
    Map<String, Integer> counts = new TreeMap<>();
    jdbi.useHandle(handle -> handle
        .createQuery("""
            select c.level, count(*) as count
            from scope s
            join scope c on c.parent_id = s.id
              or c.id in (select m.member_id from membership m where m.group_id = s.id)
            where s.level = :level and s.key = :key
            group by c.level""")
        .bind("level", scope.level())
        .bind("key", scope.key())
        .map((row, context) -> counts.put(row.getString("level"), row.getInt("count")))
        .forEach(unused -> {}));
    return counts;
  }

  public Size size() {
    return jdbi.withHandle(handle -> handle
        .createQuery("""
            select count(*) filter (where level = 'company') as companies,
                   count(*) filter (where level = 'group') as groups,
                   count(*) filter (where level = 'vehicle') as vehicles,
                   count(*) filter (where level = 'device') as devices
            from scope""")
        .map((row, context) -> new Size(
            row.getInt("companies"),
            row.getInt("groups"),
            row.getInt("vehicles"),
            row.getInt("devices")))
        .one());
  }

  /**
   * Puts nodes in, or moves and renames those that are there, in the transaction of {@code handle}.
   * A parent or a group must be there already or stand earlier in the list. The caller commits the
   * change: see {@link Changes.Draft#enrol}.
   *
   * @param nodes the nodes
   * @param fields where each stands in the request, for problems; of the same length
   * @param moved gets the nodes that are new or whose change bears on the profiles of devices; a new
   *     name does not
   * @return a problem for each node that was left out
   */
  List<Problem> put(Handle handle, List<Node> nodes, List<String> fields, Set<Scope> moved) {
    List<Problem> problems = new ArrayList<>();
    Map<Scope, Row> known = lookUp(handle, nodes);
    Map<Scope, Node> present = present(handle, nodes);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Problem problem = check(node, fields.get(i), known);
      if (problem != null) {
        problems.add(problem);
        continue;
      }
      Node before = present.put(node.scope(), node);
      boolean stays = before != null && isSamePlace(before, node);
      if (!stays || !before.name().equals(node.name())) {
        known.put(node.scope(), store(handle, node, known));
      }
      if (!stays) {
        moved.add(node.scope());
      }
    }
    return problems;
  }

  private static Map<Scope, Node> present(Handle handle, List<Node> nodes) {
    List<String> names = nodes.stream().map(node -> node.scope().toString()).toList();
    Map<Scope, Node> present = new HashMap<>();
    handle
        .createQuery(NODES + "where s.level || ':' || s.key = any(:names)")
        .bindArray("names", String.class, names)
        .map(Fleet::node)
        .forEach(node -> present.put(node.scope(), node));
    return present;
  }

  private static boolean isSamePlace(Node left, Node right) {
    return Objects.equals(left.parent(), right.parent())
        && left.priority() == right.priority()
        && Set.copyOf(left.groups()).equals(Set.copyOf(right.groups()));
  }

  /** What is known of a scope: its id, and the scopes above it, itself included, by id. */
  private record Row(long id, Set<Long> above) {}

  private static Map<Scope, Row> lookUp(Handle handle, List<Node> nodes) {
    Set<String> names = new HashSet<>();
    for (Node node : nodes) {
      names.add(node.scope().toString());
      if (node.parent() != null) {
        names.add(node.parent().toString());
      }
      node.groups().forEach(group -> names.add(group.toString()));
    }
    Map<Scope, Row> known = new HashMap<>();
    handle
        .createQuery("""
            with recursive up as (
              select id as of, id, parent_id from scope where level || ':' || key = any(:names)
              union all select up.of, p.id, p.parent_id from up join scope p on p.id = up.parent_id)
            select s.level, s.key, up.of, up.id from up join scope s on s.id = up.of""")
        .bindArray("names", String.class, List.copyOf(names))
        .map((row, context) -> {
          known
              .computeIfAbsent(
                  new Scope(row.getString("level"), row.getString("key")), scope -> newRow(row))
              .above()
              .add(row.getLong("id"));
          return 0;
        })
        .forEach(unused -> {});
    return known;
  }

  private static Row newRow(ResultSet row) {
    try {
      return new Row(row.getLong("of"), new HashSet<>());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Problem check(Node node, String field, Map<Scope, Row> known) {
    Scope parent = node.parent();
    int level = indexOf(node.scope());
    if (level <= 0) {
      return new Problem(
          field + "/scope",
          "unknown-level",
          node.scope() + ": level must be one of "
              + HIERARCHY.levels().stream().skip(1).map(Level::name).toList());
    }
    if (parent == null
        || indexOf(parent) < 0
        || indexOf(parent) >= level
        || HIERARCHY.levelOf(parent).many()) {
      return new Problem(
          field + "/parent",
          "bad-parent",
          node.scope() + ": parent must be of a level above, was " + parent);
    }
    if (!known.containsKey(parent)) {
      return new Problem(
          field + "/parent", "unknown-scope", node.scope() + ": there is no parent " + parent);
    }
    if (node.name().isBlank() || node.name().length() > 200) {
      return new Problem(
          field + "/name", "bad-name", node.scope() + ": name must have 1 to 200 characters");
    }
    for (Scope group : node.groups()) {
      if (!known.containsKey(group) || !HIERARCHY.levelOf(group).many()) {
        return new Problem(
            field + "/groups", "unknown-scope", node.scope() + ": there is no group " + group);
      }
      if (!isBeside(group, parent, known)) {
        return new Problem(
            field + "/groups", "bad-group", node.scope() + ": " + group + " is of another company");
      }
    }
    return null;
  }

  /** Whether all that is above {@code group} is above {@code parent} too, or is that parent. */
  private static boolean isBeside(Scope group, Scope parent, Map<Scope, Row> known) {
    Row of = Objects.requireNonNull(known.get(group));
    Set<Long> above = new HashSet<>(of.above());
    above.remove(of.id());
    return Objects.requireNonNull(known.get(parent)).above().containsAll(above);
  }

  private static int indexOf(Scope scope) {
    List<String> levels = HIERARCHY.levels().stream().map(Level::name).toList();
    return levels.indexOf(scope.level());
  }

  /** A new priority is a new state of the profile: a device that was away must see that it is behind. */
  private static Row store(Handle handle, Node node, Map<Scope, Row> known) {
    Row parent = Objects.requireNonNull(known.get(Objects.requireNonNull(node.parent())));
    long id = handle
        .createQuery("""
            insert into scope (level, key, name, parent_id, priority)
            values (:level, :key, :name, :parent, :priority)
            on conflict (level, key) do update
            set name = excluded.name, parent_id = excluded.parent_id, priority = excluded.priority,
                revision = case when scope.priority = excluded.priority then scope.revision
                                else (select revision from clock) end
            returning id""")
        .bind("level", node.scope().level())
        .bind("key", node.scope().key())
        .bind("name", node.name())
        .bind("parent", parent.id())
        .bind("priority", node.priority())
        .mapTo(long.class)
        .one();
    handle.execute("delete from membership where member_id = ?", id);
    if (!node.groups().isEmpty()) {
      PreparedBatch batch = handle.prepareBatch(
          "insert into membership (group_id, member_id) values (:group, :member)");
      for (Scope group : new HashSet<>(node.groups())) {
        batch
            .bind("group", Objects.requireNonNull(known.get(group)).id())
            .bind("member", id)
            .add();
      }
      batch.execute();
    }
    Set<Long> above = new HashSet<>(parent.above());
    above.add(id);
    return new Row(id, above);
  }

  /** Computes the paths anew of all devices at or below these scopes; returns the devices' ids. */
  static List<Long> renewPaths(Handle handle, List<Scope> scopes) {
    List<Long> devices = handle
        .createQuery("""
            with recursive down as (
              select id, level from scope where level || ':' || key = any(:names)
              union
              select s.id, s.level from down join scope s
                on s.parent_id = down.id or s.id in (select member_id from membership where group_id = down.id))
            select id from down where level = 'device'""")
        .bindArray("names", String.class, scopes.stream().map(Scope::toString).toList())
        .mapTo(Long.class)
        .list();
    handle
        .createUpdate("delete from device_path where device_id = any(:devices)")
        .bindArray("devices", Long.class, devices)
        .execute();
    handle.createUpdate("""
            with recursive up as (
              select id as device_id, id, parent_id from scope where id = any(:devices)
              union all
              select up.device_id, p.id, p.parent_id from up join scope p on p.id = up.parent_id)
            insert into device_path (device_id, scope_id)
            select device_id, id from up
            union
            select up.device_id, m.group_id from up join membership m on m.member_id = up.id""").bindArray("devices", Long.class, devices).execute();
    handle.createUpdate("""
            insert into device_state (device_id, enrolled_revision, path_revision)
            select d, clock.revision, clock.revision from unnest(:devices) d, clock order by d
            on conflict (device_id) do update set path_revision = excluded.path_revision""").bindArray("devices", Long.class, devices).execute();
    return devices;
  }

  private static final String NODES = """
      select s.level, s.key, s.name, s.priority, p.level as parent_level, p.key as parent_key,
             array(select g.level || ':' || g.key from membership m join scope g on g.id = m.group_id
                   where m.member_id = s.id order by g.key) as groups
      from scope s left join scope p on p.id = s.parent_id
      """;

  private List<Node> nodes(String where, Map<String, Object> arguments) {
    return jdbi.withHandle(handle ->
        handle.createQuery(NODES + where).bindMap(arguments).map(Fleet::node).list());
  }

  private static Node node(ResultSet row, StatementContext context) throws SQLException {
    String parentLevel = row.getString("parent_level");
    List<Scope> groups = new ArrayList<>();
    for (String group : (String[]) row.getArray("groups").getArray()) {
      groups.add(Scope.parse(group));
    }
    return new Node(
        new Scope(row.getString("level"), row.getString("key")),
        row.getString("name"),
        parentLevel == null ? null : new Scope(parentLevel, row.getString("parent_key")),
        row.getInt("priority"),
        groups);
  }
}
