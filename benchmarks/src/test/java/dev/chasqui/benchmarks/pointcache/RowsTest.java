package dev.chasqui.benchmarks.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.pointcache.many.ManyBenchmark;
import dev.chasqui.benchmarks.pointcache.near.NearBenchmark;
import dev.chasqui.benchmarks.pointcache.redis.RedisBenchmark;
import io.lettuce.core.KeyValue;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** That all who take part answer the same rows, and from where they are said to. */
final class RowsTest {
  private static final long KEY = 4711;

  private static Servers servers;

  @BeforeAll
  static void start() throws Exception {
    servers = Servers.start();
  }

  @AfterAll
  static void stop() {
    servers.close();
  }

  @Test
  void near_whoeverTakesPart_findsTheRow() throws Exception {
    for (NearBenchmark each : TakingPart.in(NearBenchmark.class)) {
      try (NearBenchmark.Client client = each.open(servers, 1)) {
        assertThat(client.find(KEY)).as("%s", each.getClass()).isEqualTo(Vehicles.of(KEY));
      }
    }
  }

  @Test
  void near_rowsChangedUntold_areTheOldOnes() throws Exception {
    for (NearBenchmark each : TakingPart.in(NearBenchmark.class)) {
      try (NearBenchmark.Client client = each.open(servers, 1)) {
        execute("delete from vehicle");
        assertThat(client.find(KEY)).as("%s", each.getClass()).isEqualTo(Vehicles.of(KEY));
      } finally {
        execute(Vehicles.INSERT);
      }
    }
  }

  private static void execute(String sql) throws Exception {
    try (Connection connection = servers.database().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void redis_whoeverTakesPart_findsTheRow() throws Exception {
    for (RedisBenchmark each : TakingPart.in(RedisBenchmark.class)) {
      try (RedisBenchmark.Client client = each.open(servers, 2)) {
        assertThat(text(client.find(KEY)))
            .as("%s", each.getClass())
            .contains("VIN00000000004711", "1004711", "note of 4711 nnn");
      }
    }
  }

  @Test
  void many_whoeverTakesPart_findsAllRowsOfTheList() throws Exception {
    List<Long> keys = Vehicles.lists().get(3);
    for (ManyBenchmark each : TakingPart.in(ManyBenchmark.class)) {
      try (ManyBenchmark.Client client = each.open(servers, 2)) {
        Collection<?> rows = client.find(3);
        assertThat(rows).as("%s", each.getClass()).hasSize(Vehicles.MANY);
        assertThat(keys)
            .as("%s", each.getClass())
            .allSatisfy(key -> assertThat(rows)
                .anyMatch(row -> text(row).contains(Vehicles.of(key).vin())));
      }
    }
  }

  @Test
  void lists_eachOne_hasDifferentKeys() {
    assertThat(Vehicles.lists())
        .hasSize(Vehicles.LISTS)
        .allSatisfy(keys -> assertThat(keys).hasSize(Vehicles.MANY).doesNotHaveDuplicates());
  }

  /** Those who do not read it have bytes. */
  private static String text(Object row) {
    Object value = row instanceof KeyValue<?, ?> pair ? pair.getValue() : row;
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : value.toString();
  }
}
