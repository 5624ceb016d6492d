package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The second implementation keeps to the vectors too. Needs Node.js, and is skipped without it. */
final class VectorsInJavaScriptTest {
  private static final Path SCRIPT = Path.of("src/test/js/run-vectors.mjs");
  private static final Path VECTORS =
      Path.of("src/test/resources/dev/chasqui/hierarchicalconfig/vectors/resolution.json");

  @TempDir
  private Path directory;

  private final NodeJs node = NodeJs.toRun(SCRIPT);

  @Test
  void resolve_eachCase_isWhatTheVectorExpects() throws Exception {
    Run run = run();

    assertThat(run.exitCode()).as("%s", run.output()).isZero();
    assertThat(run.output())
        .matches("resolution.json: [1-9]\\d* cases\nfingerprint.json: [1-9]\\d* cases\n");
  }

  @Test
  void resolve_caseThatExpectsAnotherValue_isNamedWithTheDifference() throws Exception {
    String vectors = Files.readString(VECTORS);
    String broken = vectors.replaceFirst("\"values\": \\{\"k\": 3}", "\"values\": {\"k\": 4}");
    assertThat(broken).isNotEqualTo(vectors);
    Files.writeString(directory.resolve("resolution.json"), broken);
    Files.copy(VECTORS.resolveSibling("fingerprint.json"), directory.resolve("fingerprint.json"));

    Run run = run(directory.toString());

    assertThat(run.exitCode()).as("%s", run.output()).isEqualTo(1);
    assertThat(run.output())
        .contains("\"a nearer level wins whatever the priorities\" (rules 1.3, 6.2): "
            + "expect.values.k must be 4, was 3\n");
  }

  private record Run(int exitCode, String output) {}

  private Run run(String... arguments) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    int exitCode = NodeJs.run(
        node.process(SCRIPT, arguments).redirectErrorStream(true).redirectOutput(output.toFile()));
    return new Run(
        exitCode, Files.readString(output, StandardCharsets.UTF_8).replace("\r\n", "\n"));
  }
}
