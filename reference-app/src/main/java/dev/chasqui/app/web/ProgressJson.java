package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.store.Changes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Changes and how far they have got, as JSON. Times are ISO-8601, lengths of time milliseconds. */
final class ProgressJson {
  private ProgressJson() {}

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode write(Changes.Change change) {
    ObjectNode json = object()
        .put("revision", change.revision())
        .put("kind", change.kind())
        .put("author", change.author())
        .put("reason", change.reason())
        .put("traceParent", change.traceParent())
        .put("committedAt", change.committedAt().toString())
        .put("targets", change.targets())
        .put("editCount", change.edits());
    ArrayNode scopes = json.putArray("scopes");
    change.scopes().forEach(scope -> scopes.add(scope.toString()));
    return json;
  }

  static ObjectNode write(Convergence.Progress progress) {
    ObjectNode json = object()
        .put("revision", progress.revision())
        .put("targets", progress.targets())
        .put("received", progress.received())
        .put("effective", progress.effective())
        .put("refused", progress.refused())
        .put("offline", progress.offline());
    put(json, "p50Millis", progress.p50());
    put(json, "p95Millis", progress.p95());
    put(json, "p99Millis", progress.p99());
    put(json, "maxMillis", progress.max());
    return json;
  }

  static ArrayNode write(List<Convergence.Point> curve) {
    ArrayNode points = JsonNodeFactory.instance.arrayNode();
    curve.forEach(point ->
        points.addObject().put("millis", point.millis()).put("effective", point.effective()));
    return points;
  }

  static ObjectNode write(Convergence.Straggler straggler) {
    ObjectNode json = object()
        .put("device", straggler.device())
        .put("stage", straggler.stage().name().toLowerCase(java.util.Locale.ROOT));
    put(json, "since", straggler.since());
    return json.put("detail", straggler.detail());
  }

  static ObjectNode write(Convergence.DeviceStatus status) {
    ObjectNode json = object().put("connected", status.connected()).put("node", status.node());
    put(json, "seenAt", status.seenAt());
    json.put("software", status.software())
        .put("received", status.received())
        .put("effective", status.effective())
        .put("fingerprint", status.fingerprint());
    json.set("refusal", status.refusal());
    return json;
  }

  private static void put(ObjectNode json, String name, @Nullable Duration time) {
    if (time != null) {
      json.put(name, time.toMillis());
    }
  }

  private static void put(ObjectNode json, String name, @Nullable Instant time) {
    if (time != null) {
      json.put(name, time.toString());
    }
  }
}
