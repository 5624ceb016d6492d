package dev.chasqui.realservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;

/** The program that a test starts to kill it: holds servers, says where, and then only waits. */
final class ServerHolder {
  private ServerHolder() {}

  /**
   * With a directory, holds persistent servers there and writes a row; with "paused", a Redis that hangs; with
   * "replica", a PostgreSQL and its replica; with nothing, servers for tests.
   */
  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    if (arguments.length == 1) {
      report(report, RealPostgres.forTests(), RealRedis.forTests());
    } else if (arguments[1].equals("paused")) {
      RedisProcess redis = RedisProcess.start();
      redis.restart();
      String pid = Servers.pid(redis);
      String data = Servers.data(redis);
      redis.pause();
      write(report, List.of(pid, data));
    } else if (arguments[1].equals("replica")) {
      RealPostgres primary = RealPostgres.embedded();
      RealReplica replica = primary.startReplica();
      replica.pauseReplay();
      write(
          report,
          List.of("" + Servers.pid(primary), "" + Servers.pid(replica), Servers.data(replica)));
    } else {
      RealPostgres postgres = RealPostgres.open(Path.of(arguments[1], "postgres"));
      RealRedis redis = RealRedis.open(Path.of(arguments[1], "redis"));
      try (Connection connection = DriverManager.getConnection(
          postgres.jdbcUrl(), postgres.username(), postgres.password())) {
        connection
            .createStatement()
            .execute("CREATE TABLE kept AS SELECT 'before the kill' AS word");
      }
      Servers.redis(redis, "SET", "kept", "before the kill");
      report(report, postgres, redis);
    }
    System.in.read();
  }

  private static void report(Path report, RealPostgres postgres, RealRedis redis) throws Exception {
    write(
        report,
        List.of("" + Servers.pid(postgres), "" + Servers.pid(redis), Servers.data(postgres)));
  }

  private static void write(Path report, List<String> lines) throws IOException {
    Files.move(Files.write(report.resolveSibling("aside"), lines), report);
  }
}
