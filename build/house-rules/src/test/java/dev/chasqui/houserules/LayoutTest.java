package dev.chasqui.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the other rules look at everything there is. */
final class LayoutTest {
  /** Directories with sources or a POM that are no part: how parts are built and checked. */
  private static final List<String> HOUSE = List.of("", "bom", "build", "build/house-rules");

  @ParameterizedTest
  @MethodSource("dev.chasqui.houserules.Layout#parts")
  void part_ofTheTable_hasADirectory(Part part) {
    assertThat(part.path()).isDirectory();
  }

  @Test
  void directories_withAPom_areInTheTableAndInTheReactor() {
    List<Path> poms = Layout.files().stream()
        .filter(file -> file.getFileName().toString().equals("pom.xml"))
        .filter(file -> !file.toString().contains("/src/"))
        .toList();

    assertThat(poms)
        .extracting(file -> Layout.ROOT.relativize(file.getParent()).toString())
        .isSubsetOf(
            Stream.concat(HOUSE.stream(), Layout.parts().map(Part::directory)).toList());
    assertThat(poms)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of(Pom.root()), Pom.modules().stream())
                .map(Pom::file)
                .toList());
  }

  @Test
  void directories_withSources_haveAPom() {
    assertThat(Layout.parts().filter(Part::hasCode))
        .allSatisfy(part -> assertThat(part.path().resolve("pom.xml")).exists());
  }

  /** Without this, running only this module on a fresh checkout would pass by seeing nothing. */
  @ParameterizedTest
  @MethodSource("dev.chasqui.houserules.Layout#parts")
  void part_withCode_isCompiled(Part part) {
    if (part.hasCode()) {
      assertThat(part.path().resolve("target/classes"))
          .as("classes of %s; build it first, such as by: ./mvnw verify", part)
          .isDirectoryRecursivelyContaining("glob:**.class");
    }
  }

  @Test
  void architecturePage_namesEveryPart() throws IOException {
    assertThat(Files.readString(Layout.ROOT.resolve("docs/architecture.md")))
        .contains(Layout.parts().map(part -> "`" + part.directory() + "/`").toList());
  }
}
