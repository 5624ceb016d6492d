package dev.chasqui.app.web;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.flags.FlagSnapshot;
import dev.chasqui.app.store.Changes.Signature;
import dev.chasqui.app.store.Flags;
import dev.chasqui.app.store.Flags.Trip;
import dev.chasqui.featureflags.guard.GuardAction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/flags}: see openapi.yaml. */
final class FlagsApi {
  private static final String ROOT = "/api/v1/flags";
  private static final String SET = ROOT + "/:set";
  private static final long LARGEST_SET = 32 << 20; // as much as HttpSource reads
  private static final Set<String> SIGNED = Set.of("author", "reason", "revision");

  private final Flags flags;
  private final FlagHub hub;
  private final FlagStreams streams;

  FlagsApi(Flags flags, FlagHub hub, FlagStreams streams) {
    this.flags = flags;
    this.hub = hub;
    this.streams = streams;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(ROOT, ask -> sets()),
        new Endpoint(
            GET, SET, Set.of(), List.of(), new Endpoint.Either(this::document, streams::follow)),
        new Endpoint(PUT, SET, SIGNED, List.of(Reply.JSON), (Endpoint.Intake) this::put)
            .upTo(LARGEST_SET),
        Endpoint.get(SET + "/trips", Set.of("flag", "limit"), this::trips),
        Endpoint.json(POST, SET + "/trips", this::trip),
        new Endpoint(
            PUT, SET + "/:key", SIGNED, List.of(Reply.JSON), (Endpoint.Answer) this::putFlag),
        new Endpoint(DELETE, SET + "/:key", SIGNED, List.of(), (Endpoint.Answer) this::deleteFlag),
        Endpoint.json(POST, SET + "/:key/kill", ask -> kill(ask, true)),
        Endpoint.json(POST, SET + "/:key/unkill", ask -> kill(ask, false)));
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private Reply sets() {
    ObjectNode json = object();
    ArrayNode list = json.putArray("sets");
    for (Flags.Change newest : flags.sets()) {
      list.addObject()
          .put("set", newest.set())
          .put("revision", newest.revision())
          .put("flags", hub.get(newest).document().keys().size())
          .put("author", newest.author())
          .put("reason", newest.reason())
          .put("committedAt", newest.committedAt().toString());
    }
    return Reply.json(json);
  }

  private Reply document(Ask ask) {
    FlagSnapshot now = hub.get(ask.path("set"));
    Map<String, String> headers = new HashMap<>();
    headers.put("ETag", now.etag());
    headers.put("Cache-Control", "no-cache");
    headers.put("Flag-Revision", String.valueOf(now.revision()));
    headers.put("Vary", "Accept");
    boolean isKnown =
        ask.header("If-None-Match").filter(known -> known.contains(now.etag())).isPresent();
    return new Reply(
        isKnown ? 304 : 200,
        Reply.JSON,
        isKnown ? new byte[0] : now.documentJson().getBytes(StandardCharsets.UTF_8),
        headers);
  }

  /** In the query, as the body is all of flags. */
  private static Signature signature(Ask ask) {
    return new Signature(ask.query("author"), ask.query("reason"));
  }

  private static long revision(Ask ask, long fallback) {
    return ask.number("revision", 0, Long.MAX_VALUE, fallback);
  }

  private Reply put(Ask ask, InputStream body) throws IOException {
    byte[] document = body.readAllBytes(); // first: who still sends may not hear what is wrong
    if (ask.query("revision").isEmpty()) {
      throw HttpProblem.badRequest(
          "revision",
          "missing",
          "revision must be the one that the document was made from, 0 for a new set");
    }
    long expected = revision(ask, 0);
    JsonBody.parse(document); // strictly
    OptionalLong revision = flags.put(
        ask.path("set"),
        signature(ask),
        expected,
        Flags.parse(new String(document, StandardCharsets.UTF_8)));
    return committed(expected == 0 ? 201 : 200, revision);
  }

  private static Reply committed(int status, OptionalLong revision) {
    return revision.isPresent()
        ? Reply.json(status, object().put("revision", revision.getAsLong()))
        : Reply.json(object().put("unchanged", true));
  }

  private Reply putFlag(Ask ask) {
    JsonNode flag = JsonBody.read(ask.body()).json();
    return committed(
        200, flags.putFlag(ask.path("set"), signature(ask), expected(ask), ask.path("key"), flag));
  }

  private Reply deleteFlag(Ask ask) {
    return committed(
        200, flags.putFlag(ask.path("set"), signature(ask), expected(ask), ask.path("key"), null));
  }

  private static OptionalLong expected(Ask ask) {
    return ask.query("revision").isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(revision(ask, 0));
  }

  private Reply kill(Ask ask, boolean killed) {
    JsonBody body = JsonBody.read(ask.body()).only("author", "reason");
    String author = body.text("author");
    String reason = body.text("reason");
    if (reason.isBlank() && body.json().path("reason").isString()) {
      body.problem("/reason", "missing", "reason must say why");
    }
    body.check();
    return committed(
        200, flags.kill(ask.path("set"), new Signature(author, reason), ask.path("key"), killed));
  }

  /** Takes all that a release guard says, and needs three members of it. */
  private Reply trip(Ask ask) {
    JsonBody body = JsonBody.read(ask.body());
    String key = body.text("flag");
    String variant = body.text("variant");
    String action = body.text("action");
    Optional<GuardAction> known = GuardAction.of(action);
    if (!action.isEmpty() && known.isEmpty()) {
      body.problem(
          "/action",
          "not-a-choice",
          "action must be kill, rollBack or hold, was \"" + action + '"');
    }
    body.check();
    return Reply.json(
        201,
        write(flags.trip(
            ask.path("set"), new Flags.Decision(key, variant, known.orElseThrow(), body.json()))));
  }

  private Reply trips(Ask ask) {
    hub.get(ask.path("set")); // or it is not there
    ObjectNode json = object();
    ArrayNode list = json.putArray("trips");
    flags
        .trips(ask.path("set"), ask.query("flag"), ask.limit(100))
        .forEach(trip -> list.add(write(trip)));
    return Reply.json(json);
  }

  private static ObjectNode write(Trip trip) {
    ObjectNode json = object()
        .put("id", trip.id())
        .put("flag", trip.key())
        .put("variant", trip.variant())
        .put("action", trip.action())
        .put("outcome", trip.outcome())
        .put("receivedAt", trip.receivedAt().toString());
    trip.revision().ifPresent(revision -> json.put("revision", revision));
    json.set("decision", trip.decision());
    return json;
  }
}
