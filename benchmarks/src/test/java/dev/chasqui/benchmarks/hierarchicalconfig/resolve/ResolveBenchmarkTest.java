package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolveBenchmarkTest {
  @ParameterizedTest
  @ValueSource(strings = {"5x130", "5x520", "10x130"})
  void resolve_whoeverTakesPart_givesEverySettingTheSameValue(String levelsAndOverrides) {
    Map<String, Double> ours = values(new Chasqui(), levelsAndOverrides);

    for (ResolveBenchmark<?> each : TakingPart.in(ResolveBenchmark.class)) {
      Map<String, Double> differing = values(each, levelsAndOverrides);
      differing.entrySet().removeAll(ours.entrySet());
      assertThat(differing).as("%s", each.getClass()).isEmpty();
      assertThat(each.resolveAndReadAll()).isNotZero();
    }
  }

  private static <C> Map<String, Double> values(
      ResolveBenchmark<C> benchmark, String levelsAndOverrides) {
    benchmark.levelsAndOverrides = levelsAndOverrides;
    benchmark.setUp();
    C config = benchmark.resolved();
    Map<String, Double> values = new HashMap<>();
    for (Setting<?> setting : benchmark.settings()) {
      values.put(setting.key(), benchmark.number(config, setting));
    }
    return values;
  }
}
