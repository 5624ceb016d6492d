package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The second implementation keeps to the vectors too. Needs Node.js, and is skipped without it. */
final class VectorsInJavaScriptTest {
  private static final Path SCRIPT = Path.of("src/test/js/run-vectors.mjs");
  private static final Path VECTORS =
      Path.of("src/test/resources/dev/chasqui/hierarchicalconfig/vectors");

  @TempDir
  private Path directory;

  private final NodeJs node = NodeJs.toRun(SCRIPT);

  @Test
  void run_eachCase_isWhatTheVectorExpects() throws Exception {
    Run run = run();

    assertThat(run.exitCode()).as("%s", run.output()).isZero();
    assertThat(run.output().lines()).allMatch(line -> line.matches(".+: [1-9]\\d* cases"));
    assertThat(run.output().lines().map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactlyInAnyOrderElementsOf(vectors());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          resolution.json | "values": {"k": 3} | "values": {"k": 4} | "a nearer level wins whatever the priorities" (rules 1.3, 6.2): expect.values.k must be 4, was 3
          delta.json      | "to": {"a": {"c": 2}} | "to": {"a": {"c": 3}} | "operations are made one after the other" (rules 14.5): expect.to.a.c must be 3, was 2
          plan.json       | "fps": {"before": 15, "after": 20} | "fps": {"before": 15, "after": 21} | "an edit reaches the devices below it, and no others" (rules 13.1, 13.2): expect.devices.d1.effects.fps.after must be 21, was 20
          replay.json     | "compared": 4 | "compared": 5 | "the same rules prove that nothing differs" (rules 13.7): expect.compared must be 5, was 4
          """)
  void run_caseThatExpectsAnotherValue_isNamedWithTheDifference(
      String file, String expected, String other, String message) throws Exception {
    for (String each : vectors()) {
      Files.copy(VECTORS.resolve(each), directory.resolve(each));
    }
    String right = Files.readString(directory.resolve(file));
    assertThat(right).contains(expected);
    String wrong = right.replaceFirst(Pattern.quote(expected), Matcher.quoteReplacement(other));
    Files.writeString(directory.resolve(file), wrong);

    Run run = run(directory.toString());

    assertThat(run.exitCode()).as("%s", run.output()).isEqualTo(1);
    assertThat(run.output()).contains(file + ": " + message + '\n');
  }

  private static List<String> vectors() throws IOException {
    try (Stream<Path> files = Files.list(VECTORS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json"))
          .toList();
    }
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
