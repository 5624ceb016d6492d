package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

final class FleetIndexTest {
  private static final Scope ACME = new Scope("company", "acme");
  private static final Scope V1 = new Scope("vehicle", "v1");
  private static final Scope D1 = new Scope("device", "d1");
  private static final Instant AT = Instant.EPOCH;

  private final FleetIndex.Builder builder = FleetIndex.builder(Hierarchy.DEFAULT);
  private final Resolver resolver =
      new Resolver(Catalogue.of(Setting.ofInt("a").withDefault(1)), Hierarchy.DEFAULT);

  private static Profile profile(Scope scope, String value) {
    return new Profile(scope, 4, 0, Map.of("a", Entry.of(json(value))));
  }

  private static ProfileEdits set(Scope scope, long from, String value) {
    return new ProfileEdits(scope, from, from + 1, Map.of("a", Entry.of(json(value))), Set.of());
  }

  private static DeviceContext model(String model) {
    return new DeviceContext((ObjectNode) json("{'model': '" + model + "'}"));
  }

  @Test
  void device_ofUnknownLevel_isRefused() {
    assertThatThrownBy(
            () -> builder.device("d1", DeviceContext.NONE, List.of(new Scope("depot", "north"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device \"d1\": no level \"depot\" (of depot:north)");
  }

  @Test
  void device_belowTwoScopesOfALevelOfOne_isRefused() {
    assertThatThrownBy(() ->
            builder.device("d1", DeviceContext.NONE, List.of(V1, ACME, new Scope("vehicle", "v2"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device \"d1\": a device has one scope of level \"vehicle\", got vehicle:v1 and"
            + " vehicle:v2");
  }

  @Test
  void device_belowAScopeTwice_isRefused() {
    Scope group = new Scope("group", "g");
    assertThatThrownBy(() -> builder.device("d1", DeviceContext.NONE, List.of(group, group)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device \"d1\": group:g is on the path twice");
  }

  @Test
  void device_belowAnotherDevice_isRefused() {
    assertThatThrownBy(
            () -> builder.device("d1", DeviceContext.NONE, List.of(new Scope("device", "d2"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the only scope of it is the device's own, got device:d2");
  }

  @Test
  void device_ofAKeyThatNoScopeHas_isRefused() {
    assertThatThrownBy(() -> builder.device("d 1", DeviceContext.NONE, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scope key must match");
  }

  @Test
  void build_deviceTwice_isRefused() {
    builder.device("d1", DeviceContext.NONE, List.of()).device("d1", DeviceContext.NONE, List.of());
    assertThatThrownBy(builder::build).hasMessage("device \"d1\" is there twice");
  }

  @Test
  void profile_twoOfOneScopeOrOfUnknownLevel_isRefused() {
    builder.profile(profile(ACME, "2"));
    assertThatThrownBy(() -> builder.profile(profile(ACME, "3")))
        .hasMessage("two profiles of company:acme");
    assertThatThrownBy(() -> builder.profile(profile(new Scope("depot", "north"), "3")))
        .hasMessageContaining("no level \"depot\"");
  }

  @Test
  void with_edits_changesTheNewSnapshotOnly() {
    FleetIndex fleet =
        builder.device("d1", DeviceContext.NONE, List.of(ACME, V1, D1)).build();
    FleetIndex next = fleet.with(set(ACME, 0, "2")).with(set(D1, 0, "3"));

    assertThat(fleet.config(resolver, "d1", AT).json("a")).isEqualTo(json("1"));
    assertThat(next.config(resolver, "d1", AT).json("a")).isEqualTo(json("3"));
    assertThat(next.config(resolver, "d1", AT).explain("a").losers()).hasSize(1);
    assertThat(next.profile(ACME).revision()).isEqualTo(1);
    assertThat(fleet.profile(ACME)).isEqualTo(Profile.empty(ACME));
  }

  @Test
  void with_editsOfAScopeWithoutDevices_isKept() {
    FleetIndex fleet =
        builder.profile(profile(ACME, "2")).profile(profile(D1, "2")).build();
    Scope other = new Scope("device", "other");

    FleetIndex next = fleet.with(set(D1, 4, "5")).with(set(ACME, 4, "5")).with(set(other, 0, "5"));

    assertThat(List.of(D1, ACME, other))
        .allSatisfy(scope ->
            assertThat(next.profile(scope).entries().get("a")).isEqualTo(Entry.of(json("5"))));
  }

  @Test
  void with_editsOfAnotherRevisionOrLevel_isRefused() {
    FleetIndex fleet = builder.profile(profile(ACME, "2")).build();

    assertThatThrownBy(() -> fleet.with(set(ACME, 3, "5")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("edits of company:acme follow revision 3, this is company:acme at 4");
    assertThatThrownBy(() -> fleet.with(set(new Scope("depot", "north"), 0, "5")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no level \"depot\"");
  }

  @Test
  void config_ofDevicesBelowTheSameProfiles_isOneObject() {
    FleetIndex fleet = builder
        .profile(profile(ACME, "2"))
        .profile(profile(new Scope("vehicle", "v3"), "3"))
        .device("d1", model("x"), List.of(ACME, V1))
        .device("d2", model("x"), List.of(ACME, new Scope("vehicle", "v2")))
        .device("d3", model("x"), List.of(ACME, new Scope("vehicle", "v3")))
        .device("d4", model("y"), List.of(ACME, V1))
        .build();
    EffectiveConfig config = fleet.config(resolver, "d1", AT);

    assertThat(fleet.config(resolver, "d2", AT)).isSameAs(config);
    assertThat(fleet.with(set(D1, 0, "7")).config(resolver, "d2", AT)).isSameAs(config);
    assertThat(fleet.config(resolver, "d3", AT)).isNotSameAs(config);
    assertThat(fleet.config(resolver, "d4", AT)).isNotSameAs(config);
    assertThat(fleet.config(resolver, "d1", AT.plusSeconds(1))).isNotSameAs(config);
  }

  @Test
  void config_ofDevicesWithTheSameContentFromOtherProfiles_sharesIt() {
    builder.profile(profile(D1, "2")).device("d1", DeviceContext.NONE, List.of(V1));
    builder.profile(profile(V1, "2")).device("d2", DeviceContext.NONE, List.of(V1));
    builder.profile(profile(new Scope("device", "d3"), "3"));
    FleetIndex fleet = builder.device("d3", DeviceContext.NONE, List.of(V1)).build();

    EffectiveConfig one = fleet.config(resolver, "d1", AT);
    EffectiveConfig two = fleet.config(resolver, "d2", AT);
    EffectiveConfig other = fleet.config(resolver, "d3", AT);

    assertThat(one.fingerprintTree()).isSameAs(two.fingerprintTree());
    assertThat(one.explain("a").winner()).isNotEqualTo(two.explain("a").winner());
    assertThat(other.fingerprintTree()).isNotEqualTo(one.fingerprintTree());
  }

  @Test
  void config_ofUnknownDevice_isRefused() {
    FleetIndex fleet = builder.build();
    assertThatThrownBy(() -> fleet.config(resolver, "d1", AT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no device \"d1\" is in the fleet");
  }
}
