package dev.chasqui.realservers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A short-lived program, run to its end. Its output goes through a file: a pipe could fill, or be kept by a daemon. */
record Command(List<String> line, Duration limit) {
  record Result(int exitCode, String output) {}

  Result run() {
    try {
      Path output = Files.createTempFile("chasqui-command", ".out");
      try {
        return new Result(
            exitCode(output), Files.readString(output, StandardCharsets.UTF_8).strip());
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new RealServerException("Cannot run " + line.get(0) + ": " + e.getMessage(), e);
    }
  }

  private int exitCode(Path output) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
      throw new RealServerException(
          line.get(0) + " has not ended within " + limit.toSeconds() + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealServerException("Interrupted while waiting for " + line.get(0), e);
    } finally {
      process.destroyForcibly();
    }
  }
}
