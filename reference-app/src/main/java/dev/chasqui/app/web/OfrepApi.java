package dev.chasqui.app.web;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import dev.chasqui.app.flags.FlagHub;
import dev.chasqui.app.flags.FlagSnapshot;
import dev.chasqui.app.store.Flags;
import dev.chasqui.featureflags.ofrep.EventStream;
import dev.chasqui.featureflags.ofrep.Ofrep;
import dev.chasqui.featureflags.ofrep.OfrepAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * OpenFeature's Remote Evaluation Protocol: of the set {@code default} at the root, and of each set below its page, whose address
 * is the base URL of such a client.
 */
final class OfrepApi {
  private static final String FLAGS = "/ofrep/v1/evaluate/flags";
  private static final String EVENTS = "/ofrep/v1/events";

  private final FlagHub hub;
  private final FlagStreams streams;

  OfrepApi(FlagHub hub, FlagStreams streams) {
    this.hub = hub;
    this.streams = streams;
  }

  List<Endpoint> endpoints() {
    List<Endpoint> endpoints = new ArrayList<>(below("", ask -> Flags.DEFAULT_SET));
    endpoints.addAll(below("/flags/:set", ask -> ask.path("set")));
    return endpoints;
  }

  private interface WhichSet {
    String of(Ask ask);
  }

  private List<Endpoint> below(String root, WhichSet which) {
    Set<String> refetch = Set.of("flagConfigEtag", "flagConfigLastModified");
    List<String> json = List.of(Reply.JSON);
    return Stream.of(
            new Endpoint(POST, root + FLAGS, refetch, json, (Endpoint.Answer)
                    ask -> all(ask, which.of(ask)))
                .upTo(Ofrep.LARGEST_BODY),
            new Endpoint(POST, root + FLAGS + "/:key", refetch, json, (Endpoint.Answer)
                    ask -> one(ask, which.of(ask)))
                .upTo(Ofrep.LARGEST_BODY),
            new Endpoint(GET, root + EVENTS, Set.of(), List.of(), (Endpoint.Stream)
                (ask, response) -> streams.watch(which.of(ask), ask, response)))
        .map(Endpoint::ofOfrep)
        .toList();
  }

  private Reply one(Ask ask, String set) {
    return reply(hub.get(set).ofrep().evaluate(ask.path("key"), ask.body()));
  }

  private Reply all(Ask ask, String set) {
    String after = ask.query("flagConfigEtag");
    FlagSnapshot now = hub.get(set);
    if (!after.isEmpty() && now.ofrep().isOlderThan(after)) {
      now = hub.refresh(set); // another node has told the client of it
    }
    EventStream events = new EventStream(events(ask), EventStream.USUAL_INACTIVITY);
    return reply(now.ofrep()
        .withEvents(events)
        .evaluateAll(
            ask.body(), ask.header("If-None-Match").orElse(null), after.isEmpty() ? null : after));
  }

  private static String events(Ask ask) {
    return ask.requestPath().replace(FLAGS, EVENTS);
  }

  private static Reply reply(OfrepAnswer answer) {
    return new Reply(answer.status(), Reply.JSON, answer.body(), answer.headers());
  }
}
