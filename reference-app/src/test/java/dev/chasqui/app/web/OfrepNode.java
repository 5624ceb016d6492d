package dev.chasqui.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A process with OpenFeature's OFREP clients for JavaScript, {@code src/test/node/ofrep.mjs}. */
final class OfrepNode implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("src/test/node").toAbsolutePath();
  private static final long PATIENCE_SECONDS = 60;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;
  private final Path errors;

  private OfrepNode(ProcessBuilder builder, Path errors) throws IOException {
    this.errors = errors;
    process = builder.redirectError(errors.toFile()).start();
    in = process.outputWriter(StandardCharsets.UTF_8);
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts it; without Node.js or its packages the test is skipped, and says why. */
  static OfrepNode start(Path directory) throws IOException {
    Optional<Path> node = Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .flatMap(folder -> Stream.of(Path.of(folder, "node"), Path.of(folder, "node.exe")))
        .filter(Files::isExecutable)
        .findFirst();
    assumeTrue(
        node.isPresent(), "there is no node on the PATH to run OpenFeature's OFREP clients with");
    assumeTrue(
        Files.exists(DIRECTORY.resolve("node_modules/@openfeature/ofrep-web-provider")),
        "the packages of OpenFeature's OFREP clients are not there:"
            + " npm ci --prefix reference-app/src/test/node");
    return new OfrepNode(
        new ProcessBuilder(node.get().toString(), "ofrep.mjs").directory(DIRECTORY.toFile()),
        directory.resolve("node.err"));
  }

  /** Has it do something, and waits for what comes of it. */
  JsonNode tell(String command, ObjectNode with) {
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
      try {
        in.write(with.put("command", command) + "\n");
        in.flush();
        return String.valueOf(out.readLine());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    try {
      String line = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      JsonNode json = JSON.readTree(line);
      assertThat(json.isObject() && !json.has("threw"))
          .as("%s: %s %s", with, line, Files.readString(errors))
          .isTrue();
      return json;
    } catch (InterruptedException | ExecutionException | TimeoutException | IOException e) {
      throw new AssertionError(with + " was not answered", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      in.close();
      if (process.waitFor(10, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
