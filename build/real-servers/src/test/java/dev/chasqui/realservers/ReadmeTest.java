package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class ReadmeTest {
  @Test
  void servers_asParameters_areEmptyAndReal(RealPostgres postgres, RealRedis redis)
      throws SQLException {
    try (Connection connection =
        DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password())) {
      connection.createStatement().execute("CREATE TABLE truck(id bigint)");
    }
    assertThat(redis.uri())
        .startsWith("redis://"); // with its password: hand it to Lettuce as it is
  }
}
