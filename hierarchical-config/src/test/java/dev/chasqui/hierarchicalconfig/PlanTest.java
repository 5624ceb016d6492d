package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.json;
import static dev.chasqui.hierarchicalconfig.RealisticFleet.FPS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.Plan.Conflict;
import dev.chasqui.hierarchicalconfig.Plan.Found;
import dev.chasqui.hierarchicalconfig.Plan.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class PlanTest {
  private static final Instant AT = Instant.EPOCH;
  private static final Scope ACME = new Scope("company", "acme");
  private static final Scope V1 = new Scope("vehicle", "v1");

  private final Resolver resolver = new Resolver(
      Catalogue.of(
          Setting.ofInt(FPS).between(1, 60).stricter(Strictness.LOWER).withDefault(15),
          Setting.ofLong("disk.bytes").withDefault(0L)),
      Hierarchy.DEFAULT);

  private static FleetIndex fleet(String valueOfV1, String... devices) {
    FleetIndex.Builder builder = FleetIndex.builder(Hierarchy.DEFAULT)
        .profile(profile(V1, Entry.of(json(valueOfV1)).withChange(4, "vera")));
    for (String device : devices) {
      builder.device(
          device,
          DeviceContext.NONE,
          List.of(ACME, device.startsWith("v1") ? V1 : new Scope("vehicle", "v2")));
    }
    return builder.build();
  }

  private static Profile profile(Scope scope, Entry entry) {
    return new Profile(scope, 4, 0, Map.of(FPS, entry));
  }

  private static ProfileEdits edits(String value) {
    return edits(Entry.of(json(value)));
  }

  private static ProfileEdits edits(Entry entry) {
    return new ProfileEdits(ACME, 0, 5, Map.of(FPS, entry), Set.of());
  }

  private Plan plan(FleetIndex fleet, ProfileEdits... edits) {
    return Plan.of(resolver, fleet, List.of(edits), AT);
  }

  @Test
  void of_valueOverriddenBelow_changesTheOtherDevice() {
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .profile(profile(V1, Entry.of(json("25"))))
        .device("cam-1", DeviceContext.NONE, List.of(ACME, V1))
        .device("cam-2", DeviceContext.NONE, List.of(ACME))
        .build();
    Plan plan = Plan.of(resolver, fleet, List.of(edits("20")), Instant.EPOCH);
    StringBuilder lines = new StringBuilder();
    plan.forEach((device, outcome) ->
        outcome.effects().forEach(effect -> lines.append(device).append(' ').append(effect)));

    assertThat(plan.devicesBelow()).isEqualTo(2);
    assertThat(plan.devicesChanged()).isEqualTo(1);
    assertThat(plan.unchangedByReason()).isEqualTo(Map.of(Reason.OVERRIDDEN, 1L));
    assertThat(lines).hasToString("cam-2 ChangedValue[key=camera.fps, before=15, after=20]");
    assertThat(plan.after().config(resolver, "cam-2", Instant.EPOCH).json(FPS))
        .isEqualTo(json("20"));
  }

  @Test
  void of_mandatoryAboveAnEntry_saysWhoseEntryAndWhoseLock() {
    Entry lock = Entry.of(json("20")).withBinding(Binding.mandatory()).withChange(5, "ann");
    Plan plan = plan(fleet("25", "v1-b", "v1-a", "v2-a"), edits(lock));

    assertThat(plan.conflicts())
        .containsExactly(
            new Found<>(new Conflict(FPS, Reason.LOCKED, V1, "vera", ACME, "ann"), "v1-a", 2));
    assertThat(plan.devicesChanged()).isEqualTo(3);
    assertThat(plan.broken()).singleElement().satisfies(found -> {
      assertThat(found.what())
          .isEqualTo(new Violation(
              Violation.Rule.LOCKED, FPS, V1, "is locked by company:acme (ann) (set by vera)"));
      assertThat(found.devices()).isEqualTo(2);
    });
  }

  @Test
  void of_entryThatALockRefuses_isAConflictThoughNothingChanges() {
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .profile(profile(
            Scope.GLOBAL,
            Entry.of(json("20")).withBinding(Binding.narrowOnly()).withChange(4, "gus")))
        .device("d1", DeviceContext.NONE, List.of(Scope.GLOBAL, ACME))
        .build();
    Plan plan = plan(fleet, edits(Entry.of(json("30")).withChange(5, "ann")));

    assertThat(plan.devicesChanged()).isZero();
    assertThat(plan.unchangedByReason()).isEqualTo(Map.of(Reason.LOOSER, 1L));
    assertThat(plan.conflicts())
        .extracting(Found::what)
        .containsExactly(new Conflict(FPS, Reason.LOOSER, ACME, "ann", Scope.GLOBAL, "gus"));
  }

  @Test
  void of_anotherPriority_saysWhatItChanges() {
    Scope a = new Scope("group", "a");
    Scope b = new Scope("group", "b");
    Entry lock = Entry.of(json("20")).withBinding(Binding.mandatory()).withChange(4, "ann");
    FleetIndex fleet = FleetIndex.builder(Hierarchy.DEFAULT)
        .profile(profile(a, lock))
        .profile(profile(b, Entry.of(json("25")).withBinding(Binding.narrowOnly())))
        .device("d1", DeviceContext.NONE, List.of(a, b))
        .build();
    Plan plan = plan(fleet, new ProfileEdits(b, 4, 5, Map.of(), Set.of(), 1));

    assertThat(plan.changedByKey()).isEqualTo(Map.of(FPS, 1));
    assertThat(plan.unchangedByReason()).isEmpty();
    assertThat(plan.after().config(resolver, "d1", AT).json(FPS)).isEqualTo(json("25"));
    Plan back = plan(plan.after(), new ProfileEdits(a, 4, 5, Map.of(), Set.of(), 2));
    assertThat(back.changedByKey()).isEqualTo(Map.of(FPS, 1));
    assertThat(back.conflicts())
        .extracting(Found::what)
        .containsExactly(new Conflict(FPS, Reason.LOCKED, b, "", a, "ann"));
    assertThat(back.digest())
        .isNotEqualTo(
            plan(plan.after(), new ProfileEdits(a, 4, 5, Map.of(), Set.of(), 3)).digest());
  }

  @Test
  void of_refusedChanges_sayWhy() {
    FleetIndex fleet = fleet("25", "v1-a");

    assertThatThrownBy(() -> plan(fleet)).hasMessage("a change must have edits");
    assertThatThrownBy(() -> plan(fleet, edits("20"), edits("21")))
        .hasMessage("a change must edit a scope once, was twice company:acme");
    assertThatThrownBy(() -> plan(fleet, new ProfileEdits(V1, 3, 9, Map.of(), Set.of(FPS))))
        .hasMessage("edits of vehicle:v1 follow revision 3, this is vehicle:v1 at 4");
    Resolver other = new Resolver(Catalogue.of(), new Hierarchy(List.of(Level.one("device"))));
    assertThatThrownBy(() -> Plan.of(other, fleet, List.of(edits("20")), AT))
        .hasMessage("the fleet and the resolver are of different hierarchies");
  }

  @Test
  void digest_ofTheSameOutcome_agrees() {
    String digest = plan(fleet("25", "v1-a", "v2-a"), edits("20")).digest();

    assertThat(digest).matches("[0-9a-f]{64}");
    assertThat(plan(fleet("25", "v2-a", "v1-a"), edits("20")).digest()).isEqualTo(digest);
    assertThat(plan(fleet("25", "v1-a", "v1-b", "v2-a"), edits("20")).digest())
        .as("one more device that does not change")
        .isEqualTo(digest);
    ProfileEdits later =
        new ProfileEdits(ACME, 0, 8, Map.of(FPS, Entry.of(json("20")).withChange(8, "")), Set.of());
    assertThat(plan(fleet("25", "v1-a", "v2-a"), later).digest())
        .as("another revision at commit")
        .isEqualTo(digest);
  }

  @Test
  void digest_ofAnyOtherOutcomeOrEdits_differs() {
    FleetIndex fleet = fleet("25", "v1-a", "v2-a");
    FleetIndex moved = fleet.with(new ProfileEdits(ACME, 0, 1, Map.of(), Set.of()));
    ProfileEdits fromOne =
        new ProfileEdits(ACME, 1, 5, Map.of(FPS, Entry.of(json("20"))), Set.of());
    Set<String> digests = new TreeSet<>();
    List<Plan> plans = List.of(
        plan(fleet, edits("20")),
        plan(fleet("15", "v2-a", "v2-b"), edits("20")),
        plan(fleet, edits("21")),
        plan(fleet, edits(Entry.of(json("20")).withBinding(Binding.narrowOnly()))),
        plan(fleet, edits(Entry.of(json("20")).withTerm(Term.until(AT.plusSeconds(1))))),
        plan(fleet, edits(Entry.of(json("20")).withChange(0, "ann"))),
        plan(fleet, new ProfileEdits(ACME, 0, 5, Map.of(), Set.of(FPS))),
        plan(moved, fromOne));
    plans.forEach(plan -> digests.add(plan.digest()));

    assertThat(digests).hasSameSizeAs(plans);
  }

  @Test
  void digest_ofWholeNumbersThatDoublesDoNotTellApart_differs() {
    FleetIndex fleet = fleet("25", "v1-a");
    Set<String> digests = new TreeSet<>();
    for (long bytes : List.of(9_007_199_254_740_992L, 9_007_199_254_740_993L)) {
      digests.add(plan(fleet, RealisticFleet.set(fleet, ACME, "disk.bytes", json(bytes + "")))
          .digest());
    }
    assertThat(digests).hasSize(2);
  }

  @Test
  void of_fiftyThousandDevices_isWhatTheNearestEntriesSay() {
    FleetIndex fleet = new RealisticFleet(10, 10, 100, 5, 7).index();
    Resolver realistic = new Resolver(RealisticFleet.catalogue(), Hierarchy.DEFAULT);
    List<ProfileEdits> change = new ArrayList<>();
    for (int company = 0; company < 10; company++) {
      change.add(RealisticFleet.set(fleet, RealisticFleet.company(company), FPS, json("33")));
    }
    Plan plan = Plan.of(realistic, fleet, change, AT);
    int[] changed = {0};
    List<String> order = new ArrayList<>();
    plan.forEach((device, outcome) -> {
      order.add(device);
      JsonNode before = nearest(plan.before(), device);
      JsonNode after = nearest(plan.after(), device);
      assertThat(outcome.effects())
          .as(device)
          .isEqualTo(
              Objects.equals(before, after)
                  ? List.of()
                  : List.of(new ChangedValue(FPS, before, after)));
      changed[0] += outcome.effects().size();
    });

    assertThat(order).hasSize(50_000).isSortedAccordingTo(Comparator.naturalOrder());
    assertThat(plan.devicesBelow()).isEqualTo(50_000);
    assertThat(plan.devicesChanged()).isEqualTo(changed[0]).isBetween(30_000, 49_000);
    assertThat(plan.unchangedByReason().values().stream()
            .mapToLong(Long::longValue)
            .sum())
        .isEqualTo(50_000 - changed[0]);
  }

  /** All entries are recommended and valid: the nearest wins. */
  private static @Nullable JsonNode nearest(FleetIndex fleet, String device) {
    FleetDevices devices = fleet.devices();
    int index = devices.device(device);
    List<Placed> path =
        new ArrayList<>(fleet.path(Hierarchy.DEFAULT, devices.path(devices.pathOf(index))));
    path.addAll(fleet.path(Hierarchy.DEFAULT, new int[] {devices.own(index)}));
    JsonNode value = json("15");
    for (Placed place : path) {
      Entry entry = place.profile().entries().get(FPS);
      value = entry == null ? value : entry.value();
    }
    return value;
  }

  @Test
  void forEach_moreFactsThanAreHeld_isStillExact() {
    int devices = 40_000;
    Random random = new Random(5);
    FleetIndex.Builder builder = FleetIndex.builder(Hierarchy.DEFAULT);
    for (int i = 0; i < devices; i++) {
      builder.device(
          "d" + random.nextInt(10) + "-" + i,
          new DeviceContext((ObjectNode) json("{'id': " + i + ", 'model': '" + i % 2 + "'}")),
          List.of(ACME));
    }
    Resolver targeted =
        new Resolver(resolver.catalogue(), Hierarchy.DEFAULT, RandomFleet.TARGETING);
    ProfileEdits even = edits(Entry.of(json("20")).withWhen(json("{'is': ['model', '0']}")));
    Plan plan = Plan.of(targeted, builder.build(), List.of(even), AT);
    int[] wrong = {0};
    plan.forEach((device, outcome) -> wrong[0] +=
        outcome.effects().size() == Integer.parseInt(device.substring(device.indexOf('-') + 1)) % 2
            ? 1
            : 0);

    assertThat(wrong[0]).isZero();
    assertThat(plan.devicesChanged()).isEqualTo(devices / 2);
    assertThat(plan.unchangedByReason()).isEqualTo(Map.of(Reason.CONDITION, devices / 2L));
  }
}
