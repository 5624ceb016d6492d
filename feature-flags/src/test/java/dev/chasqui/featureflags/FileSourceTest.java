package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileSourceTest {
  /** So long that what is seen sooner was told by the system. */
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir
  private Path directory;

  private final Heard heard = new Heard();
  private FileSource source = new FileSource(Path.of("unused"));

  private Path file() {
    return directory.resolve("flags.json");
  }

  private void open(Path file, Duration checkEvery) {
    source = new FileSource(file, checkEvery);
    source.open(heard);
  }

  @AfterEach
  void close() {
    source.close();
    assertThat(heard.twoAtOnce).isFalse();
  }

  private static String json(String... keys) {
    return HandSource.document(0, keys).toJson();
  }

  private void replace(String text) throws IOException {
    Path aside = directory.resolve("aside.tmp");
    Files.writeString(aside, text);
    Files.move(aside, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void open_fileThatIsThere_loadsIt() throws IOException {
    Files.writeString(file(), json("a"));
    open(file(), NEVER);

    heard.awaitCalls("loaded 0 [a]");
  }

  @Test
  void replaced_byARename_isLoaded() throws IOException {
    Files.writeString(file(), json("a"));
    open(file(), NEVER);
    heard.awaitCalls("loaded 0 [a]");

    replace(json("a", "b"));
    heard.awaitCalls("loaded 0 [a]", "loaded 0 [a, b]");
    replace(json("c"));
    heard.awaitCalls("loaded 0 [a]", "loaded 0 [a, b]", "loaded 0 [c]");
  }

  @Test
  void written_inPlaceAndInParts_isLoadedWhenItIsWhole() throws IOException {
    Files.writeString(file(), json("a"));
    open(file(), NEVER);
    heard.awaitCalls("loaded 0 [a]");

    String whole = json("a", "b");
    Files.writeString(file(), whole.substring(0, whole.length() / 2));
    heard.awaitTrouble("flags.json is no flag document: is no JSON");
    assertThat(heard.calls).hasSize(1);
    Files.writeString(file(), whole);
    heard.awaitCalls("loaded 0 [a]", "loaded 0 [a, b]");
  }

  @Test
  void written_asItWasAfterTrouble_isInTouchAgain() throws IOException {
    Files.writeString(file(), json("a"));
    open(file(), NEVER);
    heard.awaitCalls("loaded 0 [a]");

    Files.writeString(file(), "{");
    heard.awaitTrouble("no flag document");
    Files.writeString(file(), json("a"));
    heard.awaitInTouch();
    assertThat(heard.calls).hasSize(1);
  }

  /** As Kubernetes does with a ConfigMap: the file is a link by way of a link that is turned. */
  @Test
  void turned_linkOfAConfigMap_isLoaded() throws IOException {
    Path one = Files.createDirectory(directory.resolve("..2026_11_28_1"));
    Path two = Files.createDirectory(directory.resolve("..2026_11_28_2"));
    Files.writeString(one.resolve("flags.json"), json("a"));
    Files.writeString(two.resolve("flags.json"), json("b"));
    Files.createSymbolicLink(directory.resolve("..data"), one.getFileName());
    Files.createSymbolicLink(file(), Path.of("..data/flags.json"));
    open(file(), NEVER);
    heard.awaitCalls("loaded 0 [a]");

    Path turned = directory.resolve("..data_tmp");
    Files.createSymbolicLink(turned, two.getFileName());
    Files.move(
        turned,
        directory.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);

    heard.awaitCalls("loaded 0 [a]", "loaded 0 [b]");
  }

  @Test
  void changed_whereNobodyTells_isSeenByLooking() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("real.json"), json("a"));
    Files.createSymbolicLink(file(), elsewhere.resolve("real.json"));
    open(file(), Duration.ofMillis(20));
    heard.awaitCalls("loaded 0 [a]");

    Files.writeString(elsewhere.resolve("real.json"), json("b"));

    heard.awaitCalls("loaded 0 [a]", "loaded 0 [b]");
  }

  @Test
  void missing_fileOrDirectory_isToldAndAwaited() throws IOException {
    Path late = directory.resolve("late/flags.json");
    open(late, Duration.ofMillis(20));
    heard.awaitTrouble("does not exist");

    Files.createDirectory(directory.resolve("late"));
    Files.writeString(late, json("a"));
    heard.awaitCalls("loaded 0 [a]");
    Files.delete(late);
    Heard.quick(() -> assertThat(heard.inTouch).isFalse());
  }

  @Test
  void removed_directoryThatComesAgain_isFollowed() throws IOException {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Path file = inner.resolve("flags.json");
    Files.writeString(file, json("a"));
    open(file, Duration.ofMillis(20));
    heard.awaitCalls("loaded 0 [a]");

    Files.move(inner, directory.resolve("gone"));
    heard.awaitTrouble("does not exist");
    Files.createDirectory(inner);
    Files.writeString(file, json("b"));
    heard.awaitCalls("loaded 0 [a]", "loaded 0 [b]");
  }

  @Test
  void close_twice_endsItsThreadAndTellsNobody() throws IOException {
    Files.writeString(file(), json("a"));
    open(file(), Duration.ofMillis(1));
    heard.awaitCalls("loaded 0 [a]");

    source.close();
    source.close();
    int touches = heard.touches.get();
    replace(json("b"));

    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("chasqui-flags-file"));
    assertThat(heard.touches).hasValue(touches);
    assertThat(heard.calls).hasSize(1);
    assertThatIllegalStateException().isThrownBy(() -> source.open(heard));
  }

  @Test
  void open_twice_isRefused() {
    open(file(), NEVER);
    assertThatIllegalStateException().isThrownBy(() -> source.open(heard));
  }

  @Test
  void construct_notPositiveInterval_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FileSource(file(), Duration.ZERO))
        .withMessageContaining("checkEvery");
  }
}
