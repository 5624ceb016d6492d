package dev.chasqui.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Flags;
import dev.chasqui.featureflags.FlagContext;
import dev.chasqui.featureflags.FlagProvider;
import dev.chasqui.featureflags.HttpPollSource;
import dev.chasqui.featureflags.HttpStreamSource;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealRedis;
import dev.chasqui.realservers.RealServers;
import dev.chasqui.tracing.Tracing;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A service whose flags come from the app, which is killed as by {@code kill -9} meanwhile. */
@ExtendWith(RealServers.class)
final class FlagsEndToEndTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SET = """
      {"flags": {"checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "x-off": "off",
        "targeting": {"if": [{"==": [{"var": "country"}, "DE"]}, "on"]}}}}""";
  private static final FlagContext GERMAN = FlagContext.of("u1").with("country", "DE");
  private static final FlagContext FRENCH = FlagContext.of("u2").with("country", "FR");

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private List<String> command;
  private URI admin;
  private Path log;
  private Process server;
  private Database database;
  private Flags flags;

  @BeforeEach
  void start(RealPostgres postgres, RealRedis redis, @TempDir Path directory) throws IOException {
    log = directory.resolve("server.log");
    admin = URI.create("http://127.0.0.1:" + freePort());
    command = List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.chasqui.app.Main",
        "serve",
        "--postgres-url=" + postgres.jdbcUrl(),
        "--postgres-user=" + postgres.username(),
        "--postgres-password=" + postgres.password(),
        "--redis-uri=" + redis.uri(),
        "--admin=127.0.0.1:" + admin.getPort(),
        "--devices=127.0.0.1:" + freePort());
    startServer();
    database = Database.open(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), new SimpleMeterRegistry());
    flags = new Flags(database.jdbi(), Tracing.of("test", OpenTelemetry.noop()));
    assertThat(put("?author=ana&revision=0", SET)).isEqualTo(201);
  }

  @AfterEach
  void stop() throws InterruptedException {
    api.shutdown();
    if (server != null) {
      server.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    if (database != null) {
      database.close();
    }
  }

  private URI shop() {
    return admin.resolve("/api/v1/flags/shop");
  }

  private int put(String more, String body) {
    return send("PUT", "/api/v1/flags/shop" + more, body);
  }

  private int send(String method, String path, String body) {
    try {
      return http.send(
              HttpRequest.newBuilder(admin.resolve(path))
                  .timeout(PATIENCE)
                  .header("Content-Type", "application/json")
                  .method(method, HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String checkout(String country) {
    return JsonMapper.shared()
        .readTree(SET)
        .at("/flags/checkout")
        .toString()
        .replace("DE", country);
  }

  private static boolean isOn(Client client, FlagContext who) {
    return client.getBooleanValue("checkout", false, who);
  }

  @Test
  void service_thatFollowsTheApp_hasWhatIsCommitted_alsoOverACrash() throws Exception {
    FlagProvider provider = FlagProvider.builder()
        .source(HttpStreamSource.builder(shop())
            .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
            .build())
        .staleAfter(Duration.ofMillis(200))
        .build();
    api.setProviderAndWait(provider);
    Client client = api.getClient();
    assertThat(isOn(client, GERMAN)).isTrue();
    assertThat(isOn(client, FRENCH)).isFalse();

    assertThat(put("/checkout?author=ana&reason=France+too", checkout("FR"))).isEqualTo(200);
    eventually("the change is there", () -> isOn(client, FRENCH) && !isOn(client, GERMAN));

    String why = "{\"author\":\"ana\",\"reason\":\"it burns\"}";
    assertThat(send("POST", "/api/v1/flags/shop/checkout/kill", why)).isEqualTo(200);
    eventually("it is killed", () -> !isOn(client, FRENCH));
    assertThat(send("POST", "/api/v1/flags/shop/checkout/unkill", why)).isEqualTo(200);
    eventually("it is live again", () -> isOn(client, FRENCH));

    server.destroyForcibly().waitFor(10, TimeUnit.SECONDS); // SIGKILL: no hook runs
    eventually("it is known to be old", () -> client.getProviderState() == ProviderState.STALE);
    assertThat(isOn(client, FRENCH)).isTrue();
    flags.putFlag( // as by another node
        "shop",
        new Signature("bob", ""),
        OptionalLong.empty(),
        "checkout",
        JsonMapper.shared().readTree(checkout("DE")));
    startServer();
    eventually("what was missed is there", () -> isOn(client, GERMAN) && !isOn(client, FRENCH));
    eventually("it is up to date", () -> client.getProviderState() == ProviderState.READY);
    assertThat(provider.status().revision()).isEqualTo(5);

    String trip =
        "{\"flag\":\"checkout\",\"variant\":\"on\",\"action\":\"rollBack\",\"revision\":5,"
            + "\"baseline\":{\"variant\":\"off\"}}";
    assertThat(send("POST", "/api/v1/flags/shop/trips", trip)).isEqualTo(201);
    eventually("it is rolled back", () -> !isOn(client, GERMAN));
  }

  @Test
  void service_thatPolls_hasWhatIsCommitted() {
    api.setProviderAndWait(FlagProvider.builder()
        .source(HttpPollSource.builder(shop()).every(Duration.ofMillis(100)).build())
        .build());
    Client client = api.getClient();
    assertThat(isOn(client, GERMAN)).isTrue();

    assertThat(put("/checkout?author=ana", checkout("FR"))).isEqualTo(200);
    eventually("the change is there", () -> isOn(client, FRENCH) && !isOn(client, GERMAN));
    assertThat(send(
            "POST",
            "/api/v1/flags/shop/checkout/kill",
            "{\"author\":\"ana\",\"reason\":\"it burns\"}"))
        .isEqualTo(200);
    eventually("it is killed", () -> !isOn(client, FRENCH));
  }

  private void startServer() throws IOException {
    server = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
    eventually("the server is ready", this::isReady);
  }

  private boolean isReady() {
    try {
      assertThat(server.isAlive()).as("%s", Files.readString(log)).isTrue();
      return http.send(
                  HttpRequest.newBuilder(admin.resolve("/health/ready"))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false; // not yet
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .pollInterval(Duration.ofMillis(5))
        .pollDelay(Duration.ZERO)
        .atMost(PATIENCE)
        .until(condition::getAsBoolean);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
