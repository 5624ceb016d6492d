package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.Settings;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.sdk.TraceStore;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;

/** A started back office on a real database, and what one needs to talk to both. */
final class Office implements AutoCloseable {
  final Database database;
  final Jdbi jdbi;
  final Settings settings;
  final Fleet fleet;
  final Changes changes;
  final Flags flags;
  final FlagHub flagHub;
  final BackOffice backOffice;
  final TraceStore traces = new TraceStore(10_000, 1_000);
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(traces).build();
  final Tracing tracing =
      Tracing.of("test", OpenTelemetrySdk.builder().setTracerProvider(provider).build());
  private final HttpClient http =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  volatile Optional<String> sickness = Optional.empty();

  Office(RealPostgres postgres) throws IOException {
    this(postgres, Set.of(), 1_000);
  }

  /** One whose OFREP pages of {@code ofrepOrigins} may ask. */
  Office(RealPostgres postgres, Set<String> ofrepOrigins) throws IOException {
    this(postgres, ofrepOrigins, 1_000);
  }

  /** One that takes so many streams of flags, and as many of OFREP. */
  Office(RealPostgres postgres, int mostFlagStreams) throws IOException {
    this(postgres, Set.of(), mostFlagStreams);
  }

  private Office(RealPostgres postgres, Set<String> ofrepOrigins, int mostFlagStreams)
      throws IOException {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    database = Database.open(postgres.jdbcUrl(), postgres.username(), postgres.password(), meters);
    jdbi = database.jdbi();
    settings = new Settings(jdbi);
    fleet = new Fleet(jdbi);
    changes = new Changes(jdbi, settings, fleet, tracing);
    flags = new Flags(jdbi, tracing);
    flagHub = new FlagHub(
        postgres.jdbcUrl(), postgres.username(), postgres.password(), flags, meters, tracing);
    flagHub.start();
    BackOffice.Parts parts = new BackOffice.Parts(
        jdbi,
        settings,
        fleet,
        new Profiles(jdbi),
        changes,
        new Convergence(jdbi),
        new Importer(jdbi, changes),
        flags,
        flagHub,
        meters,
        tracing,
        traces,
        List.of(new HealthCheck("postgresql", () -> sickness)));
    backOffice = new BackOffice(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        ofrepOrigins,
        parts,
        mostFlagStreams);
    backOffice.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + backOffice.address().getPort() + path;
  }

  HttpResponse<String> get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  HttpResponse<String> post(String path, String contentType, String body, String... headers) {
    return send("POST", path, contentType, body, headers);
  }

  HttpResponse<String> send(
      String method, String path, String contentType, String body, String... headers) {
    return send(request(path, headers)
        .header("Content-Type", contentType)
        .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url(path))).timeout(Duration.ofMinutes(1));
    return headers.length == 0 ? request : request.headers(headers);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    backOffice.close();
    flagHub.close();
    provider.close();
    database.close();
  }
}
