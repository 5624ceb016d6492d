package dev.chasqui.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/** Surefire passes over a test class whose name it does not expect, and says nothing. */
final class SkippedTestsTest {
  /** Surefire's default includes, for the simple name of a top-level class. */
  private static final Pattern FOUND_BY_SUREFIRE =
      Pattern.compile("Test.*|.*Test|.*Tests|.*TestCase");

  @Test
  void testClasses_ofAllModules_areFound() {
    assertThat(skipped(Compiled.tests()))
        .as("classes with tests that surefire never runs")
        .isEmpty();
  }

  @Test
  void poms_ofAllModules_leaveSurefiresPatternsAlone() {
    assertThat(Pom.modules())
        .flatExtracting(pom -> pom.elements("build", "plugins", "plugin").toList())
        .filteredOn(plugin -> plugin.getTextContent().contains("maven-surefire-plugin"))
        .allSatisfy(plugin -> assertThat(plugin.getElementsByTagName("include").getLength()
                + plugin.getElementsByTagName("exclude").getLength()
                + plugin.getElementsByTagName("skip").getLength()
                + plugin.getElementsByTagName("skipTests").getLength())
            .isZero());
  }

  @Test
  void skipped_onFixture_namesEveryHiddenClassAndNoOther() {
    assertThat(skipped(Compiled.fixture("skipped")))
        .extracting(name -> name.substring(name.lastIndexOf('.') + 1))
        .containsExactlyInAnyOrder(
            "HiddenProperties",
            "HiddenProperties$Inner",
            "StaticInnerTest$Forgotten",
            "InheritsOnly");
  }

  private static List<String> skipped(JavaClasses classes) {
    return classes.stream()
        .filter(SkippedTestsTest::hasTests)
        .filter(type -> !isFound(type) && !isRunByAnother(type))
        .map(JavaClass::getName)
        .sorted()
        .toList();
  }

  private static boolean hasTests(JavaClass type) {
    return !type.getModifiers().contains(JavaModifier.ABSTRACT)
        && type.getAllMethods().stream()
            .anyMatch(method -> method.isMetaAnnotatedWith(Testable.class));
  }

  private static boolean isRunByAnother(JavaClass type) {
    return type.tryGetAnnotationOfType(Tag.class)
        .filter(tag -> tag.value().equals("fixture"))
        .isPresent();
  }

  /** Surefire takes top-level classes by name; JUnit takes {@code @Nested} ones from there. */
  private static boolean isFound(JavaClass type) {
    return type.getEnclosingClass()
        .map(outer -> type.isAnnotatedWith(Nested.class) && isFound(outer))
        .orElseGet(() -> FOUND_BY_SUREFIRE.matcher(type.getSimpleName()).matches());
  }
}
