package dev.chasqui.realservers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;

/** The program that a test starts to kill it: holds servers, says where, and then only waits. */
final class ServerHolder {
  private ServerHolder() {}

  /** With a directory, holds persistent servers there and writes a row; without, servers for tests. */
  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    if (arguments.length == 1) {
      report(report, RealPostgres.forTests(), RealRedis.forTests());
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
    Path aside = Files.writeString(
        report.resolveSibling("aside"),
        String.join(
            "\n",
            List.of("" + Servers.pid(postgres), "" + Servers.pid(redis), Servers.data(postgres))));
    Files.move(aside, report);
  }
}
