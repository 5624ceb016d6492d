package dev.chasqui.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people read: every part explains itself, every link leads somewhere, no path is of one machine. */
final class PagesTest {
  private static final String NOT_STARTED = "**Status: not started.**";

  private static final Pattern CODE = Pattern.compile("(?ms)^ *```.*?^ *```|`[^`\\n]*`");
  private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(\\s*<?([^)\\s>]+)>?[^)]*\\)");
  private static final Pattern ELSEWHERE = Pattern.compile("(?i)[a-z][a-z0-9+.-]*:.*|//.*");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");

  /** A home directory, or where one machine keeps its checkouts. */
  private static final Pattern MACHINE_PATH =
      Pattern.compile("(?<![\\w.:/})*-])/(?:home|Users|root|work)/\\w|\\b[A-Z]:\\\\+Users\\b");

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("partsWithCode")
  void part_withCode_hasAnArtifactReadmeAndChangelog(Part part) throws IOException {
    assertThat(part.path().resolve("pom.xml")).exists();
    assertThat(part.path().resolve("README.md")).content().doesNotContain(NOT_STARTED);
    if (part.isPublished()) { // otherwise there are no versions to tell apart
      assertThat(part.path().resolve("CHANGELOG.md")).exists();
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("partsWithoutAPom")
  void part_withoutAnArtifact_saysSoAndHasNoSources(Part part) {
    assertThat(part.path().resolve("README.md")).content().contains(NOT_STARTED);
    assertThat(part.path().resolve("src")).doesNotExist();
  }

  @Test
  void parts_withAnArtifact_haveCode() {
    assertThat(Layout.parts().filter(Part::hasPom)).allMatch(Part::hasCode, "has src/main/java");
  }

  @Test
  void bom_hasReadmeAndChangelog() {
    assertThat(Layout.ROOT.resolve("bom/README.md")).exists();
    assertThat(Layout.ROOT.resolve("bom/CHANGELOG.md")).exists();
  }

  @Test
  void links_inAllPages_leadSomewhere() {
    assertThat(Layout.files())
        .filteredOn(file -> file.toString().endsWith(".md"))
        .isNotEmpty()
        .flatExtracting(PagesTest::brokenLinks)
        .isEmpty();
  }

  @Test
  void paths_inAllTexts_areNotOfOneMachine() {
    assertThat(Layout.files()).flatExtracting(PagesTest::machinePaths).isEmpty();
  }

  @Test
  void brokenLinks_missingFileAndHeading_areNamed(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("there.md"), "# Really: there, `now`\n");
    Path page = Files.writeString(directory.resolve("page.md"), """
        # Here
        [a](there.md) [b](there.md#really-there-now) [c](#here) [d](https://example.org/x) `[e](code.md)`
        [f](missing.md) [g](there.md#missing) [h](#missing)
        ```md
        [i](fenced.md)
        ```
        """);

    assertThat(brokenLinks(page))
        .extracting(line -> line.substring(line.indexOf(": ") + 2))
        .containsExactly("missing.md", "there.md#missing", "#missing");
  }

  @Test
  void machinePaths_homeDirectory_isNamed(@TempDir Path directory) throws IOException {
    String home = "/" + "home/";
    Path page = Files.writeString(
        directory.resolve("page.md"),
        "fine: https://example.org" + home + "x\nfine: ./a\nbad: " + home + "me/x\n");

    assertThat(machinePaths(page)).containsExactly(page + ":3: bad: " + home + "me/x");
  }

  static Stream<Part> partsWithCode() {
    return Layout.parts().filter(Part::hasCode);
  }

  static Stream<Part> partsWithoutAPom() {
    return Layout.parts().filter(part -> !part.hasPom());
  }

  private static List<String> brokenLinks(Path page) {
    return LINK.matcher(CODE.matcher(text(page)).replaceAll(""))
        .results()
        .map(link -> link.group(1))
        .filter(link -> !ELSEWHERE.matcher(link).matches())
        .filter(link -> !leadsSomewhere(page, link))
        .map(link -> page + ": " + link)
        .toList();
  }

  private static boolean leadsSomewhere(Path page, String link) {
    int hash = link.indexOf('#');
    String file =
        URLDecoder.decode(hash < 0 ? link : link.substring(0, hash), StandardCharsets.UTF_8);
    Path target = file.isEmpty() ? page : page.resolveSibling(file);
    return Files.exists(target)
        && (hash < 0
            || !target.toString().endsWith(".md")
            || anchors(text(target)).contains(link.substring(hash + 1)));
  }

  /** Headings as GitHub names them in links. */
  private static List<String> anchors(String page) {
    return HEADING
        .matcher(page)
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }

  private static List<String> machinePaths(Path file) {
    List<String> found = new ArrayList<>();
    List<String> lines = text(file).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (MACHINE_PATH.matcher(lines.get(i)).find()) {
        found.add(file + ":" + (i + 1) + ": " + lines.get(i));
      }
    }
    return found;
  }

  /** Empty for what is not text: those have a zero byte somewhere. */
  private static String text(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return text.indexOf('\0') < 0
          ? new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
          : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
