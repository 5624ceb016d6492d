package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadOptionsTest {
  @Test
  void parse_nothing_isTheDefault() {
    assertThat(LoadOptions.parse(List.of())).isEqualTo(LoadOptions.DEFAULT);
  }

  @Test
  void parse_some_changesThem() {
    LoadOptions options =
        LoadOptions.parse(List.of("--rows", "1000", "--contenders", "jetcache,chasqui-fenced"));

    assertThat(options.rows()).isEqualTo(1_000);
    assertThat(options.contenders()).containsExactly(Contender.JETCACHE, Contender.CHASQUI_FENCED);
    assertThat(options.operations()).isEqualTo(LoadOptions.DEFAULT.operations());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--rows",
        "--rows many",
        "--rows 0",
        "--stages 1",
        "--writes 101",
        "--operations 3",
        "--contenders nobody",
        "--speed 7"
      })
  void parse_whatCannotBeMeasured_isRefused(String words) {
    assertThatThrownBy(() -> LoadOptions.parse(List.of(words.split(" ", -1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("options of point-cache/load");
  }
}
