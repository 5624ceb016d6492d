package dev.chasqui.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.ResultPage.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ResultPageTest {
  @Test
  void table_twoTasks_sortsEachBySpeedAndDividesByItsOwnFloor() {
    assertThat(ResultPage.table(List.of(
            new Row("resolve 5x130", "Peer", 1300, 1.5, 1234.567, "us/op", 2_000_000, Double.NaN),
            new Row("resolve 5x130", "Floor", 11, 0.125, 10, "us/op", 16, Double.NaN),
            new Row("readInt", "Peer", 7, 0.1, 6, "ns/op", 0.001, Double.NaN),
            new Row("readInt", "Floor", 8, 0.1, 2, "ns/op", 0, Double.NaN))))
        .isEqualTo("""
            | Task | Who | Mean | ± | Best | Unit | × floor | B/op |
            |---|---|--:|--:|--:|---|--:|--:|
            | readInt | Floor | 8.00 | 0.10 | 2.00 | ns/op | 1.0 | 0 |
            | readInt | Peer | 7.00 | 0.10 | 6.00 | ns/op | 3.0 | 0 |
            | resolve 5x130 | Floor | 11.00 | 0.13 | 10.00 | us/op | 1.0 | 16 |
            | resolve 5x130 | Peer | 1,300.00 | 1.50 | 1,234.57 | us/op | 123.5 | 2,000,000 |
            """);
  }

  @Test
  void table_noFloorAndTooFewFigures_leavesThemOut() {
    assertThat(ResultPage.table(
            List.of(new Row("readInt", "Peer", 6, Double.NaN, 5, "ns/op", Double.NaN, Double.NaN))))
        .endsWith("| readInt | Peer | 6.00 |  | 5.00 | ns/op |  |  |\n");
  }
}
