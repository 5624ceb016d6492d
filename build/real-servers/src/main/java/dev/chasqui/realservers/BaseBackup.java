package dev.chasqui.realservers;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * Copies the data of a running embedded server so that a standby can start on them: PostgreSQL's low-level backup, since
 * the embedded programs have no {@code pg_basebackup}. The log is not copied; the standby asks for it from the backup's
 * start on, and the slot keeps it until then.
 *
 * @param data where the running server has its data
 * @param slot the physical replication slot, which has reserved the log already
 */
record BaseBackup(Path data, PostgresAddress primary, String slot) {
  /** What belongs to a running server: the directories are wanted, empty. */
  private static final Set<String> EMPTIED = Set.of(
      "pg_wal",
      "pg_replslot",
      "pg_dynshmem",
      "pg_notify",
      "pg_serial",
      "pg_snapshots",
      "pg_stat_tmp",
      "pg_subtrans");

  private static final Set<String> LEFT_OUT = Set.of("postmaster.pid", "postmaster.opts");

  /** Makes {@code target} the data directory of a standby. */
  void copyTo(Path target) throws IOException {
    try (Connection connection = primary.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_backup_start('replica', fast => true)");
      copyFiles(target);
      try (ResultSet stopped = statement.executeQuery(
          "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")) {
        stopped.next();
        // It says where replay begins; without it, damaged data would look sound.
        Files.writeString(target.resolve("backup_label"), stopped.getString(1));
      }
      Files.createFile(target.resolve("standby.signal"));
      Files.writeString(
          target.resolve("postgresql.auto.conf"), following(connection), StandardOpenOption.APPEND);
    } catch (SQLException e) {
      throw new RealServerException(
          "No backup of PostgreSQL at " + primary.jdbcUrl() + ": " + e.getMessage(), e);
    }
  }

  private void copyFiles(Path target) throws IOException {
    Files.walkFileTree(data, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
          throws IOException {
        Path relative = data.relativize(directory);
        Directories.createPrivate(target.resolve(relative.toString()));
        return EMPTIED.contains(relative.toString())
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        Path relative = data.relativize(file);
        if (!LEFT_OUT.contains(relative.toString())) {
          try {
            Files.copy(file, target.resolve(relative.toString()));
          } catch (NoSuchFileException e) {
            // Removed meanwhile: the log says so too.
          }
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
        if (failure instanceof NoSuchFileException) {
          return FileVisitResult.CONTINUE;
        }
        throw failure;
      }
    });
  }

  /** Whom to follow. In a file that only its owner can read, since a command line is for all to see. */
  private String following(Connection connection) throws SQLException {
    String host = primary.hosts().replaceFirst(":\\d+$", "");
    String port = primary.hosts().substring(host.length() + 1);
    String sql = "SELECT format(E'\\nprimary_conninfo = %L\\nprimary_slot_name = %L\\n', ?, ?)";
    try (PreparedStatement quoting = connection.prepareStatement(sql)) {
      quoting.setString(
          1,
          "host=" + host + " port=" + port + " user=" + primary.username() + " password="
              + primary.password());
      quoting.setString(2, slot);
      try (ResultSet quoted = quoting.executeQuery()) {
        quoted.next();
        return quoted.getString(1);
      }
    }
  }
}
