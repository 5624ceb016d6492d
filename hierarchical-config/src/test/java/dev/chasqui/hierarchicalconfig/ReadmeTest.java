package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Compiles and runs the README's examples, and holds the README to them. */
final class ReadmeTest {
  // README begins
  static final Setting<Integer> FPS =
      Setting.ofInt("camera.fps").between(1, 60).unit("fps").withDefault(15);

  String explainFps() {
    var company = ProfileJson.readProfile("""
        {"scope": "company:acme", "revision": 7, "priority": 0,
         "entries": {"camera.fps": {"value": 25, "revision": 7, "author": "ann"}}}""");
    var resolver = new Resolver(Catalogue.of(FPS), Hierarchy.DEFAULT);
    var config = resolver.resolve(List.of(company), DeviceContext.NONE, Instant.now());
    int fps = config.get(FPS); // 25
    return fps + " because:\n" + config.explain("camera.fps").toText();
  }

  // README ends

  // Reading begins
  static final Setting<Duration> CLIP =
      Setting.ofDuration("camera.clip").withDefault(Duration.ofSeconds(15));

  record Camera(int fps, Duration clip) {}

  Camera read(LiveConfig config, IntConsumer lens) {
    Live<Integer> fps = config.live(FPS); // once, into a field of yours
    Live<Camera> camera = config.live(c -> new Camera(c.get(FPS), c.get(CLIP))); // in one piece
    config.onChange(FPS, change -> lens.accept(change.now()));
    lens.accept(fps.get()); // always the newest, for one volatile read
    return camera.get();
  }

  // Reading ends

  @Test
  void read_ofTheReadme_readsAndListens() {
    var resolver = new Resolver(Catalogue.of(FPS, CLIP), Hierarchy.DEFAULT);
    var config = new LiveConfig(resolver.resolve(List.of(), DeviceContext.NONE, Instant.EPOCH));
    List<Integer> lens = new ArrayList<>();
    assertThat(read(config, lens::add)).isEqualTo(new Camera(15, Duration.ofSeconds(15)));
    var profile =
        new Profile(Scope.GLOBAL, 1, 0, Map.of(FPS.key(), Entry.of(FPS.type().encode(25))));
    config.set(resolver.resolve(List.of(profile), DeviceContext.NONE, Instant.EPOCH));
    assertThat(lens).containsExactly(15, 25);
  }

  @Test
  void explainFps_ofTheReadme_saysWhatTheReadmeShows() throws IOException {
    assertThat(block("text")).isEqualTo(explainFps().strip());
  }

  @Test
  void readme_examples_areThisSource() throws IOException {
    Path source = Path.of("src/test/java/dev/chasqui/hierarchicalconfig/ReadmeTest.java");
    assertThat(Files.readString(Path.of("README.md")))
        .contains(example(source, "README"), example(source, "Reading"));
  }

  private static String example(Path source, String name) throws IOException {
    String region =
        between(Files.readString(source), "  // " + name + " begins\n", "\n  // " + name + " ends");
    return "```java\n" + region.replaceAll("(?m)^ {2}", "").strip() + "\n```\n";
  }

  private static String block(String language) throws IOException {
    return between(Files.readString(Path.of("README.md")), "```" + language + "\n", "```")
        .strip();
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin) + begin.length();
    return text.substring(from, text.indexOf(end, from));
  }
}
