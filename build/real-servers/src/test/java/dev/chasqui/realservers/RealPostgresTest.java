package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

final class RealPostgresTest {
  private static final GivenServers NONE = new GivenServers(Map.of(), Map.of());

  @TempDir
  private Path directory;

  @Test
  void open_secondTime_findsWhatWasCommitted() {
    String url;
    try (RealPostgres postgres = RealPostgres.open(directory)) {
      url = postgres.jdbcUrl();
      Servers.postgres(postgres, "CREATE TABLE kept AS SELECT 'first run' AS word");
    }
    try (RealPostgres postgres = RealPostgres.open(directory)) {
      assertThat(Servers.postgres(postgres, "SELECT word FROM kept")).isEqualTo("first run");
      assertThat(postgres.jdbcUrl()).as("same port").isEqualTo(url);
      for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        assertThat(Servers.postgres(postgres, "SHOW " + setting)).as(setting).isEqualTo("on");
      }
    }
  }

  @Test
  void open_heldDirectory_isRefusedNamingDirectoryAndPid() {
    try (RealPostgres postgres = RealPostgres.open(directory)) {
      for (int attempt = 1; attempt <= 2; attempt++) {
        assertThatThrownBy(() -> RealPostgres.open(directory))
            .isInstanceOf(RealServerException.class)
            .hasMessageContaining(directory.getFileName().toString())
            .hasMessageContaining("pid " + ProcessHandle.current().pid());
      }
      assertThat(Servers.postgres(postgres, "SELECT 1"))
          .as("the holder is not disturbed")
          .isEqualTo("1");
    }
  }

  @Test
  void open_pidFileNamingAnotherProgram_startsNevertheless() throws Exception {
    RealPostgres.open(directory).close();
    Path pidFile = directory.resolve("data/postmaster.pid");
    long innocent = ProcessHandle.current().pid();
    Files.write(
        pidFile,
        List.of(
            "" + innocent,
            directory.resolve("data").toString(),
            "0",
            "5432",
            "",
            "127.0.0.1",
            "",
            ""));
    try (RealPostgres postgres = RealPostgres.open(directory)) {
      assertThat(Servers.postgres(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void jdbcUrl_withAWrongPassword_isRefused() {
    try (RealPostgres postgres = RealPostgres.forTests(NONE)) {
      assertThatThrownBy(
              () -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), "guess"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void forTests_closed_leavesNoFilesAndNoProcess() throws Exception {
    RealPostgres postgres = RealPostgres.forTests(NONE);
    Path data = Path.of(Servers.data(postgres));
    long pid = Servers.pid(postgres);
    postgres.close();
    assertThat(data.getParent()).doesNotExist();
    await().until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void forTests_givenUrl_usesDatabasesOfItsOwnThere() {
    try (RealPostgres server = RealPostgres.forTests(NONE)) {
      String url = server.jdbcUrl() + "?ApplicationName=mine&user=" + server.username()
          + "&password=" + server.password();
      Map<String, String> environment = Map.of("CHASQUI_TEST_POSTGRES_URL", url);
      GivenServers given = new GivenServers(Map.of(), environment);
      try (RealPostgres one = RealPostgres.forTests(given);
          RealPostgres two = RealPostgres.forTests(given)) {
        Servers.postgres(one, "CREATE TABLE mine(word text)");
        Servers.postgres(two, "CREATE TABLE mine(word text)");
        assertThat(Servers.data(one)).isEqualTo(Servers.data(server));
        assertThat(Servers.postgres(one, "SHOW application_name")).isEqualTo("mine");
      }
      assertThat(Servers.postgres(
              server, "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'"))
          .as("databases left behind, but for the server's own")
          .isEqualTo("1");
    }
  }

  @Test
  void forTests_unreadableUrl_isRefusedSayingTheForm() {
    GivenServers given = new GivenServers(Map.of(GivenServers.POSTGRES, "postgres://x"), Map.of());
    assertThatThrownBy(() -> RealPostgres.forTests(given))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jdbc:postgresql://host:port/database");
  }

  @Test
  void requireLogicalDecoding_ofEverythingStartedHere_isGiven() {
    try (RealPostgres fleeting = RealPostgres.forTests(NONE);
        RealPostgres kept = RealPostgres.open(directory)) {
      fleeting.requireLogicalDecoding();
      kept.requireLogicalDecoding();
      for (RealPostgres postgres : List.of(fleeting, kept)) {
        Servers.postgres(
            postgres, "SELECT pg_create_logical_replication_slot('captured', 'pgoutput')");
      }
    }
  }

  @Test
  void requireLogicalDecoding_withoutIt_isRefusedSayingWhatToSet() {
    try (RealPostgres postgres =
        RealPostgres.emptyDatabaseOn(EmbeddedPostgres.temporary(Map.of("wal_level", "replica")))) {
      assertThatThrownBy(postgres::requireLogicalDecoding)
          .isInstanceOf(RealServerException.class)
          .hasMessageContaining(postgres.jdbcUrl())
          .hasMessageContaining("Set wal_level=logical");
    }
  }

  @Test
  void close_whileChangesAreRead_dropsTheDatabaseAndTheSlot() throws Exception {
    try (RealPostgres server = RealPostgres.forTests(NONE)) {
      RealPostgres database = server.emptyDatabase();
      Servers.postgres(
          database, "SELECT pg_create_logical_replication_slot('captured', 'test_decoding')");
      Properties properties = new Properties();
      properties.setProperty("user", database.username());
      properties.setProperty("password", database.password());
      properties.setProperty("replication", "database");
      properties.setProperty("preferQueryMode", "simple");
      properties.setProperty("assumeMinServerVersion", "14");
      try (Connection reader = DriverManager.getConnection(database.jdbcUrl(), properties)) {
        reader
            .unwrap(PGConnection.class)
            .getReplicationAPI()
            .replicationStream()
            .logical()
            .withSlotName("captured")
            .start();
        database.close();
        assertThat(Servers.postgres(server, "SELECT count(*) FROM pg_replication_slots"))
            .isEqualTo("0");
        assertThat(Servers.postgres(
                server, "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'"))
            .isEqualTo("1");
      }
    }
  }
}
