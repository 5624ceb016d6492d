package dev.chasqui.benchmarks.hierarchicalconfig.index;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.time.Instant;

/** Ours: each edit leaves the index before it as it is. */
public class Chasqui extends IndexBenchmark<EffectiveConfig, FleetIndex> {
  private FleetIndex index = FleetIndex.builder(Hierarchy.DEFAULT).build();
  private Resolver resolver = new Resolver(Catalogue.of(), Hierarchy.DEFAULT);
  private Instant later = Instant.EPOCH;

  @Override
  void index(Fleet fleet) {
    index = fleet.index();
    resolver = fleet.resolver();
  }

  /** Each time of another instant, so that the index cannot have it. */
  @Override
  EffectiveConfig made(String device) {
    later = later.plusNanos(1);
    return index.config(resolver, device, later);
  }

  @Override
  EffectiveConfig kept(String device) {
    return index.config(resolver, device, Instant.EPOCH);
  }

  @Override
  Number value(EffectiveConfig config, String key) {
    return (Number) config.get(requireNonNull(resolver.catalogue().find(key)));
  }

  @Override
  FleetIndex edited(ProfileEdits edits) {
    return index.with(edits);
  }
}
