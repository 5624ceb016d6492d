package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshots of transactions that have written. */
final class OwnSnapshotTest {
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
    assertThat(OwnSnapshot.with(snapshot, transaction)).isEqualTo(expected);
  }

  @Test
  void with_transactionFarAhead_isNothing() {
    assertThat(OwnSnapshot.with("10:10:", 1_010)).isNotNull();
    assertThat(OwnSnapshot.with("10:10:", 1_011)).isNull();
  }
}
