package dev.chasqui.realservers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What the tests ask real servers. */
final class Servers {
  private Servers() {}

  static String postgres(RealPostgres postgres, String sql) {
    return ask(postgres.jdbcUrl(), postgres.username(), postgres.password(), sql);
  }

  static String replica(RealReplica replica, String sql) {
    return ask(replica.jdbcUrl(), replica.username(), replica.password(), sql);
  }

  private static String ask(String url, String username, String password, String sql) {
    try (Connection connection = DriverManager.getConnection(url, username, password);
        var statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return "";
      }
      try (ResultSet rows = statement.getResultSet()) {
        return rows.next() ? rows.getString(1) : "";
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  static String redis(RealRedis redis, String... words) throws IOException {
    try (RedisConnection connection = new RedisConnection(URI.create(redis.uri()))) {
      return connection.call(words);
    }
  }

  static long pid(RealPostgres postgres) throws IOException {
    return Long.parseLong(
        Files.readAllLines(Path.of(data(postgres), "postmaster.pid")).get(0));
  }

  static long pid(RealReplica replica) throws IOException {
    return Long.parseLong(
        Files.readAllLines(Path.of(data(replica), "postmaster.pid")).get(0));
  }

  static String data(RealReplica replica) {
    return replica(replica, "SELECT current_setting('data_directory')");
  }

  static String data(RealPostgres postgres) {
    return postgres(postgres, "SELECT current_setting('data_directory')");
  }

  static long pid(RealRedis redis) throws IOException {
    return Long.parseLong(pidIn(redis(redis, "INFO", "server")));
  }

  static String pid(RedisProcess redis) {
    return pidIn(redis.call("INFO", "server"));
  }

  private static String pidIn(String info) {
    return info.lines()
        .filter(line -> line.startsWith("process_id:"))
        .findFirst()
        .orElseThrow()
        .substring("process_id:".length());
  }

  static String data(RedisProcess redis) {
    return redis.call("CONFIG", "GET", "dir").lines().skip(1).findFirst().orElseThrow();
  }
}
