package dev.chasqui.houserules;

import static dev.chasqui.houserules.Part.ANY;
import static dev.chasqui.houserules.Part.library;
import static dev.chasqui.houserules.Part.program;
import static dev.chasqui.houserules.Part.workbench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The fixed layout of the repository; the table of docs/architecture.md as data. */
final class Layout {
  static final String OUR_PACKAGES = "dev.chasqui..";

  /** The checkout that these tests run in. */
  static final Path ROOT = findRoot();

  /** A part uses only parts above it. */
  static final List<Part> PARTS = List.of(
      library("build/real-servers", "dev.chasqui.realservers", List.of(), ANY),
      library(
          "hierarchical-config",
          "dev.chasqui.hierarchicalconfig",
          List.of(),
          // The last two are for those who add them, each in a package of its own.
          List.of(
              "tools.jackson..",
              "com.fasterxml.jackson.annotation..",
              "com.networknt..",
              "io.opentelemetry..")),
      library(
          "tracing",
          "dev.chasqui.tracing",
          List.of(),
          // All but the first are for those who add them, each in a package of its own.
          List.of(
              "io.opentelemetry..",
              "com.sun.net.httpserver..",
              "ch.qos.logback..",
              "org.slf4j..",
              "org.apache.logging.log4j..",
              "io.prometheus.metrics.tracer.common..")),
      library(
          "tracing/tracing-sdk",
          "dev.chasqui.tracing.sdk",
          List.of("tracing"),
          List.of("io.opentelemetry..")),
      library(
          "tracing/tracing-testing",
          "dev.chasqui.tracing.testing",
          List.of("tracing", "tracing/tracing-sdk"),
          List.of(
              "io.opentelemetry..",
              "net.bytebuddy..",
              "org.junit.jupiter.api..",
              "org.opentest4j..")),
      library(
          "pooled-redis",
          "dev.chasqui.pooledredis",
          List.of(),
          // Micrometer and OpenTelemetry are for those who add them.
          List.of(
              "io.lettuce..",
              "io.netty..",
              "reactor..",
              "org.apache.commons.pool2..",
              "io.micrometer..",
              "io.opentelemetry..")),
      library(
          "feature-flags",
          "dev.chasqui.featureflags",
          // For those who use them too, each in a package of its own.
          List.of("hierarchical-config", "pooled-redis"),
          List.of(
              "dev.openfeature..",
              "org.slf4j..",
              "tools.jackson..",
              "com.fasterxml.jackson.annotation..",
              "io.lettuce..",
              "io.opentelemetry..")),
      library(
          "point-cache",
          "dev.chasqui.pointcache",
          List.of("pooled-redis"),
          List.of(
              "io.lettuce..",
              "com.github.benmanes.caffeine..",
              "org.postgresql..",
              "tools.jackson.core..",
              "io.micrometer..")),
      library(
          "edge-client",
          "dev.chasqui.edgeclient",
          List.of("hierarchical-config", "feature-flags", "tracing"),
          List.of("tools.jackson..", "com.fasterxml.jackson.annotation..")),
      program(
          "reference-app",
          "dev.chasqui.app",
          List.of(
              "build/real-servers",
              "hierarchical-config",
              "feature-flags",
              "tracing",
              "tracing/tracing-sdk",
              "tracing/tracing-testing",
              "pooled-redis",
              "point-cache",
              "edge-client")),
      workbench(
          "benchmarks",
          "dev.chasqui.benchmarks",
          List.of(
              "build/real-servers",
              "hierarchical-config",
              "feature-flags",
              "tracing",
              "tracing/tracing-sdk",
              "pooled-redis",
              "point-cache",
              "edge-client",
              "reference-app")));

  private Layout() {}

  static Stream<Part> parts() {
    return PARTS.stream();
  }

  static Part part(String directory) {
    return parts()
        .filter(part -> part.directory().equals(directory))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("Layout.PARTS has no part " + directory));
  }

  /** Whether a tool writes the classes of this package: JTE or JMH. */
  static boolean isGenerated(String packageName) {
    return (packageName + ".").contains(".generated.") || packageName.endsWith(".jmh_generated");
  }

  /** All files that could be committed: no build output, nothing hidden but our own settings. */
  static List<Path> files() {
    try (Stream<Path> files = filesBelow(ROOT)) {
      return files
          .filter(file -> !file.endsWith(".git"))
          .sorted()
          .toList(); // a worktree's is a file
    }
  }

  private static Stream<Path> filesBelow(Path directory) {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList().stream()
          .flatMap(child -> Files.isDirectory(child)
              ? isBuildOutputOrHidden(child) ? Stream.empty() : filesBelow(child)
              : Stream.of(child));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  private static boolean isBuildOutputOrHidden(Path directory) {
    String name = directory.getFileName().toString();
    return name.equals("target")
        || name.equals("node_modules")
        || (name.startsWith(".") && !List.of(".ci", ".mvn", ".github").contains(name));
  }

  private static Path findRoot() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("mvnw")) && Files.exists(path.resolve("bom/pom.xml"))) {
        return path;
      }
    }
    throw new IllegalStateException(
        "no directory with mvnw and bom/pom.xml at or above " + Path.of("").toAbsolutePath());
  }
}
