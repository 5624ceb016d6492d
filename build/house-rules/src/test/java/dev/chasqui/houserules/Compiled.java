package dev.chasqui.houserules;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Class files as the build left them, of every part in the reactor whether or not anyone depends on it. */
final class Compiled {
  private static final Map<Part, JavaClasses> BY_PART = new ConcurrentHashMap<>();
  private static final JavaClasses ALL = read(Layout.parts());

  private Compiled() {}

  static JavaClasses main(Part part) {
    return BY_PART.computeIfAbsent(part, unused -> read(Stream.of(part)));
  }

  static JavaClasses main() {
    return ALL;
  }

  /** Tests of all modules but the fixtures of these rules, which break them on purpose. */
  private static List<Path> testDirectories() {
    return Pom.modules().stream()
        .map(pom -> pom.directory().resolve("target/test-classes"))
        .filter(Files::isDirectory)
        .toList();
  }

  static JavaClasses tests() {
    return new ClassFileImporter()
        .withImportOption(location -> !location.contains("/houserules/fixture/"))
        .importPaths(testDirectories());
  }

  /** The deliberately good and bad code in a sub-package of {@code fixture}. */
  static JavaClasses fixture(String name) {
    return new ClassFileImporter().importPackages("dev.chasqui.houserules.fixture." + name);
  }

  private static JavaClasses read(Stream<Part> parts) {
    return new ClassFileImporter()
        .importPaths(parts
            .filter(Part::hasCode)
            .map(part -> part.path().resolve("target/classes"))
            .filter(Files::isDirectory)
            .toList());
  }
}
