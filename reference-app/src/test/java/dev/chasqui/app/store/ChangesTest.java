package dev.chasqui.app.store;

import static dev.chasqui.app.TestFleet.ACME;
import static dev.chasqui.app.TestFleet.BOLT;
import static dev.chasqui.app.TestFleet.FPS;
import static dev.chasqui.app.TestFleet.VOLUME;
import static dev.chasqui.app.TestFleet.device;
import static dev.chasqui.app.TestFleet.edit;
import static dev.chasqui.app.TestFleet.signature;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.app.TestFleet;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.node.JsonNodeFactory;

@ExtendWith(RealServers.class)
final class ChangesTest {
  private TestFleet fleet;

  @BeforeEach
  void open(RealPostgres postgres) {
    fleet = new TestFleet(postgres);
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  @Test
  void commit_newValue_isInTheProfileOfItsRevision() {
    long revision = fleet.set(ACME, FPS, 20).orElseThrow();

    Profile profile = fleet.profiles.at(ACME);
    assertThat(profile.revision()).isEqualTo(revision);
    assertThat(profile.entries())
        .hasEntrySatisfying(
            FPS.key(), entry -> assertThat(entry.value().intValue()).isEqualTo(20));
    assertThat(fleet.changes.find(revision)).hasValueSatisfying(change -> {
      assertThat(change.author()).isEqualTo("ann");
      assertThat(change.targets()).isEqualTo(2);
      assertThat(change.scopes()).containsExactly(ACME);
    });
    assertThat(fleet.profiles.onPathOf("a1").revision()).isEqualTo(revision);
  }

  @Test
  void commit_brokenRule_changesNothingAndNamesAllProblems() {
    long before = fleet.changes.latestRevision();

    assertThatThrownBy(() -> fleet.changes.commit(
            signature(),
            List.of(
                edit(ACME, VOLUME, 7),
                edit(ACME, FPS, 61),
                edit(new Scope("company", "nobody"), FPS, 20),
                new Changes.Edit(
                    ACME, "no.such", JsonNodeFactory.instance.numberNode(1), "/edits/3"))))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.problems())
                .extracting(Problem::rule)
                .containsExactly("out-of-range", "unknown-scope", "unknown-setting"));

    assertThat(fleet.changes.latestRevision()).isEqualTo(before);
    assertThat(fleet.profiles.at(ACME).entries()).isEmpty();
  }

  @Test
  void commit_nothingNew_usesNoRevision() {
    fleet.set(ACME, FPS, 20);
    long before = fleet.changes.latestRevision();

    assertThat(fleet.set(ACME, FPS, 20)).isEmpty();
    assertThat(fleet.changes.latestRevision()).isEqualTo(before);
    assertThat(fleet.set(ACME, FPS, 21)).hasValue(before + 1);
  }

  @Test
  void profileEditsOf_setAndRemove_leadFromProfileToProfile() {
    Profile empty = fleet.profiles.at(ACME);
    long first = fleet.set(ACME, FPS, 20).orElseThrow();
    long second = fleet
        .changes
        .commit(
            signature(),
            List.of(new Changes.Edit(ACME, FPS.key(), null, "/edits/0"), edit(ACME, VOLUME, 9)))
        .orElseThrow();

    Profile made = empty;
    for (long revision : List.of(first, second)) {
      for (ProfileEdits edits : fleet.changes.profileEditsOf(revision)) {
        made = made.with(edits);
      }
    }
    assertThat(made).isEqualTo(fleet.profiles.at(ACME));
  }

  @Test
  void commit_fromFourThreads_revisionsHaveNoGapsAndEditsChain() throws Exception {
    long before = fleet.changes.latestRevision();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      Random random = new Random(thread);
      running.add(threads.submit(() -> {
        for (int i = 0; i < 50; i++) {
          fleet.set(random.nextBoolean() ? ACME : BOLT, VOLUME, random.nextInt(1_000_000));
        }
      }));
    }
    for (Future<?> each : running) {
      each.get();
    }
    threads.shutdown();

    long after = fleet.changes.latestRevision();
    Map<Scope, Long> at = new HashMap<>();
    for (long revision = before + 1; revision <= after; revision++) {
      List<ProfileEdits> edits = fleet.changes.profileEditsOf(revision);
      assertThat(edits).as("revision %d", revision).hasSize(1);
      ProfileEdits one = edits.get(0);
      assertThat(one.from()).isEqualTo(at.getOrDefault(one.scope(), 0L));
      at.put(one.scope(), revision);
    }
    assertThat(after - before).isGreaterThan(190); // the same value twice in a row is no change
    assertThat(fleet.profiles.at(ACME).revision()).isEqualTo(at.get(ACME));
  }

  @Test
  void enrol_deviceInGroups_hasThemOnItsPath() {
    Scope group = new Scope("group", "long-haul");
    fleet.enrol(new Node(group, "Long haul", ACME, 3, List.of()), device("a3", ACME, group));

    assertThat(fleet.fleet.pathOf("a3"))
        .containsExactly(Scope.GLOBAL, ACME, group, new Scope("device", "a3"));
    assertThat(fleet.fleet.devicesBelow(group, "", 10)).containsExactly("a3");
  }

  @Test
  void enrol_vehicleToAnotherCompany_movesItsDevices() {
    Scope truck = new Scope("vehicle", "truck");
    fleet.enrol(new Node(truck, "Truck", ACME, 0, List.of()), device("t1", truck));

    long revision = fleet.enrol(new Node(truck, "Truck", BOLT, 0, List.of()));

    assertThat(fleet.fleet.pathOf("t1"))
        .containsExactly(Scope.GLOBAL, BOLT, truck, new Scope("device", "t1"));
    assertThat(fleet.changes.devicesMovedBy(revision)).containsExactly("t1");
    assertThat(fleet.changes.find(revision).orElseThrow().targets()).isEqualTo(1);
  }

  @Test
  void enrol_newPriority_raisesTheRevisionOfTheGroup() {
    Scope group = new Scope("group", "long-haul");
    fleet.enrol(new Node(group, "Long haul", ACME, 3, List.of()), device("a3", ACME, group));

    long revision = fleet.enrol(new Node(group, "Long haul", ACME, 4, List.of()));

    assertThat(fleet.profiles.at(group).revision()).isEqualTo(revision);
    long edited = fleet.set(group, FPS, 30).orElseThrow();
    assertThat(fleet.changes.profileEditsOf(edited)).hasSize(1);
  }

  @Test
  void enrol_unknownParent_isRefusedWithItsPlace() {
    long before = fleet.changes.latestRevision();

    assertThatThrownBy(() -> fleet.enrol(device("x1", new Scope("company", "nobody"))))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.problems())
                .extracting(Problem::field)
                .containsExactly("/nodes/0/parent"));
    assertThat(fleet.changes.latestRevision()).isEqualTo(before);
  }
}
