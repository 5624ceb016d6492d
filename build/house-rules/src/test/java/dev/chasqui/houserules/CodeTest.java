package dev.chasqui.houserules;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How code is named and what it must not do. */
final class CodeTest {
  private static final String PARTS = "dev.chasqui.houserules.Layout#parts";

  /** A name, top-level or nested, that says nothing about what the class is for. */
  private static final String VAGUE_CLASS = ".*(Util|Common|Helper|Manager)s?";

  private static final Pattern VAGUE_PACKAGE =
      Pattern.compile(".*\\.(util|common|helper|manager)s?(\\..*)?");

  private static final ArchRule NO_VAGUE_CLASS_NAMES = noClasses()
      .that()
      .resideInAPackage(Layout.OUR_PACKAGES)
      .should()
      .haveNameMatching(VAGUE_CLASS)
      .because("a class is named for the idea in it")
      .allowEmptyShould(true);

  private static final ArchRule NO_MUTABLE_STATICS = fields()
      .that()
      .areStatic()
      .and()
      .areDeclaredInClassesThat(ours())
      .should()
      .beFinal()
      .because("the application makes one and hands it on")
      .allowEmptyShould(true);

  private static final ArchRule NO_SINGLETONS = noMethods()
      .that()
      .areStatic()
      .and()
      .areDeclaredInClassesThat(ours())
      .should()
      .haveName("getInstance")
      .because("the application makes one and hands it on")
      .allowEmptyShould(true);

  private static final ArchRule NO_SLEEP = noClasses()
      .should()
      .callMethodWhere(target(name("sleep"))
          .and(target(owner(describe(
              "Thread or TimeUnit",
              type -> type.isEquivalentTo(Thread.class) || type.isEquivalentTo(TimeUnit.class))))))
      .because("a wait is for a condition, not for a machine's speed")
      .allowEmptyShould(true);

  /** They ask a process that cannot call them: a server over HTTP, one that is just starting. */
  private static final Set<String> POLLING_OTHER_PROCESSES =
      Set.of("SetCommand", "DemoCommand", "EmbeddedRedis");

  private static final ArchRule NO_PRINTING = noClasses()
      .should()
      .accessField(System.class, "out")
      .orShould()
      .accessField(System.class, "err")
      .orShould()
      .callMethod(Throwable.class, "printStackTrace")
      .because("a library does not own the console; a program that comes with it does")
      .allowEmptyShould(true);

  @Test
  void classNames_everywhere_nameAnIdea() {
    NO_VAGUE_CLASS_NAMES.check(Compiled.main());
    NO_VAGUE_CLASS_NAMES.check(Compiled.tests());
  }

  @Test
  void packageNames_everywhere_nameAnIdea() {
    assertThat(vaguePackages(Compiled.main())).isEmpty();
    assertThat(vaguePackages(Compiled.tests())).isEmpty();
  }

  @Test
  void staticFields_inMainCode_areFinal() {
    NO_MUTABLE_STATICS.check(Compiled.main());
  }

  @Test
  void singletons_inMainCode_areAbsent() {
    NO_SINGLETONS.check(Compiled.main());
  }

  @Test
  void sleep_everywhereButWhereOtherProcessesArePolled_isAbsent() {
    NO_SLEEP.check(Compiled.main()
        .that(ours())
        .that(describe(
            "poll no other process",
            type -> !POLLING_OTHER_PROCESSES.contains(type.getSimpleName()))));
    NO_SLEEP.check(Compiled.tests());
  }

  @ParameterizedTest
  @MethodSource(PARTS)
  void printing_inLibraries_isAbsentButInPrograms(Part part) {
    if (part.isLibrary()) {
      NO_PRINTING.check(
          Compiled.main(part).that(describe("are no program", type -> !isProgram(type))));
    }
  }

  private static boolean isProgram(JavaClass type) {
    return type.tryGetMethod("main", String[].class).isPresent();
  }

  @Test
  void packages_ofMainCode_areNullMarked() {
    assertThat(packagesNotNullMarked(Compiled.main()))
        .as("packages without @NullMarked in a package-info.java")
        .isEmpty();
  }

  @Test
  void rules_onUntidyFixture_refuseEachOffence() {
    JavaClasses untidy = Compiled.fixture("untidy");

    assertThat(violations(NO_VAGUE_CLASS_NAMES, untidy)).anySatisfy(contains("StringHelper"));
    assertThat(vaguePackages(untidy)).anySatisfy(contains("untidy.util"));
    assertThat(violations(NO_MUTABLE_STATICS, untidy)).anySatisfy(contains("instance"));
    assertThat(violations(NO_SINGLETONS, untidy)).anySatisfy(contains("getInstance"));
    assertThat(violations(NO_SLEEP, untidy))
        .anySatisfy(contains("Thread.sleep"))
        .anySatisfy(contains("TimeUnit.sleep"));
    assertThat(violations(NO_PRINTING, untidy)).anySatisfy(contains("System.out"));
    assertThat(packagesNotNullMarked(untidy)).anySatisfy(contains("fixture.untidy"));
  }

  @Test
  void rules_onTidyFixture_refuseNothing() {
    JavaClasses tidy = Compiled.fixture("tidy");

    assertThat(
            List.of(NO_VAGUE_CLASS_NAMES, NO_MUTABLE_STATICS, NO_SINGLETONS, NO_SLEEP, NO_PRINTING))
        .allSatisfy(rule -> assertThat(violations(rule, tidy)).isEmpty());
  }

  private static Set<String> vaguePackages(JavaClasses classes) {
    Set<String> packages = ourPackages(classes);
    packages.removeIf(name -> !VAGUE_PACKAGE.matcher(name).matches());
    return packages;
  }

  private static Set<String> packagesNotNullMarked(JavaClasses classes) {
    Set<String> packages = ourPackages(classes);
    packages.removeIf(name -> classes.contain(name + ".package-info")
        && classes
            .get(name + ".package-info")
            .isAnnotatedWith("org.jspecify.annotations.NullMarked"));
    return packages;
  }

  private static Set<String> ourPackages(JavaClasses classes) {
    return classes.stream()
        .filter(ours())
        .map(JavaClass::getPackageName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Not what a tool such as JTE or JMH generates. */
  private static DescribedPredicate<JavaClass> ours() {
    return describe(
        "are written by hand",
        type -> type.getPackageName().startsWith("dev.chasqui.")
            && !Layout.isGenerated(type.getPackageName()));
  }

  private static List<String> violations(ArchRule rule, JavaClasses classes) {
    return rule.evaluate(classes).getFailureReport().getDetails();
  }

  private static ThrowingConsumer<String> contains(String text) {
    return line -> assertThat(line).contains(text);
  }
}
