package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Random cases: the second implementation against what Java says. Skipped without Node.js. */
final class JavaScriptOracleTest {
  private static final Path RESOLVE = Path.of("src/test/js/resolve-stdin.mjs");
  private static final Path DELTA = Path.of("src/test/js/delta-stdin.mjs");

  @TempDir
  private Path directory;

  private final NodeJs node = NodeJs.toRun(RESOLVE);

  @Test
  void resolve_randomCases_isWhatTheNaiveResolverSays() {
    List<JsonNode> configs =
        LongStream.range(0, 1_000).<JsonNode>mapToObj(RandomCases::next).toList();

    List<JsonNode> answers = answers(RESOLVE, configs);

    assertThat(answers).hasSameSizeAs(configs);
    for (int i = 0; i < configs.size(); i++) {
      if (!Disagreement.agree(configs.get(i), answers.get(i))) {
        assertThat(Disagreement.of(
                configs.get(i), config -> answers(RESOLVE, List.of(config)).get(0)))
            .isNull();
      }
    }
  }

  @Test
  void delta_randomObjects_isWhatJavaSays() {
    List<RandomObjects> pairs =
        LongStream.range(0, 2_000).mapToObj(RandomObjects::next).toList();
    List<Delta> deltas =
        pairs.stream().map(pair -> Delta.between(pair.from(), pair.to())).toList();

    List<JsonNode> answers = answers(
        DELTA,
        IntStream.range(0, pairs.size())
            .<JsonNode>mapToObj(seed -> deltaCase(pairs.get(seed), deltas.get(seed)))
            .toList());

    assertThat(answers).hasSameSizeAs(pairs);
    for (int seed = 0; seed < pairs.size(); seed++) {
      JsonNode answer = answers.get(seed);
      assertThat(answer.path("applied"))
          .as("seed %d", seed)
          .isEqualTo(pairs.get(seed).to());
      assertThat(DeltaCase.inOrderOfPaths((ObjectNode) answer.path("delta")))
          .as("seed %d", seed)
          .isEqualTo(DeltaCase.inOrderOfPaths(deltas.get(seed).toJson()));
    }
  }

  private static ObjectNode deltaCase(RandomObjects pair, Delta delta) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("from", pair.from());
    json.set("to", pair.to());
    json.set("delta", delta.toJson());
    return json;
  }

  private List<JsonNode> answers(Path script, List<JsonNode> cases) {
    Path input = directory.resolve("cases");
    Path output = directory.resolve("answers");
    try {
      Files.write(input, cases.stream().map(JsonNode::toString).toList());
      int exitCode = NodeJs.run(node.process(script)
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
