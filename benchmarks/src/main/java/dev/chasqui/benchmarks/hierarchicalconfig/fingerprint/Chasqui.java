package dev.chasqui.benchmarks.hierarchicalconfig.fingerprint;

import static java.util.Objects.requireNonNull;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Ours: the root of a tree of hashes, by which two sides find the keys that differ. */
public class Chasqui extends FingerprintBenchmark {
  private Supplier<EffectiveConfig> resolver = () -> {
    throw new IllegalStateException("setUp has not run");
  };
  private Supplier<EffectiveConfig> editor = resolver;

  /** A config that remembers nothing: it keeps a fingerprint once it has made it. */
  @State(org.openjdk.jmh.annotations.Scope.Thread)
  public static class Fresh {
    private @Nullable EffectiveConfig config;

    @Setup(Level.Invocation)
    public void resolve(Chasqui benchmark) {
      config = benchmark.resolver.get();
    }
  }

  @Override
  void setUp(Sample sample, Map<String, Number> entries, String key, Number other) {
    Map<String, Entry> ours = new HashMap<>();
    entries.forEach((each, value) -> ours.put(each, Entry.of(Sample.json(value))));
    Scope scope = new Scope(sample.hierarchy().levels().get(0).name(), "sample");
    List<Profile> profiles = List.of(new Profile(scope, 0, 0, ours));
    ProfileEdits edits =
        new ProfileEdits(scope, 0, 1, Map.of(key, Entry.of(Sample.json(other))), Set.of());
    Resolver byLevels = new Resolver(sample.catalogue(), sample.hierarchy());
    resolver = () -> byLevels.resolve(profiles, DeviceContext.NONE, Instant.EPOCH);
    EffectiveConfig before = resolver.get();
    before.fingerprint();
    editor = () -> before.with(edits);
  }

  @Override
  String fingerprintAnew() {
    return resolver.get().fingerprint();
  }

  @Benchmark
  public String fingerprint(Fresh fresh) {
    return requireNonNull(fresh.config).fingerprint();
  }

  @Override
  String fingerprintAfterEdit() {
    return editor.get().fingerprint();
  }
}
