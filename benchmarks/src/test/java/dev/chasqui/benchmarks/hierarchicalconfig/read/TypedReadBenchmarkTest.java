package dev.chasqui.benchmarks.hierarchicalconfig.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TypedReadBenchmarkTest {
  @Test
  void read_whoeverTakesPart_givesTheSame() {
    assertThat(TakingPart.in(TypedReadBenchmark.class)).allSatisfy(each -> {
      assertThat(each.readInt()).isEqualTo(30);
      assertThat(each.readBoolean()).isTrue();
      assertThat(each.readString()).isEqualTo("front left");
      assertThat(each.readDuration()).isEqualTo(Duration.ofSeconds(30));
    });
  }

  @Test
  void all_settings_areAsManyAsPx4Has() {
    assertThat(TypedReadBenchmark.all())
        .hasSize(1_399)
        .containsAllEntriesOf(TypedReadBenchmark.READ);
  }
}
