package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.MODEL;
import static dev.chasqui.edgeclient.Dashcam.TRUCK;
import static dev.chasqui.edgeclient.Dashcam.awaitStatus;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Change;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Whatever the gateway does, in the end the device has what a direct resolution of the profiles gives. Truth changes and
 * frames are sent under one lock, so that frames leave in the order of the truth that they tell, as a gateway's do.
 */
final class RandomActionsTest {
  private static final int ACTIONS = 250;
  private static final List<Scope> PATH = List.of(Scope.GLOBAL, ACME, TRUCK);
  private static final Resolver RESOLVER =
      new Resolver(Catalogue.of(FPS, MODEL), Hierarchy.DEFAULT);

  private final List<Change<Integer>> heard = new CopyOnWriteArrayList<>();
  private final Map<Scope, Profile> truth = new LinkedHashMap<>();
  private final List<ProfileEdits> history = new ArrayList<>();
  private long revision;
  /** What the client began with. */
  private int first;

  private TestGateway.@Nullable Connection connection;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomActions_endInTheResolutionOfTheProfiles(long seed) throws Exception {
    Random random = new Random(seed);
    EdgeStore store = EdgeStore.inMemory();
    PATH.forEach(scope -> truth.put(scope, Profile.empty(scope)));
    try (TestGateway gateway = new TestGateway()) {
      gateway.answer(this::answer);
      EdgeClient client = started(gateway, store);
      for (int i = 0; i < ACTIONS; i++) {
        if (random.nextInt(50) == 0) {
          client.close();
          assertThat(chained()).isEqualTo(client.get(FPS));
          client = started(gateway, store);
        }
        act(random, gateway);
      }
      long last = end(gateway);
      awaitStatus(client, status -> status.effective() == last);
      client.close();
      assertThat(client.config().fingerprint())
          .isEqualTo(RESOLVER
              .resolve(truth.values(), DeviceContext.NONE, Instant.EPOCH)
              .fingerprint());
      assertThat(client.get(FPS)).isEqualTo(30);
      assertThat(chained()).isEqualTo(30);
    }
  }

  private EdgeClient started(TestGateway gateway, EdgeStore store) throws Exception {
    EdgeClient client = listening(gateway, store);
    connection = gateway.accept();
    return client;
  }

  /** Under the lock no hello is answered, so nothing changes between the start, the listener and the reading. */
  private synchronized EdgeClient listening(TestGateway gateway, EdgeStore store) {
    heard.clear();
    EdgeClient client = dashcam(gateway.uri()).store(store).start();
    client.onChange(FPS, heard::add);
    first = client.get(FPS);
    return client;
  }

  /** Good changes, so that nothing stays refused, told only to who connects from now on; gives the last revision. */
  private synchronized long end(TestGateway gateway) throws InterruptedException {
    change(TRUCK, FPS.key(), entry(30));
    change(ACME, FPS.key(), entry(20));
    change(Scope.GLOBAL, FPS.key(), entry(10));
    newestConnection(gateway).cut();
    return revision;
  }

  /** The last value heard of, when each began where the one before ended. */
  private int chained() {
    int last = first;
    for (Change<Integer> change : heard) {
      assertThat(change.before()).isEqualTo(last);
      assertThat(change.now()).isNotEqualTo(last);
      last = change.now();
    }
    return last;
  }

  private synchronized void act(Random random, TestGateway gateway) throws InterruptedException {
    newestConnection(gateway);
    switch (random.nextInt(14)) {
      case 0 -> change(random); // that gets lost: the next is a gap
      case 1 -> repeat(random);
      case 2 -> connection().begin("full", revision).profile(profile(ACME)).cut();
      case 3 -> connection().cut();
      case 4 -> answer(connection(), null); // unasked
      case 5 -> connection().edits(change(random)).cut();
      case 6 -> connection().text("garbage");
      case 7 -> connection().complete(revision);
      case 8 -> connection().send(TestGateway.frame("unknown"));
      default -> connection().edits(change(random)).complete(revision);
    }
  }

  private Profile profile(Scope scope) {
    return Objects.requireNonNull(truth.get(scope));
  }

  private TestGateway.Connection newestConnection(TestGateway gateway) throws InterruptedException {
    while (!gateway.nobodyConnected()) {
      connection = gateway.accept();
    }
    return connection();
  }

  private TestGateway.Connection connection() {
    return Objects.requireNonNull(connection);
  }

  private ProfileEdits change(Random random) {
    Scope scope = PATH.get(random.nextInt(PATH.size()));
    return switch (random.nextInt(6)) {
      case 0 -> change(scope, MODEL.key(), entry("model " + random.nextInt(3)));
      case 1 -> change(scope, FPS.key(), entry(61)); // refused
      case 2 -> change(scope, FPS.key(), null);
      default -> change(scope, FPS.key(), entry(1 + random.nextInt(5)));
    };
  }

  private ProfileEdits change(Scope scope, String key, @Nullable Entry entry) {
    Profile profile = profile(scope);
    revision++;
    ProfileEdits edits = entry == null
        ? new ProfileEdits(scope, profile.revision(), revision, Map.of(), Set.of(key))
        : new ProfileEdits(scope, profile.revision(), revision, Map.of(key, entry), Set.of());
    truth.put(scope, profile.with(edits));
    history.add(edits);
    return edits;
  }

  private void repeat(Random random) {
    if (!history.isEmpty()) {
      ProfileEdits edits = history.get(random.nextInt(history.size()));
      connection().edits(edits).complete(edits.revision());
    }
  }

  /** As rule 4; a null hello is none. */
  private synchronized void answer(TestGateway.Connection to, @Nullable JsonNode hello) {
    JsonNode held = hello == null ? JsonNodeFactory.instance.objectNode() : hello.path("profiles");
    boolean full = held.isEmpty();
    to.begin(full ? "full" : "changes", revision);
    for (Profile profile : truth.values()) {
      if (full || held.path(profile.scope().toString()).asLong(0) < profile.revision()) {
        to.profile(profile);
      }
    }
    to.complete(revision);
  }
}
