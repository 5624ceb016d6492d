package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compiles and runs the README's example, and holds the README to it. */
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

  @Test
  void explainFps_ofTheReadme_saysWhatTheReadmeShows() throws IOException {
    assertThat(block("text")).isEqualTo(explainFps().strip());
  }

  @Test
  void readme_example_isThisSource() throws IOException {
    Path source = Path.of("src/test/java/dev/chasqui/hierarchicalconfig/ReadmeTest.java");
    String region = between(Files.readString(source), "  // README begins\n", "\n  // README ends");
    assertThat(block("java")).isEqualTo(region.replaceAll("(?m)^ {2}", "").strip());
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
