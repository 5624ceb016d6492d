package dev.chasqui.tracing.http;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import dev.chasqui.tracing.Step;
import dev.chasqui.tracing.Tracing;
import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * HTTP requests with the JDK's client and its server, as <a
 * href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">OpenTelemetry's conventions</a> name their spans. Never
 * recorded are queries, headers and bodies: what is in there is not ours to tell.
 *
 * <p>Carried fields go along only with a client that follows no redirects, as it would take them anywhere.
 *
 * <p>Other clients and servers take the same few lines, with {@link Tracing#injectTo} and {@link Tracing#extract}.
 *
 * <p><b>Threads:</b> safe for any number.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class HttpTracing {
  /** Others, which anybody may make up, are all one. */
  private static final Set<String> METHODS =
      Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE");

  private static final int CLIENT_ERRORS = 400;
  private static final int SERVER_ERRORS = 500;

  private final Tracing tracing;

  /** Makes one whose spans are of {@code tracing}. */
  public HttpTracing(Tracing tracing) {
    this.tracing = tracing;
  }

  /**
   * Sends a request that takes the trace along, in a span that ends once the response is there as {@code body} makes it.
   *
   * @throws IOException as the client throws it
   * @throws InterruptedException as the client throws it
   */
  public <T extends @Nullable Object> HttpResponse<T> send(
      HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    try {
      return client(request).<HttpResponse<T>, Exception>call(step -> {
        HttpResponse<T> response = client.send(withTrace(client, request), body);
        answered(step, response);
        return response;
      });
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  /** Sends a request that takes the trace along, in a span that ends when the returned future does. */
  public <T extends @Nullable Object> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> body) {
    return client(request)
        .<CompletableFuture<HttpResponse<T>>, RuntimeException>async(step -> client
            .sendAsync(withTrace(client, request), body)
            .whenComplete((response, failure) -> {
              if (response != null) {
                answered(step, response);
              }
            }));
  }

  private Step client(HttpRequest request) {
    URI uri = request.uri();
    return begun(request.method(), "", tracing.step(name(request.method(), "")))
        .kind(SpanKind.CLIENT)
        .set(Conventions.SERVER_ADDRESS, uri.getHost())
        .set(Conventions.SERVER_PORT, port(uri))
        .set(Conventions.URL_FULL, withoutSecrets(uri));
  }

  private static Step begun(String method, String route, Step step) {
    if (METHODS.contains(method)) {
      step.set(Conventions.HTTP_METHOD, method);
    } else {
      step.set(Conventions.HTTP_METHOD, "_OTHER").set(Conventions.HTTP_METHOD_ORIGINAL, method);
    }
    return route.isEmpty() ? step : step.set(Conventions.HTTP_ROUTE, route);
  }

  private static String name(String method, String route) {
    String known = METHODS.contains(method) ? method : "HTTP";
    return route.isEmpty() ? known : known + " " + route;
  }

  private static @Nullable Long port(URI uri) {
    if (uri.getPort() >= 0) {
      return (long) uri.getPort();
    }
    return "https".equals(uri.getScheme()) ? 443L : 80L;
  }

  private static String withoutSecrets(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port + path;
  }

  private HttpRequest withTrace(HttpClient client, HttpRequest request) {
    Map<String, String> headers = new HashMap<>();
    // It takes headers along to wherever it is redirected.
    boolean stays = client.followRedirects() == HttpClient.Redirect.NEVER;
    tracing.injectTo(stays ? request.uri().getHost() : null, headers::put);
    if (headers.isEmpty()) {
      return request;
    }
    Set<String> names = tracing.fields(); // also those that somebody else set, of another trace
    HttpRequest.Builder builder = HttpRequest.newBuilder(
        request, (name, value) -> !names.contains(name.toLowerCase(Locale.ROOT)));
    headers.forEach(builder::setHeader);
    return builder.build();
  }

  private static void answered(Step step, HttpResponse<?> response) {
    answered(step, response.statusCode(), CLIENT_ERRORS);
  }

  private static void answered(Step step, int status, int errors) {
    step.set(Conventions.HTTP_STATUS, (long) status);
    if (status >= errors) {
      step.fail(Integer.toString(status));
    }
  }

  /**
   * Makes a filter for a context of the JDK's server: each request is a span, in the trace that came with it. It ends when the
   * handler returns, which is before the answer if that is given later on another thread.
   *
   * @param route what its path looks like, such as {@code /vehicles/{id}}: never the path itself, of which there is no end
   */
  public Filter filter(String route) {
    return new Filter() {
      @Override
      public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        server(exchange, route).<IOException>run(step -> {
          try {
            chain.doFilter(exchange);
          } finally {
            if (exchange.getResponseCode() >= 0) {
              answered(step, exchange.getResponseCode(), SERVER_ERRORS);
            }
          }
        });
      }

      @Override
      public String description() {
        return "a span for each request of " + route;
      }
    };
  }

  private Step server(HttpExchange exchange, String route) {
    String method = exchange.getRequestMethod();
    Step step = tracing.step(name(method, route), tracing.extract(name -> {
      List<String> values = exchange.getRequestHeaders().get(name);
      return values == null ? List.<String>of() : values;
    }));
    return begun(method, route, step)
        .kind(SpanKind.SERVER)
        .set(Conventions.URL_SCHEME, exchange instanceof HttpsExchange ? "https" : "http")
        .set(Conventions.URL_PATH, exchange.getRequestURI().getPath())
        .set(Conventions.SERVER_ADDRESS, exchange.getLocalAddress().getHostString())
        .set(Conventions.SERVER_PORT, (long) exchange.getLocalAddress().getPort());
  }
}
