package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chasqui.realservers.RealPostgres;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A process of the client in {@code src/test/node}, which does what it is told, one thing after the other. */
final class NodeClient implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("src/test/node").toAbsolutePath();
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;
  private final Path errors;

  private NodeClient(ProcessBuilder builder, Path errors) {
    this.errors = errors;
    try {
      process = builder.redirectError(errors.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    in = process.outputWriter(StandardCharsets.UTF_8);
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  private static Optional<Path> node() {
    return Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .flatMap(folder -> Stream.of(Path.of(folder, "node"), Path.of(folder, "node.exe")))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** What is missing to run it; empty if it is all there. */
  static String missing() {
    if (node().isEmpty()) {
      return "there is no node on the PATH to run the Node client with";
    }
    return Files.exists(DIRECTORY.resolve("node_modules/pg"))
            && Files.exists(DIRECTORY.resolve("node_modules/@redis/client"))
        ? ""
        : "the packages of the Node client are not there:"
            + " npm ci --prefix point-cache/src/test/node";
  }

  /** Of Node.js with these arguments; without it or its packages the test is skipped, and says why. */
  static ProcessBuilder program(String... arguments) {
    assumeTrue(missing().isEmpty(), missing());
    List<String> line = new ArrayList<>(List.of(node().orElseThrow().toString()));
    line.addAll(List.of(arguments));
    return new ProcessBuilder(line).directory(DIRECTORY.toFile());
  }

  /** What its command line begins with: where the servers are, and which table. */
  static ObjectNode servers(
      String redisUri, String jdbcUrl, String username, String password, String table) {
    URI jdbc = URI.create(jdbcUrl.substring("jdbc:".length()));
    ObjectNode all = JsonMapper.shared().createObjectNode();
    all.put("redis", redisUri).put("table", table);
    all.putObject("postgres")
        .put("host", jdbc.getHost())
        .put("port", jdbc.getPort())
        .put("database", jdbc.getPath().substring(1))
        .put("user", username)
        .put("password", password);
    return all;
  }

  /**
   * Starts one.
   *
   * @param options of its cache, which say what differs from SPEC 8
   * @param directory for what it has to complain of
   */
  static NodeClient start(
      String redisUri, RealPostgres postgres, Map<String, Object> options, Path directory) {
    ObjectNode all =
        servers(redisUri, postgres.jdbcUrl(), postgres.username(), postgres.password(), "vehicle");
    all.set("cache", JsonMapper.shared().valueToTree(options));
    return new NodeClient(program("serve.mjs", all.toString()), directory.resolve("errors"));
  }

  /** What it answers to a command, in which apostrophes stand for quotes, and back-ticks for apostrophes. */
  JsonNode ask(String command) {
    return askExactly(json(command));
  }

  /** The same, with a command that is JSON. */
  JsonNode askExactly(String command) {
    JsonNode reply = reply(command);
    assertThat(reply.has("answer")).as("%s: %s", command, reply).isTrue();
    return reply.required("answer");
  }

  /** The message of the error that it answers with. */
  String refusal(String command) {
    return reply(json(command)).required("error").asString();
  }

  private static String json(String command) {
    return command.replace('\'', '"').replace('`', '\'');
  }

  private JsonNode reply(String command) {
    try {
      in.write(command + "\n");
      in.flush();
      String line = CompletableFuture.supplyAsync(this::readLine)
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .join();
      assertThat(line).as("%s, %s", command, Files.readString(errors)).isNotNull();
      return JsonMapper.shared().readTree(String.valueOf(line));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable String readLine() {
    try {
      return out.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
