package dev.chasqui.benchmarks.hierarchicalconfig.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.benchmarks.TakingPart;
import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class IndexBenchmarkTest {
  private static final int DEVICES = 300;

  private final Fleet fleet = Fleet.of(DEVICES);
  private final Chasqui ours = new Chasqui();

  IndexBenchmarkTest() {
    ours.devices = DEVICES;
    ours.setUp();
  }

  @Test
  void config_whoeverTakesPart_hasTheSameValues() {
    Map<String, Integer> expected = values(ours);

    for (IndexBenchmark<?, ?> each : TakingPart.in(IndexBenchmark.class)) {
      each.devices = DEVICES;
      each.setUp();
      Map<String, Integer> differing = values(each);
      differing.entrySet().removeAll(expected.entrySet());
      assertThat(differing).as("%s", each.getClass()).isEmpty();
    }
  }

  private <C> Map<String, Integer> values(IndexBenchmark<C, ?> benchmark) {
    Map<String, Integer> values = new HashMap<>();
    for (Fleet.Device device : fleet.devices()) {
      C made = benchmark.made(device.key());
      C kept = benchmark.kept(device.key());
      for (String key : Fleet.keys()) {
        Number value = benchmark.value(made, key);
        assertThat(benchmark.value(kept, key)).isEqualTo(value);
        values.put(device.key() + " " + key, value.intValue());
      }
    }
    return values;
  }

  @Test
  void made_ofADeviceAgain_isMadeAnew() {
    String device = fleet.devices().get(0).key();
    EffectiveConfig made = ours.made(device);

    assertThat(ours.made(device)).isNotSameAs(made);
    assertThat(ours.kept(device)).isSameAs(ours.kept(device));
  }

  @Test
  void edited_ofACompany_hasTheEntry() {
    ProfileEdits edits = fleet.companyEdits(1).get(0);
    FleetIndex edited = ours.edited(edits);

    Profile profile = edited.profile(edits.scope());
    assertThat(profile.entries()).containsAllEntriesOf(edits.set());
    assertThat(ours.edited(edits).profile(edits.scope())).isEqualTo(profile);
  }
}
