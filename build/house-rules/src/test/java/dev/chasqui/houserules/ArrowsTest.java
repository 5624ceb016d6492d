package dev.chasqui.houserules;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may use whom. */
final class ArrowsTest {
  private static final String PARTS = "dev.chasqui.houserules.Layout#parts";

  @ParameterizedTest
  @MethodSource(PARTS)
  void table_usesOfAPart_standAboveIt(Part part) {
    List<String> above = Layout.parts()
        .takeWhile(other -> !other.equals(part))
        .map(Part::directory)
        .toList();

    assertThat(above).as("parts above %s in the table", part).containsAll(part.uses());
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void table_library_usesNeitherProgramsNorRealServers(Part part) {
    if (part.isLibrary()) {
      assertThat(part.uses()).doesNotContain("reference-app", "benchmarks", "build/real-servers");
    }
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void table_uses_arePublished(Part part) {
    assertThat(part.uses()).map(Layout::part).allMatch(Part::isPublished, "is published");
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void mainCode_livesUnderItsPackageRoot(Part part) {
    staysAtHome(part).check(Compiled.main(part));
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void mainCode_usesOnlyPartsOfItsRow(Part part) {
    usesOnlyItsParts(part).check(Compiled.main(part));
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void mainCode_standsOnlyOnLibrariesOfItsRow(Part part) {
    standsOnlyOnItsLibraries(part).check(Compiled.main(part));
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void pom_dependsOnlyOnPartsOfItsRow(Part part) {
    if (!part.hasPom()) {
      return;
    }
    List<String> allowed =
        part.uses().stream().map(Layout::part).map(Part::artifactId).toList();

    assertThat(Pom.read(part.path().resolve("pom.xml")).dependencies())
        .filteredOn(dependency -> dependency.isOurs() && !dependency.isTest())
        .extracting(Pom.Dependency::artifactId)
        .as("parts that %s/pom.xml depends on", part)
        .allMatch(allowed::contains, "allowed are " + allowed);
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void pom_testsOfALibrary_doNotKnowThePrograms(Part part) {
    if (!part.hasPom() || !part.isLibrary()) {
      return;
    }
    assertThat(Pom.read(part.path().resolve("pom.xml")).dependencies())
        .extracting(Pom.Dependency::artifactId)
        .doesNotContain("reference-app", "benchmarks");
  }

  @Test
  void usesOnlyItsParts_libraryUsesProgram_isRefused() {
    assertThat(violations(usesOnlyItsParts(fixture("low", Part.ANY)), "low"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains("low.KnowsTheProgram", "high.Program"));
  }

  @Test
  void standsOnlyOnItsLibraries_unlistedLibrary_isRefused() {
    assertThat(violations(standsOnlyOnItsLibraries(fixture("tidy", List.of())), "tidy"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains("tidy.UsesALibrary", "org.assertj"));
  }

  @Test
  void standsOnlyOnItsLibraries_listedLibrary_isAllowed() {
    assertThat(
            violations(standsOnlyOnItsLibraries(fixture("tidy", List.of("org.assertj.."))), "tidy"))
        .isEmpty();
  }

  @Test
  void staysAtHome_classElsewhere_isRefused() {
    assertThat(violations(staysAtHome(fixture("low", Part.ANY)), "high")).isNotEmpty();
  }

  private static Part fixture(String name, List<String> libraries) {
    return Part.library(
        "fixture/" + name, "dev.chasqui.houserules.fixture." + name, List.of(), libraries);
  }

  private static List<String> violations(ArchRule rule, String fixture) {
    return rule.evaluate(Compiled.fixture(fixture)).getFailureReport().getDetails();
  }

  private static ArchRule staysAtHome(Part part) {
    return classes()
        .that(notGenerated())
        .should()
        .resideInAPackage(part.packageRoot() + "..")
        .allowEmptyShould(true);
  }

  private static ArchRule usesOnlyItsParts(Part part) {
    return noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage(Layout.OUR_PACKAGES).and(not(resideInAnyPackage(part.ownPackages()))))
        .as(part + " should use, of our own, only " + part.uses())
        .allowEmptyShould(true);
  }

  private static ArchRule standsOnlyOnItsLibraries(Part part) {
    return classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage(Layout.OUR_PACKAGES).or(resideInAnyPackage(part.allPackages())))
        .as(part + " should stand only on the JDK, JSpecify and " + part.libraries())
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaClass> notGenerated() {
    return describe(
        "are not generated", javaClass -> !Layout.isGenerated(javaClass.getPackageName()));
  }
}
