package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random cases: the resolver against the naive one, which follows SPEC.md word by word. A case that
 * fails is made small before it is shown.
 */
final class ResolverOracleTest {
  private static final int CASES_EACH = 500;

  private static IntStream firstSeeds() {
    return IntStream.range(0, 8).map(i -> i * CASES_EACH);
  }

  @ParameterizedTest
  @MethodSource("firstSeeds")
  void resolve_randomCases_isWhatTheNaiveResolverSays(int firstSeed) {
    for (int seed = firstSeed; seed < firstSeed + CASES_EACH; seed++) {
      assertThat(Disagreement.of(RandomCases.next(seed), ResolutionCase::outcome))
          .as("seed %d", seed)
          .isNull();
    }
  }
}
