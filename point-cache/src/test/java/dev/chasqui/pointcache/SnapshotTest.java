package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SnapshotTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      10:10:      | 10 | 10:11:
      10:12:10,11 | 10 | 10:12:11
      10:12:10    | 11 | 10:12:10
      10:10:      | 13 | 10:14:10,11,12
      10:12:11    | 12 | 10:13:11
      10:20:11,15 | 15 | 10:20:11
      7:20:7,11   | 9  | 7:20:7,11""")
  void with_transaction_hasSeenItAndNoOtherThatItHadNot(
      String snapshot, long transaction, String expected) {
    assertThat(Snapshot.parse(snapshot).with(transaction)).hasToString(expected);
  }

  @Test
  void with_transactionFarAhead_isNothing() {
    assertThat(Snapshot.parse("10:10:").with(1_010)).isNotNull();
    assertThat(Snapshot.parse("10:10:").with(1_011)).isNull();
  }

  @Test
  void hasSeen_randomSnapshots_isAsTheNaiveOneSays() {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      NaiveKey.Snapshot one = random(random);
      NaiveKey.Snapshot other = random(random);
      Snapshot parsed = Snapshot.parse(one.toString());
      assertThat(parsed).hasToString(one.toString());
      assertThat(parsed.hasSeenAllOf(Snapshot.parse(other.toString())))
          .as("%s, %s", one, other)
          .isEqualTo(one.hasSeenAllOf(other));
      for (long transaction = 0; transaction < 20; transaction++) {
        assertThat(parsed.hasSeen(transaction)).isEqualTo(one.hasSeen(transaction));
      }
    }
  }

  private static NaiveKey.Snapshot random(Random random) {
    int last = 1 + random.nextInt(12); // the last that had ended
    Set<Long> running = new TreeSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      running.add((long) random.nextInt(last));
    }
    long xmax = last + 1L;
    return new NaiveKey.Snapshot(running.stream().findFirst().orElse(xmax), xmax, running);
  }
}
