package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs the second implementation. */
final class NodeJs {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private final Path node;

  private NodeJs(Path node) {
    this.node = node;
  }

  /** The one on the PATH; without it the test is skipped, and says why. */
  static NodeJs toRun(Path script) {
    Optional<Path> found = Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .flatMap(folder -> List.of(Path.of(folder, "node"), Path.of(folder, "node.exe")).stream())
        .filter(Files::isExecutable)
        .findFirst();
    assumeTrue(found.isPresent(), "there is no node on the PATH to run " + script + " with");
    return new NodeJs(found.get());
  }

  /** Of a script; where it reads and writes is yet to be said. */
  ProcessBuilder process(Path script, String... arguments) {
    ProcessBuilder builder = new ProcessBuilder(node.toString(), script.toString());
    builder.command().addAll(List.of(arguments));
    return builder;
  }

  /**
   * Starts it and waits for its end. Let it write into files: a process that hangs must not hold up
   * whoever reads what it writes.
   *
   * @return its exit code
   */
  static int run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    try {
      assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
          .as("%s ends in %s", builder.command(), TIMEOUT)
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue();
  }
}
