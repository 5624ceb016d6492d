package dev.chasqui.benchmarks.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.pooledredis.ThreadsTable.Figure;
import dev.chasqui.benchmarks.pooledredis.ThreadsTable.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ThreadsTableTest {
  private static final Task GET = new Task("commands", "get");
  private static final Task BORROW = new Task("borrow", "borrow");
  private static final double NONE = Double.NaN;

  @Test
  void tables_severalThreads_haveAColumnForEachAndAllOtherFiguresInOneCell() {
    assertThat(ThreadsTable.tables(List.of(
            new Figure(GET, "Slow", 1, 20_000, 70.4, 1_024, 9.5, 5),
            new Figure(GET, "Slow", 8, 30_000, 400, 1_000, 12.5, 5),
            new Figure(GET, "Fast", 1, 15_000, 80, 10, 9.5, NONE),
            new Figure(GET, "Fast", 8, 60_000, 100, 10, 12.5, 5),
            new Figure(GET, "redis-benchmark", 1, 40_000, 50, NONE, NONE, NONE),
            new Figure(GET, "redis-benchmark", 8, 120_000, 90, NONE, NONE, NONE))))
        .isEqualTo("""
            ### commands: get

            Thousands a second (÷ redis-benchmark) of so many threads; then for each number of threads.

            | Who | 1 | 8 | 99 % within µs | B/op | client CPU µs/op | server CPU µs/op |
            |---|--:|--:|--:|--:|--:|--:|
            | redis-benchmark | 40.0 (1.00) | 120.0 (1.00) | 50 / 90 |  |  |  |
            | Fast | 15.0 (0.38) | 60.0 (0.50) | 80 / 100 | 10 / 10 | 9.5 / 13 |  / 5.0 |
            | Slow | 20.0 (0.50) | 30.0 (0.25) | 70 / 400 | 1,024 / 1,000 | 9.5 / 13 | 5.0 / 5.0 |
            """);
  }

  @Test
  void tables_noYardstick_divideByTheMostOfEachColumn() {
    assertThat(ThreadsTable.tables(List.of(
            new Figure(GET, "A", 1, 20_000, NONE, NONE, NONE, NONE),
            new Figure(GET, "A", 8, 30_000, NONE, NONE, NONE, NONE),
            new Figure(GET, "B", 8, 60_000, NONE, NONE, NONE, NONE))))
        .contains("(÷ the most)")
        .contains("| A | 20.0 (1.00) | 30.0 (0.50) |")
        .contains("| B |  | 60.0 (1.00) |");
  }

  @Test
  void tables_twoTasks_areApartAndAFloorMeasuresItsOwn() {
    String tables = ThreadsTable.tables(List.of(
        new Figure(GET, "Only", 1, 20_000, NONE, NONE, NONE, NONE),
        new Figure(BORROW, "Floor", 1, 10_000, NONE, NONE, NONE, NONE),
        new Figure(BORROW, "Quicker", 1, 15_000, NONE, NONE, NONE, NONE)));

    assertThat(tables)
        .startsWith("### borrow: borrow\n")
        .contains("(÷ Floor)", "| Quicker | 15.0 (1.50) |", "\n\n### commands: get\n");
  }

  @Test
  void ceilings_nothingSent_areNone() throws Exception {
    assertThat(ThreadsTable.ceilings(
            List.of(new Figure(BORROW, "Floor", 1, 10_000, NONE, NONE, NONE, NONE)), 0.01))
        .isEmpty();
  }
}
