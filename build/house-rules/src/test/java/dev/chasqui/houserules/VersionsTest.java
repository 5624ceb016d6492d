package dev.chasqui.houserules;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each artifact has a version of its own; the BOM says which go together; the parent holds everybody else's. */
final class VersionsTest {
  private static final String MODULES = "dev.chasqui.houserules.Pom#modules";

  /** A library's POM names what it is and what it stands on. What it does with it is the parent's affair. */
  private static final int LINES_OF_A_LIBRARYS_POM = 130;

  @Test
  void bom_pins_areTheVersionsOfAllPublishedModules() {
    Map<String, String> versions = Pom.modules().stream()
        .filter(Pom::isPublished)
        .collect(toMap(Pom::artifactId, Pom::version));

    Map<String, String> pins = Pom.bom()
        .managedDependencies()
        .collect(toMap(Pom.Dependency::artifactId, pin -> pin.version().orElse("")));

    assertThat(pins).isEqualTo(versions);
  }

  @ParameterizedTest
  @MethodSource("dev.chasqui.houserules.Layout#parts")
  void part_withAPom_isPublishedAsTheTableSays(Part part) {
    if (part.hasPom()) {
      assertThat(Pom.read(part.path().resolve("pom.xml")).isPublished())
          .isEqualTo(part.isPublished());
    }
  }

  @Test
  void bom_pins_areOursOnly() {
    assertThat(Pom.bom().managedDependencies()).allMatch(Pom.Dependency::isOurs);
  }

  @ParameterizedTest
  @MethodSource(MODULES)
  void module_parent_isTheOneWeBuild(Pom module) {
    Pom build = Pom.parentOfAll();
    if (module.file().equals(build.file())) {
      return;
    }
    assertThat(module.text("parent", "artifactId")).contains(build.artifactId());
    assertThat(module.text("parent", "version")).contains(build.version());
    assertThat(module.directory().resolve(module.text("parent", "relativePath").orElseThrow()))
        .exists();
  }

  @ParameterizedTest
  @MethodSource(MODULES)
  void module_importOfTheBom_isTheOneWeBuild(Pom module) {
    assertThat(module.managedDependencies())
        .filteredOn(dependency -> dependency.artifactId().equals("chasqui-bom"))
        .allSatisfy(bom -> assertThat(bom.version()).contains(Pom.bom().version()));
  }

  @ParameterizedTest
  @MethodSource(MODULES)
  void module_dependencies_stateNoVersion(Pom module) {
    assertThat(module.dependencies())
        .as("versions belong to build/pom.xml, ours to bom/pom.xml")
        .allSatisfy(dependency -> assertThat(dependency.version()).isEmpty());
    assertThat(module.elements("build", "plugins", "plugin", "version"))
        .as("plugin versions belong to build/pom.xml")
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource(MODULES)
  void module_managesOnlyOurOwn(Pom module) {
    if (module.file().equals(Pom.parentOfAll().file())) {
      return;
    }
    assertThat(module.managedDependencies()).allMatch(Pom.Dependency::isOurs);
  }

  @Test
  void parent_namesNoPartOfOurs() {
    assertThat(Pom.parentOfAll().managedDependencies()).noneMatch(Pom.Dependency::isOurs);
    assertThat(Pom.parentOfAll().dependencies()).isEmpty();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("dev.chasqui.houserules.ModuleDescriptorsTest#librariesWithCode")
  void library_pom_isSmall(Part library) throws IOException {
    assertThat(Files.readAllLines(library.path().resolve("pom.xml")))
        .hasSizeLessThanOrEqualTo(LINES_OF_A_LIBRARYS_POM);
  }
}
