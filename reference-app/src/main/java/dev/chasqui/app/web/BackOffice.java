package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.importing.Importer;
import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.Settings;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.sdk.TraceStore;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The administrators' port: REST, back office, metrics and health, over HTTP.
 *
 * <p><b>Threads:</b> one event loop, eight workers for what blocks, two for imports, two for sets of flags; all
 * are named and gone after {@link #close()}. {@link #start()} and {@link #close()} may be called from any
 * thread but those.
 */
public final class BackOffice implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackOffice.class);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int MOST_FLAG_STREAMS = 5_000;

  private final InetSocketAddress address;
  private final CrossSite crossSite;
  private final Parts parts;
  private final int mostFlagStreams;
  private final Assets assets = new Assets();
  private final String openApi = Assets.text("web/openapi.yaml");
  private @Nullable Vertx vertx;
  private @Nullable HttpServer server;
  private @Nullable FlagStreams streams;
  private List<Endpoint> endpoints = List.of();

  /**
   * What it works on; closes none of them.
   *
   * @param checks what must be well for {@code /health/ready}
   */
  public record Parts(
      Jdbi jdbi,
      Settings settings,
      Fleet fleet,
      Profiles profiles,
      Changes changes,
      Convergence convergence,
      Importer importer,
      Flags flags,
      FlagHub flagHub,
      PrometheusMeterRegistry meters,
      Tracing tracing,
      TraceStore traces,
      List<HealthCheck> checks) {
    public Parts {
      checks = List.copyOf(checks);
    }
  }

  /**
   * Opens nothing yet.
   *
   * @param address where to listen; port 0 takes any free one
   * @param ofrepOrigins origins, as browsers send them, whose pages may ask OFREP
   */
  public BackOffice(InetSocketAddress address, Set<String> ofrepOrigins, Parts parts) {
    this(address, ofrepOrigins, parts, MOST_FLAG_STREAMS);
  }

  /** {@code mostFlagStreams} is of each kind of them. */
  BackOffice(
      InetSocketAddress address, Set<String> ofrepOrigins, Parts parts, int mostFlagStreams) {
    this.address = address;
    this.crossSite = new CrossSite(ofrepOrigins);
    this.parts = parts;
    this.mostFlagStreams = mostFlagStreams;
  }

  /**
   * Listens.
   *
   * @throws IOException if the port cannot be had; nothing is left running then
   */
  public synchronized void start() throws IOException {
    if (vertx != null) {
      throw new IllegalStateException("the back office runs already");
    }
    Vertx started = Vertx.vertx(new VertxOptions()
        .setEventLoopPoolSize(1)
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false)));
    vertx = started;
    Promise<HttpServer> listening = Promise.promise();
    Context loop = started.getOrCreateContext();
    Router router = router(started, loop);
    loop.runOnContext(unused -> started
        .createHttpServer(options())
        .requestHandler(router)
        .listen(address.getPort(), address.getHostString())
        .onComplete(listening));
    try {
      server = await(listening.future());
      LOG.info(
          "Back office at http://{}:{}/", address.getHostString(), address().getPort());
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static HttpServerOptions options() {
    return new HttpServerOptions()
        .setIdleTimeout(90)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setHandle100ContinueAutomatically(true)
        .setMaxFormAttributeSize((int) Endpoint.LARGEST_BODY);
  }

  /** Where it listens. */
  public synchronized InetSocketAddress address() {
    if (server == null) {
      throw new IllegalStateException("the back office does not run");
    }
    return new InetSocketAddress(address.getAddress(), server.actualPort());
  }

  /** All that can be asked for, while it runs. */
  synchronized List<Endpoint> endpoints() {
    return endpoints;
  }

  private Router router(Vertx on, Context loop) {
    Outlook outlook = new Outlook(parts.fleet(), parts.profiles(), parts.settings());
    Templates templates = new Templates(assets);
    Pages pages = new Pages(parts, outlook, templates);
    Workers workers = new Workers(on, "chasqui-admin", 8, 256, Duration.ofSeconds(10));
    ProgressFeed feed = new ProgressFeed(on, workers, pages::frame);
    FlagStreams opened =
        new FlagStreams(on, loop, parts.flagHub(), workers, parts.meters(), mostFlagStreams);
    streams = opened;
    List<Endpoint> all =
        new ArrayList<>(endpoints(new RestApi(parts, outlook), pages, feed, opened));
    all.addAll(new FlagPages(parts.flags(), parts.flagHub(), templates).endpoints());
    endpoints = all;
    return new Gate(on, parts.tracing(), parts.meters(), pages::error, workers, crossSite)
        .router(endpoints);
  }

  private List<Endpoint> endpoints(
      RestApi api, Pages pages, ProgressFeed feed, FlagStreams flagStreams) {
    List<Endpoint> endpoints = new ArrayList<>(api.endpoints());
    endpoints.addAll(new FlagsApi(parts.flags(), parts.flagHub(), flagStreams).endpoints());
    endpoints.addAll(new OfrepApi(parts.flagHub(), flagStreams).endpoints());
    endpoints.addAll(pages.endpoints());
    endpoints.add(new Endpoint(
        HttpMethod.GET, "/changes/:revision/live", Set.of(), List.of(), (Endpoint.Stream)
            (ask, response) -> feed.watch(ask.revision(), response)));
    endpoints.add(Endpoint.get(
        "/assets/*",
        ask -> assets.serve(ask.requestPath(), ask.header("Accept-Encoding").orElse(null))));
    endpoints.add(Endpoint.get("/openapi.yaml", ask -> Reply.text("application/yaml", openApi)));
    endpoints.add(Endpoint.get("/metrics", ask -> metrics(ask.header("Accept").orElse(""))));
    endpoints.add(Endpoint.get(
        "/health/live",
        ask -> Reply.json(JsonNodeFactory.instance.objectNode().put("status", "up"))));
    endpoints.add(Endpoint.get("/health/ready", ask -> ready()));
    return endpoints;
  }

  /** Exemplars are in OpenMetrics only, for those who ask for it. */
  private Reply metrics(String accept) {
    String type = accept.contains("application/openmetrics-text")
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";
    return Reply.text(type, parts.meters().scrape(type));
  }

  private Reply ready() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    boolean up = true;
    ObjectNode written = JsonNodeFactory.instance.objectNode();
    for (HealthCheck check : parts.checks()) {
      Optional<String> problem = check.run();
      ObjectNode part = written.putObject(check.name());
      part.put("status", problem.isEmpty() ? "up" : "down");
      problem.ifPresent(text -> part.put("problem", text));
      up &= problem.isEmpty();
    }
    json.put("status", up ? "up" : "down");
    json.set("parts", written);
    return Reply.json(up ? 200 : 503, json);
  }

  private static <T> T await(Future<T> future) throws IOException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(String.valueOf(cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + PATIENCE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Stops listening, gives requests in flight five seconds, and ends its threads. */
  @Override
  public synchronized void close() {
    if (streams != null) {
      streams.close(); // or the server waits for them
      streams = null;
    }
    try {
      if (server != null) {
        await(server.shutdown(5, TimeUnit.SECONDS));
      }
    } catch (IOException e) {
      LOG.warn("The back office did not close in time: {}", e.getMessage());
    }
    server = null;
    try {
      if (vertx != null) {
        await(vertx.close().mapEmpty());
      }
    } catch (IOException e) {
      LOG.warn("The back office did not stop in time: {}", e.getMessage());
    }
    vertx = null;
  }
}
