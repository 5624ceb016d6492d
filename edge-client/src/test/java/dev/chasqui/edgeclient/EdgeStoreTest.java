package dev.chasqui.edgeclient;

import static dev.chasqui.edgeclient.Dashcam.ACME;
import static dev.chasqui.edgeclient.Dashcam.DEVICE;
import static dev.chasqui.edgeclient.Dashcam.FPS;
import static dev.chasqui.edgeclient.Dashcam.TRUCK;
import static dev.chasqui.edgeclient.Dashcam.dashcam;
import static dev.chasqui.edgeclient.Dashcam.fps;
import static dev.chasqui.edgeclient.Dashcam.setFps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EdgeStoreTest {
  @TempDir
  private Path directory;

  private static Stored both(ProfileSet set) {
    return new Stored(set, set);
  }

  private static ProfileSet set(long revision, Profile... profiles) {
    Map<Scope, Profile> byScope = new LinkedHashMap<>();
    for (Profile profile : profiles) {
      byScope.put(profile.scope(), profile);
    }
    return new ProfileSet(revision, byScope);
  }

  private Stored reopened() throws IOException {
    EdgeStore store = EdgeStore.directory(directory);
    try {
      return store.open(DEVICE);
    } finally {
      store.close();
    }
  }

  private void save(Stored... states) throws IOException {
    EdgeStore store = EdgeStore.directory(directory);
    store.open(DEVICE);
    for (Stored state : states) {
      store.save(state);
    }
    store.close();
  }

  @Test
  void save_isThereAfterwards_alsoWhatWasRefused() throws IOException {
    Stored refused =
        new Stored(set(5, fps(ACME, 5, 99)), set(4, fps(ACME, 4, 20), fps(TRUCK, 1, 7)));
    save(both(set(1)), both(set(2, fps(ACME, 2, 21))), refused);
    assertThat(reopened()).isEqualTo(refused);
    Stored objected = new Stored(refused.received(), refused.effective(), "too fast");
    save(objected);
    assertThat(reopened()).isEqualTo(objected);
    save(both(set(6)));
    assertThat(reopened()).isEqualTo(both(set(6)));
  }

  @Test
  void open_ofNothing_isNothing() throws IOException {
    assertThat(reopened()).isEqualTo(Stored.NOTHING);
  }

  /** Damages the newest file at every byte, one after the other, and cuts it off there. */
  @Test
  void damageAnywhere_isFoundSetAsideAndTheFileBeforeUsed() throws IOException {
    Stored before = both(set(1, fps(ACME, 1, 20)));
    save(before, both(set(2, fps(ACME, 2, 21))));
    Path newest = directory.resolve("profiles-a");
    if (!Files.readString(newest).contains("\"sequence\":2")) {
      newest = directory.resolve("profiles-b");
    }
    byte[] good = Files.readAllBytes(newest);
    for (int i = 0; i < good.length; i++) {
      byte[] flipped = good.clone();
      flipped[i] ^= 1;
      for (byte[] bad : new byte[][] {flipped, Arrays.copyOf(good, i)}) {
        Files.write(newest, bad);
        assertThat(reopened()).as("at byte " + i).isEqualTo(before);
        assertThat(newest).doesNotExist();
        assertThat(newest.resolveSibling(newest.getFileName() + ".corrupt")).hasBinaryContent(bad);
      }
    }
  }

  @Test
  void bothDamaged_startsWithNothing() throws IOException {
    save(both(set(1)), both(set(2)));
    for (String name : new String[] {"profiles-a", "profiles-b"}) {
      Files.writeString(directory.resolve(name), "");
    }
    assertThat(reopened()).isEqualTo(Stored.NOTHING);
    save(both(set(3)));
    assertThat(reopened()).isEqualTo(both(set(3)));
  }

  @Test
  void fileOfAnotherDevice_isSetAside() throws IOException {
    save(both(set(1)));
    EdgeStore store = EdgeStore.directory(directory);
    assertThat(store.open("another")).isEqualTo(Stored.NOTHING);
    store.close();
  }

  @Test
  void leftoverOfAnInterruptedSave_isIgnored() throws IOException {
    save(both(set(1)));
    Files.writeString(directory.resolve("profiles.tmp"), "half a fi");
    assertThat(reopened()).isEqualTo(both(set(1)));
  }

  @Test
  void secondClient_isRefusedByName() throws IOException {
    EdgeStore store = EdgeStore.directory(directory);
    store.open(DEVICE);
    assertThatThrownBy(() -> EdgeStore.directory(directory).open(DEVICE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(directory.toString());
    store.close();
    EdgeStore memory = EdgeStore.inMemory();
    memory.open(DEVICE);
    assertThatThrownBy(() -> memory.open(DEVICE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void directoryThatIsAFile_isRefusedAtTheStart() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    try (TestGateway gateway = new TestGateway()) {
      assertThatThrownBy(() -> dashcam(gateway.uri()).store(file).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(DEVICE);
    }
  }

  @Test
  void whatCannotBeStored_isNeitherAppliedNorAcked_untilItCan() throws Exception {
    Path own = directory.resolve("store");
    try (TestGateway gateway = new TestGateway();
        EdgeClient client = dashcam(gateway.uri()).store(own).start()) {
      TestGateway.Connection connection = gateway.accept();
      connection.next("hello");
      connection.full(1, fps(ACME, 1, 20)).ackOf(1);
      Path away = directory.resolve("away");
      Files.move(own, away);

      connection.edits(setFps(ACME, 1, 2, 21)).complete(2);

      assertThat(connection.awaitClosed()).isEqualTo(Transport.NOT_STORED);
      assertThat(connection.saidNothing()).isTrue();
      assertThat(client.get(FPS)).isEqualTo(20);
      Files.move(away, own);
      TestGateway.Connection next = gateway.accept();
      assertThat(next.next("hello").path("profiles").path("company:acme").longValue())
          .isEqualTo(1);
      next.begin("changes", 2).profile(fps(ACME, 2, 21)).complete(2).ackOf(2);
      assertThat(client.get(FPS)).isEqualTo(21);
    }
  }

  @Test
  void newSoftware_startsWithWhatItAllowsOfWhatIsStored() throws Exception {
    save(new Stored(set(2, fps(ACME, 2, 90)), set(1, fps(ACME, 1, 50))));
    try (TestGateway gateway = new TestGateway()) {
      assertThat(fpsOfSoftwareUpTo(100, gateway)).isEqualTo(90);
      save(new Stored(set(2, fps(ACME, 2, 90)), set(1, fps(ACME, 1, 50))));
      assertThat(fpsOfSoftwareUpTo(60, gateway)).isEqualTo(50);
      assertThat(fpsOfSoftwareUpTo(40, gateway)).isEqualTo(15);
    }
  }

  private int fpsOfSoftwareUpTo(int most, TestGateway gateway) {
    Setting<Integer> fps = Setting.ofInt("camera.fps").between(1, most).withDefault(15);
    try (EdgeClient client = EdgeClient.builder()
        .gateway(gateway.uri())
        .device(DEVICE)
        .settings(fps)
        .store(directory)
        .start()) {
      return client.get(fps);
    }
  }

  @Test
  void directory_holdsNothingElse() throws IOException {
    save(both(set(1)), both(set(2)), both(set(3)));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("profiles-a", "profiles-b", "lock");
    }
  }
}
