package dev.chasqui.benchmarks.pooledredis.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FairnessTest {
  @Test
  void page_ofShortTime_hasALineForEachPoolThatOneCanWaitFor() throws Exception {
    List<String> lines =
        Fairness.page(Duration.ofMillis(10), Duration.ofMillis(100)).lines().toList();

    assertThat(lines.get(0)).isEqualTo("## pooled-redis: fairness");
    assertThat(lines)
        .filteredOn(line -> line.matches("\\| [A-Z]\\w+ \\| [1-9][0-9,]* \\|.*"))
        .extracting(line -> line.replaceAll("^\\| (\\w+) .*", "$1"))
        .containsExactly("Floor", "FairFloor", "Chasqui", "LettucePool", "Jedis");
    assertThat(lines).last().asString().contains("64 threads, 8 connections", "0.1s");
  }
}
