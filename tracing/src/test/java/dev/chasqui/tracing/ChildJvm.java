package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs something in a JVM of its own. */
public final class ChildJvm {
  private ChildJvm() {}

  /** Gives what a program prints that has all jars of the tests on its class path. */
  public static String onClassPath(Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("-cp", jars(jar -> true), program.getName()));
    line.addAll(List.of(arguments));
    return run(line);
  }

  /** Gives what {@code java} prints with such jars of the tests as modules. */
  static String withModules(Predicate<String> jars, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("-p", jars(jars)));
    line.addAll(List.of(arguments));
    return run(line);
  }

  private static String jars(Predicate<String> wanted) {
    return Stream.of(
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"),
            System.getProperty("surefire.test.class.path"),
            Path.of("target", "test-classes").toAbsolutePath().toString())
        .filter(part -> part != null && !part.isEmpty())
        .flatMap(part -> Stream.of(part.split(File.pathSeparator, -1)))
        .distinct()
        .filter(wanted)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String run(List<String> line) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(line);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
