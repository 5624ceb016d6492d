package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Plans or replays a case of the vectors, and tells what comes out in their form. */
final class FleetCase {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private FleetCase() {}

  static ObjectNode plan(JsonNode input) {
    FleetIndex fleet = fleet(input);
    Resolver resolver = resolver(input);
    Plan plan;
    try {
      List<ProfileEdits> edits =
          input.get("edits").valueStream().map(ProfileJson::readEdits).toList();
      plan = Plan.of(resolver, fleet, edits, at(input));
    } catch (IllegalArgumentException e) {
      return NODES.objectNode().put("refused", true);
    }
    ObjectNode json = NODES.objectNode();
    ObjectNode devices = json.putObject("devices");
    plan.forEach((device, outcome) -> devices.set(device, json(outcome)));
    return json.put("digest", plan.digest());
  }

  static ObjectNode replay(JsonNode input) {
    FleetIndex fleet = fleet(input);
    Resolver first = resolver(input.get("first"));
    Resolver second = resolver(input.get("second"));
    Replay replay;
    try {
      replay = Replay.of(fleet, first, second, at(input));
    } catch (IllegalArgumentException e) {
      return NODES.objectNode().put("refused", true);
    }
    ObjectNode json = NODES.objectNode();
    ObjectNode devices = json.putObject("devices");
    replay.forEach((device, differences) -> devices.set(device, json(differences)));
    return json.put("compared", replay.valuesCompared());
  }

  private static Resolver resolver(JsonNode input) {
    return new Resolver(
        Manifest.read(input.path("manifest")),
        ResolutionCase.hierarchy(input.path("levels")),
        ResolutionCase.RULES);
  }

  private static Instant at(JsonNode input) {
    return Instant.parse(input.path("at").stringValue());
  }

  private static FleetIndex fleet(JsonNode input) {
    FleetIndex.Builder builder = FleetIndex.builder(ResolutionCase.hierarchy(input.path("levels")));
    for (JsonNode profile : input.path("fleet").get("profiles")) {
      builder.profile(ProfileJson.readProfile(profile));
    }
    for (JsonNode device : input.path("fleet").get("devices")) {
      builder.device(
          device.path("key").stringValue(),
          device.get("facts") instanceof ObjectNode facts
              ? new DeviceContext(facts)
              : DeviceContext.NONE,
          device
              .get("above")
              .valueStream()
              .map(scope -> Scope.parse(scope.stringValue()))
              .toList());
    }
    return builder.build();
  }

  private static ObjectNode json(Plan.Outcome outcome) {
    ObjectNode json = NODES.objectNode();
    json.set("effects", json(outcome.effects()));
    ObjectNode unchanged = json.putObject("unchanged");
    for (Plan.Unchanged each : outcome.unchanged()) {
      ObjectNode written = unchanged
          .putObject(each.key())
          .put("scope", each.scope().toString())
          .put("reason", each.reason().code());
      if (each.by() != null) {
        written.put("by", each.by().toString());
      }
    }
    ArrayNode conflicts = json.putArray("conflicts");
    for (Plan.Conflict conflict : outcome.conflicts()) {
      conflicts
          .addObject()
          .put("key", conflict.key())
          .put("reason", conflict.reason().code())
          .put("refused", conflict.refused().toString())
          .put("refusedAuthor", conflict.refusedAuthor())
          .put("lock", conflict.lock().toString())
          .put("lockAuthor", conflict.lockAuthor());
    }
    json.putArray("broken").addAll(ResolutionCase.sorted(outcome.broken()));
    return json;
  }

  private static ObjectNode json(List<ChangedValue> differences) {
    ObjectNode json = NODES.objectNode();
    for (ChangedValue difference : differences) {
      ObjectNode values = json.putObject(difference.key());
      if (difference.before() != null) {
        values.set("before", difference.before());
      }
      if (difference.after() != null) {
        values.set("after", difference.after());
      }
    }
    return json;
  }
}
