package dev.chasqui.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.chasqui.realservers.RealRedis;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CliTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir
  private Path directory;

  private int run(Map<String, String> environment, String... arguments) {
    return Cli.run(environment, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private int run(String... arguments) {
    return run(Map.of(), arguments);
  }

  @Test
  void run_withoutCommand_helps() {
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("serve", "demo", "import", "set", "explain", "simulate");
  }

  @Test
  void run_help_namesVariableOfEachOption() {
    for (String command : List.of("serve", "demo", "import", "set", "explain", "simulate")) {
      out.getBuffer().setLength(0);
      assertThat(run(command, "--help")).isZero();
      String help = out.toString().replaceAll("\\s+", "");
      CommandLine line =
          new CommandLine(Cli.class, new Instances()).getSubcommands().get(command);
      Objects.requireNonNull(line).getCommandSpec().options().stream()
          .filter(option -> !option.usageHelp() && !option.versionHelp())
          .filter(option -> !option.longestName().equals("--remove"))
          .forEach(option -> assertThat(help).contains(Defaults.variableOf(option)));
    }
  }

  /** Makes what has a private constructor too. */
  private static final class Instances implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    }
  }

  @Test
  void run_badArguments_areExplainedInOneLineAndExitWith2() {
    record Bad(String message, List<String> arguments) {
      Bad(String message, String... arguments) {
        this(message, List.of(arguments));
      }
    }
    Path config = directory.resolve("bad.properties");
    writeUnchecked(config, "colour=red\n");
    List<Bad> all = List.of(
        new Bad("Unknown option", "serve", "--prot", "1"),
        new Bad("--admin must be host:port", "serve", "--admin", "8080"),
        new Bad("--devices must be host:port", "serve", "--devices", "localhost:99999"),
        new Bad("--drain must be at most PT60S", "serve", "--drain", "PT5M"),
        new Bad("--heartbeat must be an ISO-8601 duration", "serve", "--heartbeat", "30"),
        new Bad("--heartbeat must be positive", "serve", "--heartbeat", "PT0S"),
        new Bad(
            "--ofrep-origins must be origins", "serve", "--ofrep-origins", "https://a.example/"),
        new Bad(
            "was \"https://B.example\"",
            "serve",
            "--ofrep-origins=https://a.example, https://B.example"),
        new Bad(
            "was \"https://a.example:443\"", "serve", "--ofrep-origins", "https://a.example:443"),
        new Bad("was \"*\"", "serve", "--ofrep-origins", "*"),
        new Bad("--redis-uri is missing", "serve", "--postgres-url", "jdbc:postgresql://h/d"),
        new Bad(
            "--postgres-url must start with",
            "serve",
            "--postgres-url",
            "http://h",
            "--redis-uri",
            "redis://h"),
        new Bad(
            "--data is for embedded",
            "serve",
            "--postgres-url",
            "jdbc:postgresql://h/d",
            "--redis-uri",
            "redis://h",
            "--data",
            "x"),
        new Bad("no option of the name [colour]", "serve", "--config", config.toString()),
        new Bad("cannot read", "serve", "--config", directory.resolve("none").toString()),
        new Bad("Missing required parameter: 'FILE'", "import"),
        new Bad("no readable file nowhere.json", "import", "nowhere.json"),
        new Bad("--format must be given for the standard input", "import", "-"),
        new Bad("--format must be given for " + config, "import", config.toString()),
        new Bad("--server must be http://host:port", "explain", "d", "s", "--server", "ftp://x"),
        new Bad("SCOPE: scope must be level:key", "set", "acme", "camera.fps", "30"),
        new Bad("either a VALUE or --remove", "set", "company:acme", "camera.fps"),
        new Bad("either a VALUE or --remove", "set", "company:acme", "camera.fps", "3", "--remove"),
        new Bad("--timeout must be at least 1", "set", "company:acme", "k", "3", "--timeout", "0"),
        new Bad("'--seed'", "simulate", "--seed", "x"),
        new Bad("--vehicles must be at most 9500", "simulate", "--vehicles", "9501"),
        new Bad("companies must be 1 to 96", "simulate", "--companies", "0"),
        new Bad("--gateway must be ws://", "simulate", "--gateway", "http://x"),
        new Bad("--offline", "simulate", "--offline", "1"));
    for (Bad bad : all) {
      err.getBuffer().setLength(0);
      assertThat(run(bad.arguments().toArray(String[]::new))).as(bad.message()).isEqualTo(2);
      assertThat(err.toString()).contains(bad.message()).doesNotContain("\tat ");
    }
  }

  @Test
  void run_serverNotThere_exitsWith3AndNamesIt() throws IOException {
    int port = freePort();
    assertThat(run("explain", "d", "s", "--server", "http://127.0.0.1:" + port)).isEqualTo(3);
    assertThat(err.toString()).contains("cannot reach the server at http://127.0.0.1:" + port);
  }

  @Test
  void run_optionFromFileEnvironmentAndFlag_nearestWins() throws IOException {
    Path config = directory.resolve("c.properties");
    Files.writeString(config, "server=http://127.0.0.1:1\n");
    int port = freePort();
    String variable = "http://127.0.0.1:" + port;

    run("explain", "d", "s", "--config", config.toString());
    assertThat(err.toString()).contains("http://127.0.0.1:1;");
    err.getBuffer().setLength(0);
    run(
        Map.of("CHASQUI_SERVER", variable, "CHASQUI_CONFIG", config.toString()),
        "explain",
        "d",
        "s");
    assertThat(err.toString()).contains(variable);
    err.getBuffer().setLength(0);
    run(Map.of("CHASQUI_SERVER", variable), "explain", "d", "s", "--server", "http://127.0.0.1:2");
    assertThat(err.toString()).contains("http://127.0.0.1:2;");
  }

  @Test
  void run_originsFromTheEnvironment_areOneByOne() {
    Map<String, String> environment = Map.of("CHASQUI_OFREP_ORIGINS", "https://a.example,*");

    assertThat(run(environment, "serve")).isEqualTo(2);
    assertThat(err.toString()).contains("--ofrep-origins must be origins", "was \"*\"");
  }

  @Test
  void run_importRefused_printsTheProblemsAsTable() throws IOException {
    Path file = directory.resolve("fleet.json");
    Files.writeString(file, "{}");
    try (Answering server = new Answering(
        422,
        "{\"detail\": \"2 things are wrong\", \"errors\": ["
            + "{\"field\": \"/a\", \"rule\": \"wrong-type\", \"message\": \"must be x\"},"
            + "{\"field\": \"/longer\", \"rule\": \"dup\", \"message\": \"is twice\"}]}")) {
      assertThat(run("import", file.toString(), "--server", server.uri())).isEqualTo(1);
      assertThat(err.toString())
          .contains("nothing was changed: 2 things are wrong")
          .contains("  /a       wrong-type  must be x")
          .contains("  /longer  dup         is twice");
      assertThat(server.requests()).containsExactly("POST /api/v1/imports application/json {}");
    }
  }

  @Test
  void run_importKeepingGoing_exitsWith1IfSomethingWasRefused() throws IOException {
    Path file = directory.resolve("fleet.yml");
    Files.writeString(file, "fleet: []");
    try (Answering server = new Answering(
        200,
        "{\"settings\": 1, \"nodes\": 2, \"edits\": 3, \"revision\": 9, \"refusals\": 1, \"refused\": ["
            + "{\"field\": \"/a\", \"rule\": \"r\", \"message\": \"m\"}]}")) {
      assertThat(run("import", "--keep-going", file.toString(), "--server", server.uri()))
          .isEqualTo(1);
      assertThat(out.toString())
          .contains("1 settings, 2 nodes, 3 entries taken · revision 9")
          .contains("1 refused:")
          .contains("  /a  r  m");
    }
  }

  @Test
  void run_demoOnTakenPort_saysSoAndStartsNothing() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      Path data = directory.resolve("data");
      assertThat(run("demo", "--admin", "127.0.0.1:" + port, "--data", data.toString()))
          .isEqualTo(1);
      assertThat(err.toString())
          .contains("port " + port + " (admin) is taken by another program")
          .doesNotContain("\tat ");
      assertThat(data).doesNotExist();
    }
  }

  @Test
  void run_resetOfDataInUse_isRefusedAndDeletesNothing() throws IOException {
    Path data = directory.resolve("data");
    try (RealRedis held = RealRedis.open(data.resolve("redis"))) {
      int code = run(
          "demo",
          "--reset",
          "--data",
          data.toString(),
          "--admin",
          "127.0.0.1:" + freePort(),
          "--devices",
          "127.0.0.1:" + freePort());
      assertThat(held.uri()).isNotEmpty();
      assertThat(code).isEqualTo(1);
      assertThat(err.toString()).contains("is in use by").doesNotContain("\tat ");
      assertThat(data.resolve("redis").resolve("lock")).exists();
    }
  }

  @Test
  void run_printFleet_writesTheSameForTheSameSeed() {
    assertThat(run("simulate", "--print-fleet", "--vehicles", "20", "--companies", "3"))
        .isZero();
    String first = out.toString();
    out.getBuffer().setLength(0);
    run("simulate", "--print-fleet", "--vehicles", "20", "--companies", "3");
    assertThat(out.toString())
        .isEqualTo(first)
        .startsWith("{\"fleet\": [\n{\"scope\":\"company:andes-haul\",\"name\":\"Andes Haul\"},");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void writeUnchecked(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A server that gives one answer. */
  private static final class Answering implements AutoCloseable {
    private final HttpServer server;
    private final List<String> requests = new java.util.concurrent.CopyOnWriteArrayList<>();

    Answering(int status, String body) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", exchange -> {
        String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(exchange.getRequestMethod()
            + ' '
            + exchange.getRequestURI().getPath()
            + ' '
            + exchange.getRequestHeaders().getFirst("Content-Type")
            + ' '
            + sent);
        byte[] answer = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
      });
      server.start();
    }

    String uri() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<String> requests() {
      return requests;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
