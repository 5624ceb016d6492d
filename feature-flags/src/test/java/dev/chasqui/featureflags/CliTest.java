package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says. */
final class CliTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir
  private Path directory;

  private Path file;

  CliTest() {
    this.file = Path.of("");
  }

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(directory.resolve("flags.json"), """
        {"flags": {
          "brakes": {"state": "ENABLED", "variants": {"new": "v2", "old": "v1"}, "defaultVariant": "old",
            "targeting": {"if": [{"==": [{"var": "country"}, "DE"]}, "new"]}},
          "soon": {"state": "ENABLED", "variants": {"on": true}, "x-schedule": [{"at": "2026-12-01T00:00:00Z", "variant": "on"}]},
          "broken": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"nope": 1}}
        }}""");
  }

  private int run(String... arguments) {
    return Cli.run(new PrintWriter(out), new PrintWriter(err, true), arguments);
  }

  @Test
  void evaluate_saysWhatAFlagIs() {
    assertThat(run("evaluate", file.toString(), "brakes", "--context", "{\"country\": \"DE\"}"))
        .isZero();
    assertThat(out).hasToString("\"v2\"  (variant new, TARGETING_MATCH)" + System.lineSeparator());
  }

  @Test
  void option_thatTheCommandHasNot_isRefused() {
    assertThat(run("lower", file.toString(), "--context", "{}")).isEqualTo(Cli.FAILED);
    assertThat(run("lint", file.toString(), "--context", "{}")).isEqualTo(Cli.FAILED);
    assertThat(run("evaluate", file.toString(), "soon", "--attributes", "a")).isEqualTo(Cli.FAILED);
    assertThat(err.toString())
        .contains(
            "lower has no option --context",
            "lint has no option --context",
            "evaluate has no option --attributes");
  }

  @Test
  void file_thatIsADirectory_isNamed() {
    assertThat(run("lint", directory.toString())).isEqualTo(Cli.FAILED);
    assertThat(err.toString()).contains(directory + " is a directory");
  }

  @Test
  void file_withAByteOrderMark_isRead_andOneThatIsNoUtf8_isNot() throws IOException {
    Path marked = directory.resolve("marked.json");
    Files.writeString(marked, "\uFEFF" + Files.readString(file));
    assertThat(run("evaluate", marked.toString(), "brakes")).isZero();
    Path latin = directory.resolve("latin.json");
    Files.writeString(
        latin, Files.readString(file).replace("country", "l\u00e4nd"), StandardCharsets.ISO_8859_1);
    assertThat(run("evaluate", latin.toString(), "brakes")).isEqualTo(Cli.FAILED);
    assertThat(err.toString()).contains("UTF-8");
  }

  @Test
  void evaluate_atATime_isAsItWillBe() {
    assertThat(run("evaluate", file.toString(), "soon", "--at", "2026-11-30T00:00:00Z"))
        .isZero();
    assertThat(run("evaluate", file.toString(), "soon", "--at", "2026-12-01T00:00:00Z"))
        .isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "the default of who asks  (DEFAULT)", "true  (variant on, TARGETING_MATCH)");
  }

  @Test
  void evaluate_ofAFlagInError_saysSoByItsCode() {
    assertThat(run("evaluate", file.toString(), "broken")).isOne();
    assertThat(out.toString())
        .startsWith(
            "PARSE_ERROR: flag broken is wrong: /flags/broken/targeting/nope: there is no operator nope");
  }

  @Test
  void evaluate_asJson_isForPrograms() {
    assertThat(run("evaluate", file.toString(), "brakes", "--json", "--at", "2026-12-01T00:00:00Z"))
        .isZero();
    assertThat(out.toString().strip())
        .isEqualTo(
            "{\"flag\":\"brakes\",\"variant\":\"old\",\"value\":\"v1\",\"reason\":\"DEFAULT\",\"revision\":0,\"at\":\"2026-12-01T00:00:00Z\"}");
  }

  @Test
  void explain_showsAllThatWasLookedAt() {
    assertThat(run("explain", file.toString(), "brakes", "--context", "{\"country\": \"FR\"}"))
        .isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "brakes is \"v1\" (variant old), DEFAULT",
            "  targeting = null",
            "    if = null",
            "      == = false",
            "        var country = \"FR\"",
            "        literal = \"DE\"",
            "  defaultVariant = old");
  }

  @Test
  void lint_namesWhatIsWrongOrNotMeant() {
    assertThat(run(
            "lint",
            file.toString(),
            "--attributes",
            "county,version",
            "--at",
            "2026-11-30T00:00:00Z"))
        .isOne();
    assertThat(out.toString().lines())
        .containsExactly(
            "error  /flags/broken/targeting/nope  wrong",
            "         there is no operator nope.",
            "         Mend: correct the flag; till then it is an error, or what it was",
            "         before.",
            "warning  /flags/brakes/targeting/if/0/==/0/var  unknown-attribute",
            "         no context has country.",
            "         Mend: county may be meant.",
            "3 flags: 2 errors and warnings, 0 notes");
  }

  @Test
  void lower_writesForOthers_andNamesWhatIsLeftOut() {
    assertThat(run("lower", file.toString())).isOne();
    assertThat(out.toString())
        .contains("brakes", "$flagd.timestamp")
        .doesNotContain("x-schedule", "broken");
    assertThat(err.toString())
        .startsWith("/flags/broken/targeting/nope: left out, there is no operator nope");
  }

  @Test
  void names_thatATerminalWouldObey_areShownAsText() throws IOException {
    Files.writeString(file, "{\"flags\": {\"a\\u001b[2Jb\": {\"state\": \"ENABLED\"}}}");
    assertThat(run("lint", file.toString())).isOne();
    assertThat(run("evaluate", file.toString(), "a\u001b[2Jb")).isOne();
    assertThat(run("explain", file.toString(), "a\u001b[2Jb")).isOne();
    assertThat(out.toString()).contains("/flags/a\\u001b[2Jb/variants").doesNotContain("\u001b");
  }

  @Test
  void lint_ofLongTexts_staysWithin80Columns() throws IOException {
    Files.writeString(
        file,
        "{\"flags\": {\"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true}, \"targeting\": {\"if\": [{\"var\": \"a\"}, \"on\"]}}}}");
    assertThat(run("lint", file.toString())).isZero();
    assertThat(out.toString().lines())
        .allMatch(line -> line.length() <= 80)
        .first()
        .isEqualTo("note  /flags/f  no-default");
  }

  @Test
  void process_exitsByWhatItFound() throws Exception {
    assertThat(process("lint", file.toString())).isOne();
    assertThat(process("evaluate", file.toString(), "brakes")).isZero();
    assertThat(process("lint", "nowhere.json")).isEqualTo(2);
  }

  private int process(String... arguments) throws Exception {
    List<String> line = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        Stream.of("jdk.module.path", "java.class.path") // the tests run on the module path
            .map(System::getProperty)
            .filter(path -> path != null && !path.isEmpty())
            .collect(Collectors.joining(File.pathSeparator)),
        Cli.class.getName()));
    line.addAll(List.of(arguments));
    Process process = new ProcessBuilder(line)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("has ended").isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void commandLine_thatIsWrong_isExplained() {
    assertThat(run("evaluate", file.toString())).isEqualTo(2);
    assertThat(run("fly", "x")).isEqualTo(2);
    assertThat(run("lint", "nowhere.json")).isEqualTo(2);
    assertThat(run("lint", file.toString(), "--fast")).isEqualTo(2);
    assertThat(run("evaluate", file.toString(), "brakes", "--context", "[1]")).isEqualTo(2);
    assertThat(run("evaluate", file.toString(), "brakes", "--at", "soon")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "evaluate wants FILE and FLAG, was given",
            "there are the commands evaluate, explain, lint and lower, not \"fly\"",
            "there is no file nowhere.json",
            "--fast is no option",
            "/context: must be an object",
            "--at must be a time such as 2026-12-01T08:00:00Z, was soon");
    assertThat(run("--help")).isZero();
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80, "80 wide");
  }
}
