package dev.chasqui.app.cli;

import dev.chasqui.app.importing.ImportFormat;
import dev.chasqui.app.store.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server's REST interface, {@code /api/v1}. Safe for any number of threads. */
final class AdminApi {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration IMPORT = Duration.ofHours(1);

  private final URI server;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /** The server cannot be reached; the message says which and why. */
  static final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The server answered with an error. */
  static final class RefusedAnswer extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient List<Problem> problems;

    RefusedAnswer(int status, String message, List<Problem> problems) {
      super(message);
      this.status = status;
      this.problems = List.copyOf(problems);
    }

    int status() {
      return status;
    }

    List<Problem> problems() {
      return problems;
    }
  }

  /** {@code server}: {@code http://host:port}. */
  AdminApi(URI server) {
    if (server.getHost() == null
        || !("http".equals(server.getScheme()) || "https".equals(server.getScheme()))) {
      throw new UsageException(
          "--server must be http://host:port or https://host:port, was " + server);
    }
    this.server = server;
  }

  JsonNode get(String path) {
    return json(send(request(path).GET().timeout(ANSWER).build()));
  }

  String getText(String path) {
    return send(request(path)
            .GET()
            .header("Accept", "text/plain")
            .timeout(ANSWER)
            .build())
        .body();
  }

  JsonNode post(String path, JsonNode body) {
    return json(send(request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()))
        .timeout(ANSWER)
        .build()));
  }

  /** Imports a file; the body is read while it is sent. */
  JsonNode importFile(
      Supplier<InputStream> file,
      ImportFormat format,
      boolean keepGoing,
      String author,
      String reason) {
    BodyPublisher body = BodyPublishers.ofInputStream(file);
    String query =
        "?keepGoing=" + keepGoing + "&author=" + encoded(author) + "&reason=" + encoded(reason);
    return json(send(request("/imports" + query)
        .header("Content-Type", format.mediaType())
        .POST(body)
        .timeout(IMPORT)
        .build()));
  }

  /** Makes a set of flags; refused if there is one. */
  JsonNode putFlags(String set, Supplier<InputStream> document, String author, String reason) {
    String query = "?revision=0&author=" + encoded(author) + "&reason=" + encoded(reason);
    return json(send(request("/flags/" + encoded(set) + query)
        .header("Content-Type", "application/json")
        .PUT(BodyPublishers.ofInputStream(document))
        .timeout(ANSWER)
        .build()));
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve("/api/v1" + path));
  }

  private HttpResponse<String> send(HttpRequest request) {
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new Unreachable(
          "cannot reach the server at " + server + "; is it running, and is --server right?", e);
    } catch (IOException e) {
      throw new Unreachable("the connection to " + server + " broke: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unreachable("interrupted", e);
    }
    if (response.statusCode() >= 400) {
      throw refused(response);
    }
    return response;
  }

  private JsonNode json(HttpResponse<String> response) {
    try {
      return JsonMapper.shared().readTree(response.body());
    } catch (JacksonException e) {
      throw new Unreachable(
          "what answers at " + server + " is no Chasqui server: " + e.getOriginalMessage(), e);
    }
  }

  private static RefusedAnswer refused(HttpResponse<String> response) {
    String detail = "the server answered " + response.statusCode();
    List<Problem> problems = new ArrayList<>();
    try {
      JsonNode problem = JsonMapper.shared().readTree(response.body());
      detail = problem.path("detail").asString(detail);
      problem.path("errors").forEach(error -> problems.add(problem(error)));
    } catch (JacksonException e) {
      // not ours, then: the status says what there is to say
    }
    return new RefusedAnswer(response.statusCode(), detail, problems);
  }

  static Problem problem(JsonNode error) {
    return new Problem(
        error.path("field").asString(""),
        error.path("rule").asString(""),
        error.path("message").asString(""));
  }
}
