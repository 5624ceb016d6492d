package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused of a table before anything of it is kept, and what is not. */
@ExtendWith(RealServers.class)
final class CatalogueTest {
  private static final TableDefinition T = TableDefinition.of("t");

  private static RealPostgres postgres;
  private Database database;

  @BeforeAll
  static void share(RealPostgres given) {
    postgres = given;
  }

  @BeforeEach
  void open() throws SQLException {
    database = new Database(postgres);
    database.empty();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Table find(TableDefinition definition) {
    return new Catalogue(database.source()).find(definition);
  }

  private void assertRefused(TableDefinition definition, String message) {
    assertThatThrownBy(() -> find(definition))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  /** Statements that make a table {@code t}, and why it is refused when asked for by {@code c}, if by that. */
  record Refused(String name, TableDefinition definition, String message, List<String> sql) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Refused refused(
      String name, TableDefinition definition, String message, String... sql) {
    return new Refused(name, definition, message, List.of(sql));
  }

  private static final String NO_UNIQUE =
      "public.t.c has no unique index of its own, over all rows: two rows could have one value";
  private static final String NO_INDEX =
      "public.t.c has no index that begins with it and finds its values: each miss would read the"
          + " whole table";
  private static final String NO_KEY =
      "public.t has no primary key of one column, by which its rows are kept";
  private static final String NO_TABLE =
      "public.t is no ordinary table: nothing tells when its rows change";
  private static final String SEVERAL =
      "public.t inherits or is inherited from: its rows are those of several tables";
  private static final String NO_IDENTITY =
      "public.t has a replica identity without its primary key, or one that is deferrable: nothing"
          + " tells which rows are deleted";

  static Stream<Refused> refused() {
    TableDefinition unique = T.withUnique("c");
    TableDefinition indexed = T.withIndexed("c");
    String keyed = "create table t (id int primary key, c int)";
    return Stream.of(
        refused("no table", T, "there is no table public.t"),
        refused(
            "no schema",
            T.withSchema("nowhere"),
            "there is no table nowhere.t",
            "create table t (id int primary key)"),
        refused(
            "name in another case",
            TableDefinition.of("T"),
            "there is no table public.T",
            "create table t (id int primary key)"),
        refused("no primary key", T, NO_KEY, "create table t (id int unique not null)"),
        refused(
            "primary key of two columns",
            T,
            NO_KEY,
            "create table t (id int, c int, primary key (id, c))"),
        refused(
            "no column",
            indexed,
            "public.t has no column c, but [id]",
            "create table t (id int primary key)"),
        refused(
            "no unique column",
            unique,
            "public.t has no column c, but [id]",
            "create table t (id int primary key)"),
        refused(
            "dropped column",
            unique,
            "public.t has no column c, but [id]",
            "create table t (id int primary key, c int unique)",
            "alter table t drop c"),
        refused(
            "primary key named",
            T.withUnique("id"),
            "public.t.id is the primary key, and need not be named",
            keyed),
        refused(
            "primary key named as indexed",
            T.withIndexed("id"),
            "public.t.id is the primary key, and need not be named",
            keyed),
        refused("no unique index", unique, NO_UNIQUE, keyed),
        refused("index not unique", unique, NO_UNIQUE, keyed, "create index on t (c)"),
        refused(
            "partial unique index",
            unique,
            NO_UNIQUE,
            keyed,
            "create unique index on t (c) where id > 7"),
        refused(
            "unique index of an expression",
            unique,
            NO_UNIQUE,
            keyed,
            "create unique index on t ((c + 1))"),
        refused(
            "unique index of two columns",
            unique,
            NO_UNIQUE,
            keyed,
            "create unique index on t (c, id)"),
        refused(
            "invalid unique index",
            unique,
            NO_UNIQUE,
            keyed,
            "create unique index i on t (c)",
            "update pg_index set indisvalid = false where indexrelid = 'i'::regclass"),
        refused(
            "excluding instead of unique",
            unique,
            NO_UNIQUE,
            "create table t (id int primary key, c int, exclude (c with =))"),
        refused(
            "unique but not named so",
            indexed,
            "public.t.c has a unique index, and is to be named as unique",
            "create table t (id int primary key, c int unique)"),
        refused(
            "unique by another collation only",
            unique,
            NO_INDEX,
            "create table t (id int primary key, c text)",
            "create unique index on t (c collate \"POSIX\")"),
        refused("no index", indexed, NO_INDEX, keyed),
        refused("index of another first", indexed, NO_INDEX, keyed, "create index on t (id, c)"),
        refused("included only", indexed, NO_INDEX, keyed, "create index on t (id) include (c)"),
        refused("partial index", indexed, NO_INDEX, keyed, "create index on t (c) where id > 7"),
        refused("index of an expression", indexed, NO_INDEX, keyed, "create index on t ((c + 1))"),
        refused(
            "index of ranges of blocks",
            indexed,
            NO_INDEX,
            keyed,
            "create index on t using brin (c)"),
        refused(
            "index of another collation",
            indexed,
            NO_INDEX,
            "create table t (id int primary key, c text)",
            "create index on t (c collate \"POSIX\")"),
        refused(
            "unlogged",
            T,
            "public.t is unlogged or temporary: its changes are not in the log",
            "create unlogged table t (id int primary key)"),
        refused(
            "partitioned",
            T,
            "public.t is partitioned: its changes are logged as those of its partitions",
            "create table t (id int primary key) partition by range (id)"),
        refused(
            "partition",
            T,
            SEVERAL,
            "create table whole (id int primary key) partition by range (id)",
            "create table t partition of whole default"),
        refused(
            "inherited from",
            T,
            SEVERAL,
            "create table t (id int primary key)",
            "create table child () inherits (t)"),
        refused(
            "inherits",
            T,
            SEVERAL,
            "create table parent (id int)",
            "create table t (primary key (id)) inherits (parent)"),
        refused("view", T, NO_TABLE, "create view t as select 1 as id"),
        refused("materialized view", T, NO_TABLE, "create materialized view t as select 1 as id"),
        refused("sequence", T, NO_TABLE, "create sequence t"),
        refused(
            "foreign table",
            T,
            NO_TABLE,
            "create foreign data wrapper none",
            "create server far foreign data wrapper none",
            "create foreign table t (id int) server far"),
        refused(
            "row security",
            T,
            "public.t has row security: what one user may see would be shown to others",
            keyed,
            "alter table t enable row level security"),
        refused(
            "no replica identity", T, NO_IDENTITY, keyed, "alter table t replica identity nothing"),
        refused(
            "replica identity of another column",
            T,
            NO_IDENTITY,
            "create table t (id int primary key, c int not null constraint u unique)",
            "alter table t replica identity using index u"),
        refused(
            "deferrable primary key",
            T,
            NO_IDENTITY,
            "create table t (id int primary key deferrable)"),
        refused(
            "generated unique column",
            unique,
            "public.t.c is generated: the log does not tell its values",
            "create table t (id int primary key, c int generated always as (id + 1) stored unique)"),
        refused(
            "texts that are equal but for their case",
            unique,
            "public.t.c has a collation by which different texts may be equal",
            "create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "create table t (id int primary key, c text collate loose unique)"),
        refused(
            "varchars that are equal but for their case",
            T,
            "public.t.id has a collation by which different texts may be equal",
            "create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "create table t (id varchar(9) collate loose primary key)"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void find_whatCannotBeCachedRight_isRefusedByName(Refused refused) throws SQLException {
    database.execute(refused.sql.toArray(String[]::new));
    assertRefused(refused.definition, refused.message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "numeric | numeric",
        "numeric(10,2) | numeric(10,2)",
        "float8 | double precision",
        "real | real",
        "timestamptz | timestamp with time zone",
        "timestamp | timestamp without time zone",
        "char(3) | character(3)",
        "bpchar | bpchar",
        "varchar(3)[] | character varying(3)[]",
        "jsonb | jsonb",
        "inet | inet",
        "mail | public.mail",
        "mood | public.mood",
        "text[] | text[]"
      })
  void find_keyOfATypeThatIsNotAskedBy_isRefusedByName(String type, String name)
      throws SQLException {
    database.execute(
        "create domain mail as text",
        "create type mood as enum ('good')",
        "create table t (id " + type + " primary key)");
    assertRefused(
        T,
        "public.t.id: " + name
            + " is no type to ask by: equal values of it may have different texts; there are"
            + " smallint, integer, bigint, uuid, boolean, date, bytea, text and varchar");
  }

  @Test
  void find_askedColumnsOfSuchATypeToo_areRefused() throws SQLException {
    database.execute("create table t (id int primary key, c numeric unique)");
    for (TableDefinition definition : List.of(T.withUnique("c"), T.withIndexed("c"))) {
      assertThatThrownBy(() -> find(definition))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("public.t.c: numeric is no type to ask by");
    }
    assertThat(find(T).columns()).as("not asked by it").contains(new Column("c", "numeric"));
  }

  @ParameterizedTest
  @CsvSource({
    "regclass",
    "regtype",
    "regproc",
    "regprocedure",
    "regrole",
    "regnamespace",
    "regconfig",
    "money",
    "aclitem",
    "regclass[]",
    "money[]"
  })
  void find_anyColumnWhoseTextDependsOnMoreThanTheRow_isRefusedByName(String type)
      throws SQLException {
    database.execute("create table t (id int primary key, c " + type + ")");
    assertRefused(T, "public.t.c is a " + type + ": its text depends on more than its row");
  }

  @ParameterizedTest
  @CsvSource({"price", "priced", "priced[]", "prices", "span"})
  void find_anyColumnThatHasSuchAPart_isRefusedByName(String type) throws SQLException {
    database.execute(
        "create domain price as money",
        "create type priced as (what text, cost price)",
        "create domain prices as priced[]",
        "create type span as range (subtype = money)",
        "create table t (id int primary key, c " + type + ")");
    assertRefused(
        T, "public.t.c is a public." + type + " of money: its text depends on more than its row");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int not null unique nulls not distinct",
        "int unique deferrable initially deferred",
        "int generated always as identity unique",
        "text collate \"C\" unique",
        "text collate \"unicode\" unique",
        "varchar(17) unique",
        "bytea unique",
        "uuid unique"
      })
  void find_uniqueColumn_isTaken(String column) throws SQLException {
    database.execute("create table t (id bigint primary key, c " + column + ")");
    Table table = find(T.withUnique("c"));
    assertThat(table.key()).isEqualTo("id");
    assertThat(table.unique()).containsExactly("c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create index on t (c)",
        "create index on t (c, id)",
        "create index on t (c desc nulls last)",
        "create index on t using hash (c)",
        "create index on t (c) include (id)",
        "create index on t (c text_pattern_ops)"
      })
  void find_indexedColumn_isTaken(String index) throws SQLException {
    database.execute("create table t (id bigint primary key, c text)", index);
    assertThat(find(T.withIndexed("c")).indexed()).containsExactly("c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter table t replica identity full",
        "alter table t replica identity using index t_pkey",
        "create unique index i on t (c, id); alter table t replica identity using index i",
        "alter table t add d int generated always as (id + 1) stored",
        "alter table t drop e",
        "create rule r as on update to t do also notify changed",
        "alter table t add check (c > 0)",
        "alter table t cluster on t_pkey"
      })
  void find_whatMakesNoDifference_isTaken(String statement) throws SQLException {
    database.execute("create table t (id bigint primary key, c int not null, e int)", statement);
    assertThat(find(T).columns())
        .startsWith(new Column("id", "bigint"), new Column("c", "integer"));
  }

  @Test
  void find_deferrablePrimaryKeyWithFullReplicaIdentity_isTaken() throws SQLException {
    database.execute(
        "create table t (id bigint primary key deferrable)", "alter table t replica identity full");
    assertThat(find(T).key()).isEqualTo("id");
  }

  @Test
  void find_columns_areThoseNotDropped_inTheirOrder() throws SQLException {
    database.execute(
        "create type mood as enum ('good')",
        "create table t (gone int, name varchar(17), id bigint primary key, mood mood)",
        "alter table t drop gone",
        "alter table t add more numeric(10,2)[], add also timestamptz(3)");
    Table table = find(T);
    assertThat(table.columns())
        .containsExactly(
            new Column("name", "character varying(17)"),
            new Column("id", "bigint"),
            new Column("mood", "public.mood"),
            new Column("more", "numeric(10,2)[]"),
            new Column("also", "timestamp(3) with time zone"));
    assertThat(table.fingerprint()).isEqualTo(Table.Sha256.hex("""
            name character varying(17)
            id bigint
            mood public.mood
            more numeric(10,2)[]
            also timestamp(3) with time zone
            """).substring(0, 8));
  }

  /** Else those who share the rows would take each other's for those of another table. */
  @Test
  void find_whateverTheSearchPath_givesTheSameFingerprint() throws SQLException {
    database.execute(
        "create schema app",
        "create type app.mood as enum ('good')",
        "create table t (id int primary key, mood app.mood)");
    String fingerprint = find(T).fingerprint();
    database.execute("do $$ begin execute format('alter database %I set search_path = app, public',"
        + " current_database()); end $$");
    try (Database other = new Database(postgres)) {
      assertThat(new Catalogue(other.source()).find(T).fingerprint()).isEqualTo(fingerprint);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "public | we\"ird.Table | Id | un ique | \"",
        "Sch\"ema | t | id | c | d",
        "order | select | from | where | group",
        "a b:c | d{e}%f | g#h | i:j | k.l",
        "Größe | Straße | Schlüssel | äöü | \ud83d\ude97",
        "table | column | ctid_ | xmin_ | value"
      })
  void find_oddNames_areCachedRight(
      String schema, String name, String key, String unique, String indexed) throws SQLException {
    String quoted = JdbcRowLoader.quote(schema) + "." + JdbcRowLoader.quote(name);
    database.execute("create schema if not exists " + JdbcRowLoader.quote(schema));
    database.execute(
        "create table " + quoted + " (" + JdbcRowLoader.quote(key) + " int primary key, "
            + JdbcRowLoader.quote(unique) + " text unique, " + JdbcRowLoader.quote(indexed)
            + " date)",
        "create index on " + quoted + " (" + JdbcRowLoader.quote(indexed) + ")",
        "insert into " + quoted + " values (1, 'one', '2026-01-02'), (2, 'two', '2026-01-02')");
    Table found =
        find(TableDefinition.of(name).withSchema(schema).withUnique(unique).withIndexed(indexed));
    JdbcRowLoader loader = new JdbcRowLoader(database.source(), Duration.ofSeconds(20));
    Row one = new Row(found, List.of("1", "one", "2026-01-02"));
    assertThat(loader.load(found, key, List.of("1")).rows()).containsExactly(one);
    assertThat(loader.load(found, unique, List.of("one")).rows()).containsExactly(one);
    assertThat(loader.load(found, indexed, List.of("2026-01-02")).rows())
        .hasSize(2)
        .contains(one);
  }

  @Test
  void find_databaseDoesNotAnswer_failsByName() {
    database.close();
    assertThatThrownBy(() -> find(T))
        .isInstanceOf(LoadFailedException.class)
        .hasMessageStartingWith("The catalogue was not read for public.t: ");
  }
}
