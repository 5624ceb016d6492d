package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Random cases: the second implementation against the naive resolver. Skipped without Node.js. */
final class JavaScriptOracleTest {
  private static final Path SCRIPT = Path.of("src/test/js/resolve-stdin.mjs");

  @TempDir
  private Path directory;

  private final NodeJs node = NodeJs.toRun(SCRIPT);

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
    Path output = directory.resolve("answers");
    try {
      Files.write(input, configs.stream().map(JsonNode::toString).toList());
      int exitCode = NodeJs.run(node.process(SCRIPT)
          .redirectInput(input.toFile())
          .redirectOutput(output.toFile())
          .redirectError(directory.resolve("errors").toFile()));
      assertThat(exitCode).as(Files.readString(directory.resolve("errors"))).isZero();
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
