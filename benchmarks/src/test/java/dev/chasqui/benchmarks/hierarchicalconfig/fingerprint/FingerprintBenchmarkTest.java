package dev.chasqui.benchmarks.hierarchicalconfig.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class FingerprintBenchmarkTest {
  @Test
  void fingerprint_whoeverTakesPart_goesByContent() {
    for (FingerprintBenchmark each : TakingPart.in(FingerprintBenchmark.class)) {
      Set<String> fingerprints = new TreeSet<>();
      for (int keys : new int[] {130, 1_399}) {
        each.keys = keys;
        each.setUp();
        fingerprints.add(each.fingerprintAnew());
        fingerprints.add(each.fingerprintAnew());
        fingerprints.add(each.editAndFingerprint());
        fingerprints.add(each.editAndFingerprint());
      }
      assertThat(fingerprints)
          .as("%s", each.getClass())
          .hasSize(4)
          .allMatch(fingerprint -> fingerprint.matches("[0-9a-f]{64}"));
    }
  }
}
