package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Random cases: the second implementation against the naive resolver. Skipped without Node.js. */
final class JavaScriptOracleTest {
  private static final Path SCRIPT = Path.of("src/test/js/resolve-stdin.mjs");
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  @TempDir
  private Path directory;

  private Path node = Path.of("node");

  @BeforeEach
  void findNode() {
    Optional<Path> found = Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .flatMap(folder -> List.of(Path.of(folder, "node"), Path.of(folder, "node.exe")).stream())
        .filter(Files::isExecutable)
        .findFirst();
    assumeTrue(found.isPresent(), "there is no node on the PATH to run " + SCRIPT + " with");
    node = found.get();
  }

  @Test
  void resolve_randomCases_isWhatTheNaiveResolverSays() {
    List<JsonNode> configs =
        LongStream.range(0, 1_000).<JsonNode>mapToObj(RandomCases::next).toList();

    List<JsonNode> answers = answers(configs);

    assertThat(answers).hasSameSizeAs(configs);
    for (int i = 0; i < configs.size(); i++) {
      if (!Disagreement.agree(configs.get(i), answers.get(i))) {
        assertThat(Disagreement.of(
                configs.get(i), config -> answers(List.of(config)).get(0)))
            .isNull();
      }
    }
  }

  private List<JsonNode> answers(List<JsonNode> configs) {
    Path input = directory.resolve("cases");
    // Into files: a process that hangs must not hold up whoever reads what it writes.
    Path output = directory.resolve("answers");
    try {
      Files.write(input, configs.stream().map(JsonNode::toString).toList());
      Process process = new ProcessBuilder(node.toString(), SCRIPT.toString())
          .redirectInput(input.toFile())
          .redirectOutput(output.toFile())
          .redirectError(directory.resolve("errors").toFile())
          .start();
      try {
        assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
            .as("%s ends in %s", SCRIPT, TIMEOUT)
            .isTrue();
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.exitValue())
          .as(Files.readString(directory.resolve("errors")))
          .isZero();
      return Files.readAllLines(output).stream()
          .map(JsonMapper.shared()::readTree)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
