package dev.chasqui.app.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.chasqui.app.store.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimulatedFleetTest {
  @Test
  void generate_sameSeed_givesTheSameFleet() {
    List<CompanyPlan> plans = SimulatedFleet.skewed(5, 100);
    assertThat(SimulatedFleet.generate(3, plans)).isEqualTo(SimulatedFleet.generate(3, plans));
    assertThat(SimulatedFleet.generate(3, plans)).isNotEqualTo(SimulatedFleet.generate(4, plans));
  }

  @Test
  void generate_seed7_staysAsItIs() { // the same on every JDK
    SimulatedFleet fleet =
        SimulatedFleet.generate(7, List.of(new CompanyPlan("andes-haul", "Andes Haul", 2)));
    assertThat(fleet.devices().stream().map(SimulatedDevice::key))
        .containsExactly(
            "andes-haul-001-cam", "andes-haul-001-gw", "andes-haul-002-cam", "andes-haul-002-gw");
    assertThat(fleet.nodes()).hasSize(1 + 3 + 2 + 4);
  }

  @Test
  void skewed_manyCompanies_firstIsLargestAndAllVehiclesAreUsed() {
    List<CompanyPlan> plans = SimulatedFleet.skewed(96, 9_500);
    assertThat(plans).hasSize(96);
    assertThat(plans.stream().mapToInt(CompanyPlan::vehicles).sum()).isEqualTo(9_500);
    assertThat(plans.stream().map(CompanyPlan::key)).doesNotHaveDuplicates();
    assertThat(plans.get(0).vehicles())
        .isGreaterThan(2 * plans.get(2).vehicles())
        .isGreaterThan(20 * plans.get(50).vehicles());
    assertThat(plans.stream().mapToInt(CompanyPlan::vehicles)).allMatch(vehicles -> vehicles >= 1);
  }

  @Test
  void skewed_fewerVehiclesThanCompanies_isRefused() {
    assertThatThrownBy(() -> SimulatedFleet.skewed(5, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 for 5");
  }

  @Test
  void generate_manyVehicles_sharesAreAsDocumented() {
    SimulatedFleet fleet = SimulatedFleet.generate(1, SimulatedFleet.skewed(10, 4_000));
    List<Node> vehicles = fleet.nodes().stream()
        .filter(node -> node.scope().level().equals("vehicle"))
        .toList();
    assertThat(vehicles).hasSize(4_000);
    assertThat(share(vehicles, "-long-haul")).isCloseTo(0.3, within(0.03));
    assertThat(share(vehicles, "-city")).isCloseTo(0.5, within(0.03));
    assertThat(share(vehicles, "-pilot")).isCloseTo(0.05, within(0.02));
    assertThat(fleet.devices().stream().map(SimulatedDevice::version).distinct())
        .containsExactlyInAnyOrder("2.1", "2.2", "2.3", "2.4");
  }

  private static double share(List<Node> vehicles, String group) {
    return vehicles.stream()
            .filter(node -> node.groups().stream().anyMatch(scope -> scope.key().endsWith(group)))
            .count()
        / (double) vehicles.size();
  }

  @Test
  void catalogue_olderVersion_knowsFewerSettings() {
    DeviceSoftware software = new DeviceSoftware();
    var old = software.catalogue(new SimulatedDevice("a", SimulatedDevice.Kind.DASHCAM, "2.1"));
    var now = software.catalogue(new SimulatedDevice("b", SimulatedDevice.Kind.DASHCAM, "2.4"));
    assertThat(old.find("camera.hdr")).isNull();
    assertThat(now.find("camera.hdr")).isNotNull();
    assertThat(now.size()).isGreaterThan(old.size()).isGreaterThan(25);
    assertThat(now.find("gateway.apn")).isNull();
  }
}
