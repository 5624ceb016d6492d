package dev.chasqui.benchmarks.hierarchicalconfig.edit;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Ours: resolves again what the edit touches, and shares the rest. */
public class Chasqui extends EditBenchmark<EffectiveConfig> {
  @Override
  Supplier<EffectiveConfig> editor(Sample sample, String key, Number value) {
    EffectiveConfig before = new Resolver(sample.catalogue(), sample.hierarchy())
        .resolve(sample.profiles(), DeviceContext.NONE, Instant.EPOCH);
    Profile profile = sample.profiles().get(1);
    ProfileEdits edits = new ProfileEdits(
        profile.scope(), 0, 1, Map.of(key, Entry.of(Sample.json(value))), Set.of());
    return () -> before.with(edits);
  }
}
