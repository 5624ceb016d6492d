package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of README.md: compiled, run, and the same text. */
final class ReadmeTest {
  private static final Path README = Path.of("README.md");

  @TempDir
  private Path directory;

  @AfterEach
  void shutDown() {
    OpenFeatureAPI.getInstance().shutdown();
  }

  private static String between(String text, String from, String to) {
    int begin = text.indexOf(from) + from.length();
    return text.substring(begin, text.indexOf(to, begin));
  }

  @Test
  void example_works() throws Exception {
    String json = between(Files.readString(README), "```json\n", "```");
    Path file = Files.writeString(directory.resolve("flags.json"), json);
    // [example]
    FlagProvider flags = FlagProvider.builder()
        .source(new FileSource(file)) // flags.json, watched
        .lastGood(directory.resolve("flags.last")) // for a start without it
        .build();
    OpenFeatureAPI.getInstance().setProviderAndWait(flags);

    Client client = OpenFeatureAPI.getInstance().getClient();
    FlagContext user = FlagContext.of("u-17").with("country", "DE").with("age", 42);
    boolean isNew = client.getBooleanValue("new-checkout", false, user);
    String why = flags.flags().explain("new-checkout", user).toText();
    // [/example]
    assertThat(flags.flags().problems()).isEmpty();
    assertThat(why)
        .contains("var country = \"DE\"", "fractional", isNew ? "variant on" : "variant off");
    assertThat(client.getBooleanValue("new-checkout", false, FlagContext.of("u-1")))
        .isTrue();
  }

  @Test
  void commandLine_saysWhatTheReadmeShows() throws IOException {
    String readme = Files.readString(README);
    Path file =
        Files.writeString(directory.resolve("flags.json"), between(readme, "```json\n", "```"));
    String shown = between(readme, "$ java -cp 'lib/*' dev.chasqui.featureflags.Cli ", "```");
    assertThat(shown)
        .startsWith("explain flags.json new-checkout --context '{\"country\": \"FR\"}'\n");
    StringWriter out = new StringWriter();
    Cli.run(
        new PrintWriter(out),
        new PrintWriter(out),
        "explain",
        file.toString(),
        "new-checkout",
        "--context",
        "{\"country\": \"FR\"}");
    assertThat(out.toString().lines().toList()).isEqualTo(shown.lines().skip(1).toList());
  }

  @Test
  void example_isTheReadmes() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/chasqui/featureflags/ReadmeTest.java"));
    String example = between(source, "// [example]\n", "    // [/example]")
        .lines()
        .map(line -> line.startsWith("    ") ? line.substring(4) : line)
        .collect(Collectors.joining("\n"));
    assertThat(Files.readString(README)).contains(example.strip());
  }
}
