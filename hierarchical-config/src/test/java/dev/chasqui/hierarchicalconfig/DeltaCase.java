package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes or applies the delta of a case of the vectors, and tells what comes out in their form. */
final class DeltaCase {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private DeltaCase() {}

  static ObjectNode outcome(JsonNode input) {
    ObjectNode from = (ObjectNode) input.get("from");
    return input.has("delta") ? apply(input.get("delta"), from) : between(from, input.get("to"));
  }

  private static ObjectNode apply(JsonNode delta, ObjectNode from) {
    try {
      return NODES.objectNode().set("to", Delta.read(delta).apply(from));
    } catch (IllegalArgumentException e) {
      return NODES.objectNode().put("refused", true);
    }
  }

  private static ObjectNode between(ObjectNode from, JsonNode to) {
    Delta delta = Delta.between(from, (ObjectNode) to);
    assertThat(PlainJson.copy(delta.apply(from))).isEqualTo(PlainJson.copy(to));
    assertThat(Delta.read(delta.toJson())).isEqualTo(delta);
    return NODES.objectNode().set("delta", inOrderOfPaths(delta.toJson()));
  }

  /** The order of operations is left open; the vectors have one. */
  static ObjectNode inOrderOfPaths(ObjectNode delta) {
    if (delta.get("operations") instanceof ArrayNode operations) {
      List<JsonNode> sorted = operations
          .valueStream()
          .sorted(Comparator.comparing(operation -> operation.path("path").stringValue()))
          .toList();
      delta.set("operations", NODES.arrayNode().addAll(sorted));
    }
    return delta;
  }
}
