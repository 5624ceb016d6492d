package dev.chasqui.app.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class ImporterTest {
  private final ImportTarget target;

  ImporterTest(RealPostgres postgres) {
    target = new ImportTarget(postgres);
  }

  @AfterEach
  void close() {
    target.close();
  }

  @Test
  void run_examplesOfTheDocumentation_goInAlike() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "import-format.md"));
    ImportReport json = target.json(example(page, "json"), false);
    String afterJson = target.state();
    ImportReport yaml = target.yaml(example(page, "yaml"), false);

    assertThat(json).isEqualTo(new ImportReport(2, 4, 3, OptionalLong.of(1), 0, List.of()));
    assertThat(yaml).isEqualTo(new ImportReport(2, 4, 3, OptionalLong.empty(), 0, List.of()));
    assertThat(target.state()).isEqualTo(afterJson);
    assertThat(target.fleet.pathOf("truck-7-cam"))
        .containsExactly(
            Scope.GLOBAL,
            new Scope("company", "acme"),
            new Scope("group", "long-haul"),
            new Scope("vehicle", "truck-7"),
            new Scope("device", "truck-7-cam"));
    assertThat(target.profiles.at(new Scope("company", "acme")).entries())
        .containsOnlyKeys("camera.fps", "ai.model");
    assertThat(
            target.fleet.find(new Scope("device", "truck-7-cam")).orElseThrow().name())
        .isEqualTo("truck-7-cam");
  }

  private static String example(String page, String language) {
    Matcher block =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(block.find()).isTrue();
    return block.group(1);
  }

  @Test
  void run_oneNodeMoved_tellsOnlyItsDevices() {
    target.json(FLEET, false);
    ImportReport report = target.json("""
        {"fleet": [{"scope": "company:a"}, {"scope": "company:b", "name": "Renamed"},
                   {"scope": "vehicle:v", "parent": "company:b"},
                   {"scope": "device:d", "parent": "vehicle:v"},
                   {"scope": "device:e", "parent": "company:a"}]}""", false);

    long revision = report.revision().orElseThrow();
    assertThat(target.changes.devicesMovedBy(revision)).containsExactly("d");
    assertThat(target.fleet.find(new Scope("company", "b")).orElseThrow().name())
        .isEqualTo("Renamed");
  }

  @Test
  void run_onlyNewNames_makesNoChange() {
    target.json(FLEET, false);
    ImportReport report =
        target.json("{\"fleet\": [{\"scope\": \"company:a\", \"name\": \"Other\"}]}", false);

    assertThat(report.revision()).isEmpty();
    assertThat(target.fleet.find(new Scope("company", "a")).orElseThrow().name())
        .isEqualTo("Other");
  }

  private static final String FLEET = """
      {"settings": [{"key": "fps", "type": "int", "default": 15, "min": 1, "max": 60},
                    {"key": "mode", "type": "enum", "default": "x", "choices": [{"value": "x"}, {"value": "y"}]},
                    {"key": "rate", "type": "double", "default": 1},
                    {"key": "on", "type": "boolean", "default": false}],
       "fleet": [{"scope": "company:a"}, {"scope": "company:b"}, {"scope": "group:g", "parent": "company:a"},
                 {"scope": "vehicle:v", "parent": "company:a"}, {"scope": "device:d", "parent": "vehicle:v"},
                 {"scope": "device:e", "parent": "company:a"}],
       "profiles": [{"scope": "company:a", "entries": {"fps": 20}}]}""";

  /** A section with a bad item, and what is said of it. {@code %s} gets a good item in keep-going mode. */
  private record Bad(String section, String item, String pointer, String rule, String message) {}

  private static List<Bad> badItems() {
    return List.of(
        new Bad("settings", "7", "/settings/0", "wrong-type", "must be an object"),
        new Bad(
            "settings",
            "{\"key\": \"k\", \"type\": \"odd\", \"default\": 1}",
            "/settings/0/type",
            "bad-declaration",
            "was \"odd\""),
        new Bad(
            "settings",
            "{\"key\": \"k\", \"type\": \"int\", \"default\": 9, \"max\": 5}",
            "/settings/0",
            "bad-declaration",
            "at most 5"),
        new Bad(
            "settings",
            "{\"key\": \"k\", \"type\": \"int\", \"default\": 9, \"maximum\": 5}",
            "/settings/0/maximum",
            "bad-declaration",
            "/maximum is no member"),
        new Bad(
            "settings",
            "{\"key\": \"k\", \"key\": \"l\", \"type\": \"int\", \"default\": 9}",
            "/settings/0/key",
            "duplicate",
            "twice"),
        new Bad("fleet", "[]", "/fleet/0", "wrong-type", "must be an object"),
        new Bad("fleet", "{}", "/fleet/0", "missing-member", "\"scope\""),
        new Bad("fleet", "{\"scope\": 1}", "/fleet/0/scope", "wrong-type", "level:key"),
        new Bad("fleet", "{\"scope\": \"truck\"}", "/fleet/0/scope", "bad-scope", "level:key"),
        new Bad("fleet", "{\"scope\": \"company:\"}", "/fleet/0/scope", "bad-scope", "must match"),
        new Bad(
            "fleet",
            "{\"scope\": \"ship:x\", \"parent\": \"company:a\"}",
            "/fleet/0/scope",
            "unknown-level",
            "ship:x"),
        new Bad(
            "fleet",
            "{\"scope\": \"global:all\"}",
            "/fleet/0/scope",
            "unknown-level",
            "global:all"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"color\": 1}",
            "/fleet/0/color",
            "unknown-member",
            "color"),
        new Bad(
            "fleet", "{\"scope\": \"vehicle:x\"}", "/fleet/0/parent", "bad-parent", "vehicle:x"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"device:d\"}",
            "/fleet/0/parent",
            "bad-parent",
            "device:d"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:zz\"}",
            "/fleet/0/parent",
            "unknown-scope",
            "company:zz"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:a\", \"name\": \" \"}",
            "/fleet/0/name",
            "bad-name",
            "1 to 200"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:a\", \"name\": \"a\\u0000b\"}",
            "/fleet/0/name",
            "bad-text",
            "NUL"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:a\", \"priority\": 1.5}",
            "/fleet/0/priority",
            "wrong-type",
            "whole number"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:b\", \"groups\": [\"group:g\"]}",
            "/fleet/0/groups",
            "bad-group",
            "another company"),
        new Bad(
            "fleet",
            "{\"scope\": \"vehicle:x\", \"parent\": \"company:a\", \"groups\": [\"group:h\"]}",
            "/fleet/0/groups",
            "unknown-scope",
            "group:h"),
        new Bad("profiles", "\"x\"", "/profiles/0", "wrong-type", "must be an object"),
        new Bad("profiles", "{\"entries\": {}}", "/profiles/0", "missing-member", "\"scope\""),
        new Bad(
            "profiles",
            "{\"scope\": \"company:a\"}",
            "/profiles/0",
            "missing-member",
            "\"entries\""),
        new Bad(
            "profiles",
            "{\"scope\": \"company:a\", \"entries\": []}",
            "/profiles/0/entries",
            "wrong-type",
            "object"),
        new Bad(
            "profiles",
            "{\"scope\": \"company:a\", \"values\": {}, \"entries\": {}}",
            "/profiles/0/values",
            "unknown-member",
            "values"),
        new Bad(
            "profiles",
            "{\"scope\": \"company:a\", \"scope\": \"company:b\", \"entries\": {}}",
            "/profiles/0/scope",
            "duplicate",
            "twice"),
        new Bad(
            "profiles",
            entry("company:zz", "\"fps\": 30"),
            "/profiles/0/entries/fps",
            "unknown-scope",
            "company:zz"),
        new Bad(
            "profiles",
            entry("company:a", "\"no/such\": 30"),
            "/profiles/0/entries/no~1such",
            "unknown-setting",
            "no/such"),
        new Bad(
            "profiles",
            entry("company:a", "\"fps\": 61"),
            "/profiles/0/entries/fps",
            "out-of-range",
            "company:a: fps: must be between 1 and 60, was 61"),
        new Bad(
            "profiles",
            entry("company:a", "\"fps\": \"30\""),
            "/profiles/0/entries/fps",
            "wrong-type",
            "whole number"),
        new Bad(
            "profiles",
            entry("company:a", "\"rate\": 1e400"),
            "/profiles/0/entries/rate",
            "wrong-type",
            "finite"),
        new Bad(
            "profiles",
            entry("company:a", "\"mode\": \"z\""),
            "/profiles/0/entries/mode",
            "not-a-choice",
            "\"x\""),
        new Bad(
            "profiles",
            entry("company:a", "\"fps\": null"),
            "/profiles/0/entries/fps",
            "no-value",
            "null"),
        new Bad(
            "profiles",
            entry("company:a", "\"fps\": 30, \"fps\": 31"),
            "/profiles/0/entries/fps",
            "duplicate",
            "twice"),
        new Bad(
            "profiles",
            entry("company:a", "\"fps\": {\"a\": 1, \"a\": 2}"),
            "/profiles/0/entries/fps/a",
            "duplicate",
            "twice"));
  }

  private static String entry(String scope, String entries) {
    return "{\"scope\": \"" + scope + "\", \"entries\": {" + entries + "}}";
  }

  private static String good(String section, int number) {
    return switch (section) {
      case "settings" -> "{\"key\": \"good-" + number + "\", \"type\": \"int\", \"default\": 1}";
      case "fleet" -> "{\"scope\": \"company:good-" + number + "\"}";
      default -> entry("company:b", "\"rate\": " + (number + 2));
    };
  }

  @Test
  void run_badItemAllOrNothing_namesItAndChangesNothing() {
    target.json(FLEET, false);
    String before = target.state();
    int number = 0;
    for (Bad bad : badItems()) {
      String file = "{\"" + bad.section() + "\": [\n" + bad.item() + ",\n"
          + good(bad.section(), number++) + "]}";
      RefusedException refused =
          catchThrowableOfType(RefusedException.class, () -> target.json(file, false));

      assertThat(refused).as(file).isNotNull();
      assertProblem(bad, refused.problems());
      assertThat(target.state()).as(file).isEqualTo(before);
    }
  }

  @Test
  void run_badItemKeepingGoing_takesTheOthers() {
    target.json(FLEET, false);
    int number = 0;
    for (Bad bad : badItems()) {
      String file = "{\"" + bad.section() + "\": [\n" + bad.item() + ",\n"
          + good(bad.section(), number++) + "]}";
      ImportReport report = target.json(file, true);

      assertThat(report.refusals()).as(file).isEqualTo(1);
      assertProblem(bad, report.refused());
      assertThat(report.settings() + report.nodes() + report.edits()).as(file).isEqualTo(1);
    }
  }

  private static void assertProblem(Bad bad, List<Problem> problems) {
    assertThat(problems).as(bad.item()).hasSize(1);
    Problem problem = problems.get(0);
    assertThat(problem.field()).as(bad.item()).isEqualTo(bad.pointer());
    assertThat(problem.rule()).as(bad.item()).isEqualTo(bad.rule());
    assertThat(problem.message()).contains(bad.message()).contains("line 2, column ");
  }

  @Test
  void run_unreadableDocument_changesNothingInEitherMode() {
    target.json(FLEET, false);
    String before = target.state();
    List<List<String>> documents = List.of(
        List.of("", "malformed", "must be an object"),
        List.of("[]", "malformed", "must be an object"),
        List.of(
            "{\"fleet\": [{\"scope\": \"company:new\"}],\n \"profiles\": [", "malformed", "line 2"),
        List.of("{\"fleet\": [{\"scope\": \"company:new\"}]\n \"x\"", "malformed", "line 2"),
        List.of("{\"fleet\": [{\"scope\": \"company:new\"}]} {}", "malformed", "another begins"),
        List.of("{\"flet\": []}", "malformed", "no section \"flet\""),
        List.of("{\"fleet\": {}}", "malformed", "must be a list"),
        List.of("{\"fleet\": [], \"fleet\": []}", "malformed", "each once"),
        List.of("{\"profiles\": [], \"fleet\": []}", "malformed", "in the order"),
        List.of("{\"fleet\": [" + "[".repeat(60), "too-large", "depth"),
        List.of(
            "{\"fleet\": [{\"scope\": \"" + "x".repeat(1_100_000) + "\"}]}", "too-large", "length"),
        List.of("{\"fleet\": [{\"scope\": \"company:\u0001\"}]}", "malformed", "line 1"));
    for (List<String> document : documents) {
      for (boolean keepGoing : new boolean[] {false, true}) {
        RefusedException refused = catchThrowableOfType(
            RefusedException.class, () -> target.json(document.get(0), keepGoing));
        assertThat(refused).as(document.get(0)).isNotNull();
        assertThat(refused.problems()).hasSize(1);
        assertThat(refused.problems().get(0).rule()).isEqualTo(document.get(1));
        assertThat(refused.problems().get(0).message()).contains(document.get(2));
      }
    }
    assertThat(target.state()).isEqualTo(before);
  }

  @Test
  void run_yamlSyntaxError_namesThePlaceOnOneLine() {
    assertThatThrownBy(() -> target.yaml("fleet:\n  - {scope: x\nprofiles: []\n", true))
        .isInstanceOf(RefusedException.class)
        .hasMessageMatching("while parsing a flow mapping, .* \\(line 3, column \\d+\\)");
    assertThatThrownBy(() -> target.importer.run(
            new ByteArrayInputStream(new byte[] {'a', ':', ' ', (byte) 0xff}),
            ImportFormat.YAML,
            false,
            ImportTarget.SIGNATURE))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void run_yamlSurprises_areTextsAndRefused() {
    target.json(FLEET, false);
    ImportReport report = target.yaml("""
        profiles:
          - scope: company:b
            entries:
              "on": no
              fps: 0x1F
              rate: .inf
              mode: &m y
              other: *m
          - scope: company:a
            entries:
              fps: 010
              on: yes
              <<: {fps: 3}
        """, true);

    assertThat(report.edits()).isEqualTo(1);
    assertThat(report.refused())
        .extracting(Problem::field, Problem::rule)
        .containsExactlyInAnyOrder(
            tuple("/profiles/0/entries/on", "wrong-type"),
            tuple("/profiles/0/entries/fps", "wrong-type"),
            tuple("/profiles/0/entries/rate", "wrong-type"),
            tuple("/profiles/0/entries/other", "alias"),
            tuple("/profiles/1/entries/fps", "wrong-type"),
            tuple("/profiles/1/entries/on", "wrong-type"),
            tuple("/profiles/1/entries/<<", "unknown-setting"));
  }

  @Test
  void run_yamlOfManyAliases_isRefusedWithoutExpandingThem() {
    StringBuilder bomb = new StringBuilder("fleet:\n  - a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("    a")
          .append(i)
          .append(": &a")
          .append(i)
          .append(" [*a")
          .append(i - 1)
          .append(", *a")
          .append(i - 1)
          .append("]\n");
    }
    assertThat(target.yaml(bomb.toString(), true).refused())
        .extracting(Problem::rule)
        .containsExactly("alias");
  }

  @Test
  void run_moreProblemsThanAreListed_saysThatThereMayBeMore() {
    target.json(FLEET, false);
    String file = "{\"profiles\": ["
        + String.join(",", Collections.nCopies(1_500, entry("company:a", "\"fps\": 0"))) + "]}";

    RefusedException refused =
        catchThrowableOfType(RefusedException.class, () -> target.json(file, false));
    assertThat(refused.problems()).hasSize(1_001);
    assertThat(refused.problems().get(1_000).rule()).isEqualTo("more");

    ImportReport report = target.json(file, true);
    assertThat(report.refusals()).isEqualTo(1_500);
    assertThat(report.refused()).hasSize(1_000);
    assertThat(report.revision()).isEmpty();
  }

  @Test
  void run_hugeProfile_isRefusedAsAWhole() {
    target.json(FLEET, false);
    String entries = IntStream.range(0, 200_001)
        .mapToObj(i -> "\"k" + i + "\":1")
        .reduce(
            new StringBuilder(),
            (text, entry) -> text.append(text.isEmpty() ? "" : ",").append(entry),
            StringBuilder::append)
        .toString();
    ImportReport report = target.json(
        "{\"profiles\": [" + entry("company:a", entries) + ", " + entry("company:a", "\"fps\": 21")
            + "]}",
        true);

    assertThat(report.edits()).isEqualTo(1);
    assertThat(report.refused()).extracting(Problem::rule).containsExactly("too-large");
  }

  @Test
  void run_fileOf200000Entries_streamsAndTellsProgress() {
    int vehicles = 2_000; // each with 100 entries
    Stream<String> parts = Stream.of(
            Stream.of("{\"settings\": ["),
            IntStream.range(0, 100)
                .mapToObj(
                    i -> comma(i) + "{\"key\": \"s" + i + "\", \"type\": \"int\", \"default\": 0}"),
            Stream.of("], \"fleet\": [{\"scope\": \"company:c\"}"),
            IntStream.range(0, vehicles)
                .mapToObj(i -> ",{\"scope\": \"vehicle:v" + i + "\", \"parent\": \"company:c\"}"),
            Stream.of("], \"profiles\": ["),
            IntStream.range(0, vehicles)
                .mapToObj(i -> comma(i) + entry("vehicle:v" + i, hundredEntries())),
            Stream.of("]}"))
        .flatMap(part -> part);
    List<Integer> progress = new ArrayList<>();

    ImportReport report = target.importer.run(
        generated(parts), ImportFormat.JSON, false, ImportTarget.SIGNATURE, progress::add);

    assertThat(report)
        .isEqualTo(
            new ImportReport(100, vehicles + 1, 100 * vehicles, OptionalLong.of(1), 0, List.of()));
    assertThat(progress).isSorted().hasSizeGreaterThan(200).endsWith(202_101);
  }

  private static String comma(int index) {
    return index == 0 ? "" : ",";
  }

  private static String hundredEntries() {
    StringBuilder entries = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      entries.append(comma(i)).append("\"s").append(i).append("\": ").append(i + 1);
    }
    return entries.toString();
  }

  /** Makes each part when it is read. */
  private static InputStream generated(Stream<String> parts) {
    Iterator<String> iterator = parts.iterator();
    return new InputStream() {
      private InputStream part = InputStream.nullInputStream();

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        int count = part.read(to, offset, length);
        while (count < 0 && iterator.hasNext()) {
          part = ImportTarget.stream(iterator.next());
          count = part.read(to, offset, length);
        }
        return count;
      }
    };
  }
}
