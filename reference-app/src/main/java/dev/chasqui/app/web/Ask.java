package dev.chasqui.app.web;

import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.Level;
import dev.chasqui.hierarchicalconfig.Scope;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request, with what it asks for read strictly: what is wrong is a {@link HttpProblem}. */
final class Ask {
  private static final int LONGEST_TEXT = 500;

  private final RoutingContext context;

  Ask(RoutingContext context) {
    this.context = context;
  }

  /** A part of the path, decoded. */
  String path(String name) {
    String value = Objects.requireNonNull(context.pathParam(name));
    if (!Database.canKeep(value)) {
      throw HttpProblem.notFound(name, "nothing has a NUL in its name, as this " + name + " has");
    }
    return value;
  }

  /** The whole path. */
  String requestPath() {
    return context.normalizedPath();
  }

  /** The scope named in the path. */
  Scope scope() {
    String text = path("scope");
    try {
      Scope scope = Scope.parse(text);
      Fleet.HIERARCHY.levelOf(scope);
      return scope;
    } catch (IllegalArgumentException e) {
      throw HttpProblem.notFound("scope", "there is no scope \"" + text + "\": " + e.getMessage());
    }
  }

  /** The device named in the path. */
  Scope device() {
    String key = path("device");
    try {
      return new Scope("device", key);
    } catch (IllegalArgumentException e) {
      throw HttpProblem.notFound("device", "there is no device \"" + key + '"');
    }
  }

  /** The revision named in the path. */
  long revision() {
    try {
      return Long.parseLong(path("revision"));
    } catch (NumberFormatException e) {
      throw HttpProblem.notFound(
          "revision", "there is no change \"" + path("revision") + "\": a revision is a number");
    }
  }

  /** A query parameter, empty if it is not there. */
  String query(String name) {
    List<String> values = context.queryParam(name);
    if (values.size() > 1) {
      throw HttpProblem.badRequest(name, "given-twice", name + " must be given once");
    }
    String value = values.isEmpty() ? "" : values.get(0);
    if (value.length() > LONGEST_TEXT || !Database.canKeep(value)) {
      throw HttpProblem.badRequest(
          name, "bad-text", name + " must have at most " + LONGEST_TEXT + " characters, none NUL");
    }
    return value;
  }

  /** A whole number from the query, {@code fallback} if it is not there. */
  long number(String name, long least, long most, long fallback) {
    String text = query(name);
    if (text.isEmpty()) {
      return fallback;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw HttpProblem.badRequest(
        name,
        "out-of-range",
        name + " must be a whole number between " + least + " and " + most + ", was \"" + text
            + '"');
  }

  int limit(int fallback) {
    return (int) number("limit", 1, 1000, fallback);
  }

  boolean flag(String name) {
    String text = query(name);
    return switch (text) {
      case "", "false" -> false;
      case "true" -> true;
      default ->
        throw HttpProblem.badRequest(
            name, "wrong-type", name + " must be true or false, was \"" + text + '"');
    };
  }

  /** The level in the query, {@code fallback} if it is not there. */
  String level(String fallback) {
    String text = query("level");
    List<String> levels = Fleet.HIERARCHY.levels().stream().map(Level::name).toList();
    if (!text.isEmpty() && !levels.contains(text)) {
      throw HttpProblem.badRequest(
          "level", "unknown-level", "level must be one of " + levels + ", was \"" + text + '"');
    }
    return text.isEmpty() ? fallback : text;
  }

  /** A field of a posted form, empty if it is not there. */
  String field(String name) {
    MultiMap form = context.request().formAttributes();
    String value = form.get(name);
    if (value != null && !Database.canKeep(value)) {
      throw new RefusedException(name, "bad-text", name + " must not have NUL characters");
    }
    return value == null ? "" : value;
  }

  boolean hasField(String name) {
    return context.request().formAttributes().contains(name);
  }

  byte[] body() {
    Buffer body = context.body().buffer();
    return body == null ? new byte[0] : body.getBytes();
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(context.request().getHeader(name));
  }

  /** The media type of the body without parameters, in lower case; empty if none is named. */
  String contentType() {
    return mediaType(context.request().getHeader("Content-Type"));
  }

  static String mediaType(@Nullable String header) {
    return header == null ? "" : header.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether htmx asks, which wants a part of the page only. */
  boolean wantsFragment() {
    return "true".equals(context.request().getHeader("HX-Request"))
        && context.request().getHeader("HX-History-Restore-Request") == null;
  }

  @Nullable
  String cookie(String name) {
    io.vertx.core.http.Cookie cookie = context.request().getCookie(name);
    return cookie == null ? null : cookie.getValue();
  }
}
