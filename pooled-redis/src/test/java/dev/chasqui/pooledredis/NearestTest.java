package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestTest {
  private static final List<String> KNOWN =
      List.of("borrowTimeout", "connectTimeout", "any", "replica", "replica-preferred");

  @ParameterizedTest
  @CsvSource({
    "borowTimeout, borrowTimeout",
    "borrow_timeout, borrowTimeout",
    "BORROW-TIMEOUT, borrowTimeout",
    "borrowTimeoutMs, borrowTimeout",
    "conectTimeout, connectTimeout",
    "replicaPrefered, replica-preferred",
    "replicas, replica",
    "anny, any",
    "timeout,",
    "and_,any",
    "xyz,",
    "'',"
  })
  void of_wordWithTypos_findsTheOneMeant(String word, @Nullable String meant) {
    assertThat(Nearest.of(word, KNOWN)).isEqualTo(meant);
  }

  @Test
  void of_longWord_isNotCompared() {
    assertThat(Nearest.of("any" + "-".repeat(100_000), KNOWN)).isNull();
  }
}
