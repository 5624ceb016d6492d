package dev.chasqui.hierarchicalconfig;

import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Two objects of few names and values, so that much of the one is in the other. */
record RandomObjects(ObjectNode from, ObjectNode to) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The same seed makes the same two. */
  static RandomObjects next(long seed) {
    Random random = new Random(seed);
    ObjectNode from = object(random, 3);
    ObjectNode to = random.nextBoolean() ? object(random, 3) : mutated(random, from);
    return new RandomObjects(from, to);
  }

  private static ObjectNode mutated(Random random, ObjectNode from) {
    ObjectNode to = from.deepCopy();
    to.setAll(object(random, 2));
    return to;
  }

  private static JsonNode value(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 7)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.numberNode(random.nextInt(3));
      case 2 -> NODES.stringNode(List.of("", "~", "/", "a").get(random.nextInt(4)));
      case 3 -> NODES.booleanNode(random.nextBoolean());
      case 4 -> {
        ArrayNode list = NODES.arrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        yield list;
      }
      default -> object(random, depth - 1);
    };
  }

  private static ObjectNode object(Random random, int depth) {
    ObjectNode object = NODES.objectNode();
    for (int i = random.nextInt(4); i > 0; i--) {
      object.set(
          List.of("", "a", "b", "~1", "x/y", "0").get(random.nextInt(6)), value(random, depth));
    }
    return object;
  }
}
