package dev.chasqui.benchmarks.hierarchicalconfig.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.hierarchicalconfig.plan.PlanBenchmark.Planned;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlanBenchmarkTest {
  @ParameterizedTest
  @ValueSource(strings = {"12000x1", "12000x10"})
  void plan_whoeverTakesPart_findsTheSameChanges(String devicesAndKeys) {
    Set<Planned> found = new HashSet<>();
    for (PlanBenchmark each : TakingPart.in(PlanBenchmark.class)) {
      each.devicesAndKeys = devicesAndKeys;
      each.setUp();
      Planned planned = each.plan();
      assertThat(planned.digest()).as("%s", each.getClass()).matches("[0-9a-f]{64}");
      assertThat(each.firstPlan()).as("%s", each.getClass()).isEqualTo(planned);
      found.add(new Planned(planned.devices(), planned.devicesChanged(), planned.rise(), ""));
    }
    assertThat(found).singleElement().satisfies(planned -> {
      assertThat(planned.devices()).isEqualTo(12_000);
      assertThat(planned.devicesChanged()).isBetween(8_000, 12_000);
      assertThat(planned.rise()).isNotZero();
    });
  }
}
