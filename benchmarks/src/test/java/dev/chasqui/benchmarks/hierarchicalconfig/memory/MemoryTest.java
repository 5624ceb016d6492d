package dev.chasqui.benchmarks.hierarchicalconfig.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryTest {
  @Test
  void page_ofAFewDevices_hasBytesOfEverything() {
    List<String> lines = Memory.page(50).lines().toList();

    assertThat(lines.get(0)).isEqualTo("## hierarchical-config: memory");
    assertThat(lines)
        .filteredOn(line ->
            line.matches("\\| [a-z].* \\| [1-9][0-9,]* \\| [1-9][0-9,]* \\| [1-9][0-9,]* \\|"))
        .hasSize(7)
        .anyMatch(line -> line.startsWith("| fleet index of devices |") && line.contains("| 50 |"));
    assertThat(lines).last().asString().contains("references of ");
  }
}
