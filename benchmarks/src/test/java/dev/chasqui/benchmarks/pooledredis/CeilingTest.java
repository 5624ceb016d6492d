package dev.chasqui.benchmarks.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CeilingTest {
  @Test
  void parsed_tableOfTheProgram_givesRateAndMicroseconds() {
    Ceiling.Round round = Ceiling.parsed("""
        "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
        "GET","71428.57","0.060","0.016","0.055","0.103","0.175","0.551"
        """);

    assertThat(round).isEqualTo(new Ceiling.Round(71428.57, 175));
  }

  @Test
  void parsed_complaint_isRefused() {
    assertThatThrownBy(() -> Ceiling.parsed("Could not connect to Redis: Connection refused"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Connection refused");
  }

  @Test
  void best_programOnThePath_isOfAWorkingConnection() throws Exception {
    Optional<Path> program = Ceiling.program();
    assumeThat(program).as("redis-benchmark on the PATH").isPresent();
    try (FilledRedis redis = FilledRedis.start()) {
      Ceiling ceiling = new Ceiling(program.orElseThrow(), redis.uri(), 0.01);

      assertThat(ceiling.best("get", 8, 64).perSecond()).isPositive();
    }
  }
}
