package dev.chasqui.benchmarks.hierarchicalconfig.plan;

import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.ChangedValue;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Plan;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Ours: also says why a value stays, what locks refuse, and what is newly broken. */
public class Chasqui extends PlanBenchmark {
  @Override
  Supplier<Planned> planner(Fleet fleet, List<ProfileEdits> change) {
    Resolver resolver = fleet.resolver();
    FleetIndex index = fleet.index();
    return () -> planned(Plan.of(resolver, index, change, Instant.EPOCH));
  }

  private static Planned planned(Plan plan) {
    Totals totals = new Totals();
    plan.forEach((device, outcome) -> {
      totals.devices++;
      for (ChangedValue effect : outcome.effects()) {
        totals.rise += number(effect.after()) - number(effect.before());
      }
    });
    return new Planned(totals.devices, plan.devicesChanged(), totals.rise, plan.digest());
  }

  private static int number(@Nullable JsonNode value) {
    return value == null ? 0 : value.intValue();
  }

  private static final class Totals {
    int devices;
    long rise;
  }
}
