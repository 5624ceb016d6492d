package dev.chasqui.houserules;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One row of the architecture table.
 *
 * @param directory where it lives, relative to the root of the repository; also names the artifact
 * @param packageRoot the package that all its main classes live in or below
 * @param uses directories of the other parts that its main code may use
 * @param libraries third-party packages that its main code may use, in ArchUnit's notation
 * @param kind what else is expected of it
 */
record Part(
    String directory, String packageRoot, List<String> uses, List<String> libraries, Kind kind) {
  enum Kind {
    /** Imported by users: has a module descriptor, prints nothing. */
    LIBRARY,
    /** A program: no library knows it. */
    PROGRAM,
    /** Run from a checkout and never published: no pin in the BOM, no changelog, no part knows it. */
    WORKBENCH
  }

  /** No limit on third-party packages; on our own there always is one. */
  static final List<String> ANY = List.of("..", "*"); // the second: packages of one word

  static Part library(
      String directory, String packageRoot, List<String> uses, List<String> libraries) {
    return new Part(directory, packageRoot, uses, libraries, Kind.LIBRARY);
  }

  static Part program(String directory, String packageRoot, List<String> uses) {
    return new Part(directory, packageRoot, uses, ANY, Kind.PROGRAM);
  }

  static Part workbench(String directory, String packageRoot, List<String> uses) {
    return new Part(directory, packageRoot, uses, ANY, Kind.WORKBENCH);
  }

  Path path() {
    return Layout.ROOT.resolve(directory);
  }

  String artifactId() {
    return path().getFileName().toString();
  }

  boolean hasCode() {
    return Files.isDirectory(path().resolve("src/main/java"));
  }

  boolean hasPom() {
    return Files.exists(path().resolve("pom.xml"));
  }

  boolean isLibrary() {
    return kind == Kind.LIBRARY;
  }

  /** Whether others can get it without the sources. */
  boolean isPublished() {
    return kind != Kind.WORKBENCH;
  }

  /** Our own packages that its main code may use. */
  String[] ownPackages() {
    return Stream.concat(Stream.of(this), uses.stream().map(Layout::part))
        .map(part -> part.packageRoot() + "..")
        .toArray(String[]::new);
  }

  /** Everything that its main code may use. */
  String[] allPackages() {
    return Stream.of(
            Arrays.stream(ownPackages()),
            libraries.stream(),
            Stream.of("java..", "javax..", "org.jspecify.."))
        .flatMap(packages -> packages)
        .toArray(String[]::new);
  }

  @Override
  public String toString() {
    return directory;
  }
}
