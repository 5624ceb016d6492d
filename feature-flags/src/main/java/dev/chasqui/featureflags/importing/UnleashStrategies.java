package dev.chasqui.featureflags.importing;

import static dev.chasqui.featureflags.importing.Logic.isText;
import static dev.chasqui.featureflags.importing.Logic.operation;
import static dev.chasqui.featureflags.importing.Logic.variable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Strategies as JsonLogic, and the segments that they name. */
final class UnleashStrategies {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  static final JsonNode ALWAYS = JSON.booleanNode(true);
  static final JsonNode NEVER = JSON.booleanNode(false);
  private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final Pattern ADDRESS =
      Pattern.compile(BYTE + "\\." + BYTE + "\\." + BYTE + "\\." + BYTE);

  private static final Pattern BLANKS = Pattern.compile("^[ \\t-\\r]+|[ \\t-\\r]+$");
  private static final Pattern ODD_EDGE =
      Pattern.compile("^[\\h\\v\\x1c-\\x1f\\ufeff]|[\\h\\v\\x1c-\\x1f\\ufeff]$");

  private final Draft draft;
  private final Map<Integer, List<Members>> segments = new HashMap<>();

  UnleashStrategies(List<Members> segments, Draft draft) {
    this.draft = draft;
    for (Members segment : segments) {
      Integer id = segment.whole("id");
      if (id == null) {
        throw segment.wrongAt("id", "a segment must have an id");
      }
      this.segments.computeIfAbsent(id, unused -> new ArrayList<>()).add(segment);
    }
  }

  /** Whether the strategy says yes. */
  JsonNode rule(Members strategy) {
    String name = strategy.text("name");
    if (name == null) {
      throw strategy.wrongAt("name", "a strategy must have a name");
    }
    if (strategy.flag("disabled")) {
      throw strategy.wrongAt("disabled", "Unleash sends no such strategies to its SDKs");
    }
    Members parameters = strategy.objectOrEmpty("parameters");
    List<JsonNode> all = new ArrayList<>();
    all.add(
        switch (name) {
          case "default" -> ALWAYS;
          case "userWithId" -> userWithId(parameters);
          case "remoteAddress" -> remoteAddress(parameters);
          case "flexibleRollout" -> flexibleRollout(parameters);
          case "gradualRolloutRandom" -> isWhole(parameters, "percentage") ? ALWAYS : NEVER;
          case "gradualRolloutUserId" -> gradualRollout(parameters, "userId");
          case "gradualRolloutSessionId" -> gradualRollout(parameters, "sessionId");
          default ->
            throw strategy.wrongAt(
                "name",
                name.equals("applicationHostname")
                    ? "a rule does not know the name of its host"
                    : "strategies of your own cannot be had here: " + name);
        });
    all.add(UnleashConstraints.all(strategy.objects("constraints")));
    List<JsonNode> ids = strategy.list("segments");
    for (int i = 0; i < ids.size(); i++) {
      all.add(segment(ids.get(i), Members.at(strategy.pointer(), "segments") + "/" + i));
    }
    return all.contains(NEVER) ? NEVER : Logic.all(all);
  }

  private JsonNode segment(JsonNode id, String pointer) {
    if (!id.isInt()) {
      throw Members.wrong(pointer, "must be an integer");
    }
    List<Members> known = segments.getOrDefault(id.intValue(), List.of());
    if (known.isEmpty()) {
      return NEVER; // as Unleash has it
    }
    if (known.size() > 1) {
      throw Members.wrong(pointer, "there are several segments " + id);
    }
    String name = "segment-" + id;
    if (!draft.hasEvaluator(name)) {
      Members segment = known.get(0);
      if (!segment.has("constraints")) {
        throw segment.wrongAt("constraints", "a segment must have constraints");
      }
      draft.evaluator(name, UnleashConstraints.all(segment.objects("constraints")));
    }
    return JSON.objectNode().put("$ref", name);
  }

  private static JsonNode userWithId(Members parameters) {
    List<String> ids = listed(parameters, "userIds");
    ArrayNode list = JSON.arrayNode();
    ids.forEach(list::add);
    return ids.isEmpty() ? NEVER : operation("in", variable("targetingKey"), list);
  }

  private static JsonNode remoteAddress(Members parameters) {
    List<String> addresses = listed(parameters, "IPs");
    ArrayNode list = JSON.arrayNode();
    for (String address : addresses) {
      String one = address.endsWith("/32") ? address.substring(0, address.length() - 3) : address;
      if (!ADDRESS.matcher(one).matches()) {
        throw parameters.wrongAt(
            "IPs", "only addresses of IPv4 can be told here, no ranges and no others: " + address);
      }
      list.add(one);
    }
    return addresses.isEmpty() ? NEVER : operation("in", variable("remoteAddress"), list);
  }

  /** Empty if there is no such parameter. */
  private static List<String> listed(Members parameters, String name) {
    String text = parameters.text(name);
    List<String> parts = new ArrayList<>();
    for (String part : text == null ? new String[0] : text.split(",", -1)) {
      String trimmed = BLANKS.matcher(part).replaceAll("");
      String pointer = Members.at(parameters.pointer(), name);
      UnleashConstraints.requireQuotable(trimmed, pointer);
      if (ODD_EDGE.matcher(trimmed).find()) {
        throw Members.wrong(pointer, "has a blank that not all of Unleash's SDKs take for one");
      }
      parts.add(trimmed);
    }
    return parts;
  }

  private static JsonNode flexibleRollout(Members parameters) {
    requireGroup(parameters);
    boolean all = isWhole(parameters, "rollout");
    String by = parameters.text("stickiness");
    JsonNode drawn = by == null || by.equals("default") || by.equals("random")
        ? ALWAYS // by chance, if there is nothing else
        : isText(UnleashConstraints.attribute(by, Members.at(parameters.pointer(), "stickiness")));
    return all ? drawn : NEVER;
  }

  private static JsonNode gradualRollout(Members parameters, String by) {
    if (requireGroup(parameters) == null) {
      throw parameters.wrongAt("groupId", "there must be one");
    }
    JsonNode drawn = isText(UnleashConstraints.attribute(by, parameters.pointer()));
    return isWhole(parameters, "percentage") ? drawn : NEVER;
  }

  private static @Nullable String requireGroup(Members parameters) {
    String group = parameters.text("groupId");
    if (group != null) {
      UnleashConstraints.requireQuotable(group, Members.at(parameters.pointer(), "groupId"));
    }
    return group;
  }

  /** Whether it is of all, and not of nobody. */
  private static boolean isWhole(Members parameters, String name) {
    String percent = parameters.text(name);
    boolean all = "100".equals(percent);
    if (!all && !"0".equals(percent)) {
      throw parameters.wrongAt(
          name, "Unleash's buckets cannot be had here: roll out to 0 or to 100 percent");
    }
    return all;
  }
}
