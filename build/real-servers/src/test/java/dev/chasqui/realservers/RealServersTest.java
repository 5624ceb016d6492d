package dev.chasqui.realservers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class RealServersTest {
  private final RealPostgres postgres;
  private final RealRedis redis;

  RealServersTest(RealPostgres postgres, RealRedis redis) {
    this.postgres = postgres;
    this.redis = redis;
  }

  @RepeatedTest(2)
  void constructor_eachTest_getsEmptyServers() throws IOException {
    Servers.postgres(postgres, "CREATE TABLE truck(id bigint)"); // would fail the second time
    assertThat(Servers.redis(redis, "INCR", "truck")).isEqualTo("1");
  }

  @Test
  void parameters_ofOneTest_areTheSame(RealPostgres again, RealRedis too) {
    assertThat(again).isSameAs(postgres);
    assertThat(too).isSameAs(redis);
  }

  @Test
  void redisProcess_killed_leavesTheOtherRedisAlone(RedisProcess process) throws IOException {
    process.kill();
    assertThat(Servers.redis(redis, "PING")).isEqualTo("PONG");
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  final class BeforeAllTest {
    private String database = "";

    @BeforeAll
    void prepare(RealPostgres shared) {
      database = shared.jdbcUrl();
    }

    @RepeatedTest(2)
    void parameter_afterBeforeAll_isTheClassesOwn(RealPostgres shared) {
      assertThat(shared.jdbcUrl()).isEqualTo(database);
    }
  }
}
