package dev.chasqui.benchmarks.hierarchicalconfig;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Profile;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class FleetTest {
  @Test
  void of_twoCompanies_hasSparseProfiles() {
    Fleet fleet = Fleet.of(20_000);

    assertThat(fleet.catalogue().size()).isEqualTo(1_399);
    assertThat(fleet.devices()).hasSize(20_000);
    assertThat(profiles(fleet, "company")).isEqualTo(2);
    assertThat(profiles(fleet, "group")).isEqualTo(40);
    assertThat(profiles(fleet, "vehicle")).isBetween(150L, 250L); // 5 % of 4,000
    assertThat(profiles(fleet, "device")).isBetween(340L, 460L); // 2 % of 20,000
    assertThat(fleet.devices())
        .filteredOn(device -> device.path().size() > 5)
        .hasSizeBetween(4_000, 5_500);
  }

  @Test
  void of_askedTwice_isTheSame() {
    assertThat(Fleet.of(100).devices()).isEqualTo(Fleet.of(100).devices());
    assertThat(Fleet.of(100).profiles()).isEqualTo(Fleet.of(100).profiles());
  }

  @Test
  void index_everyEntry_isAllowed() {
    Fleet fleet = Fleet.of(100);
    FleetIndex index = fleet.index();

    assertThat(index.size()).isEqualTo(100);
    for (Fleet.Device device : fleet.devices()) {
      EffectiveConfig config = index.config(fleet.resolver(), device.key(), Instant.EPOCH);
      assertThat(config.violations()).isEmpty();
      assertThat(config.unknownKeys()).isEmpty();
    }
  }

  @Test
  void companyEdits_ofTwoKeys_areOfEachCompany() {
    Fleet fleet = Fleet.of(10_001);

    assertThat(fleet.companyEdits(2)).hasSize(2).allSatisfy(edits -> {
      assertThat(edits.set()).containsOnlyKeys("fleet.n0", "fleet.n1");
      Profile profile = requireNonNull(fleet.profiles().get(edits.scope()));
      assertThat(profile.with(edits).entries()).containsAllEntriesOf(edits.set());
    });
  }

  private static long profiles(Fleet fleet, String level) {
    return fleet.profiles().keySet().stream()
        .filter(scope -> scope.level().equals(level))
        .count();
  }
}
