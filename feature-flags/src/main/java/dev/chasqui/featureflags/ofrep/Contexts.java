package dev.chasqui.featureflags.ofrep;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Contexts as clients send them. */
final class Contexts {
  private Contexts() {}

  /** What was wrong with a context, for who sent it. */
  static final class BadContextException extends Exception {
    private static final long serialVersionUID = 1;

    BadContextException(String message) {
      super(message, null, false, false); // an answer, not a fault: nobody reads its stack
    }
  }

  static EvaluationContext read(JsonNode json) throws BadContextException {
    if (!json.isObject()) {
      throw new BadContextException("context must be an object");
    }
    Map<String, Value> attributes = members(json);
    Value key = attributes.get(EvaluationContext.TARGETING_KEY);
    if (key != null && key.isNull()) {
      attributes.remove(EvaluationContext.TARGETING_KEY);
    } else if (key != null && !key.isString()) {
      throw new BadContextException("context/targetingKey must be a string");
    }
    return new ImmutableContext(attributes);
  }

  private static Map<String, Value> members(JsonNode json) throws BadContextException {
    Map<String, Value> members = new HashMap<>();
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      members.put(member.getKey(), value(member.getValue()));
    }
    return members;
  }

  private static Value value(JsonNode json) throws BadContextException {
    return switch (json.getNodeType()) {
      case BOOLEAN -> new Value(json.booleanValue());
      case STRING -> new Value(json.stringValue());
      case NUMBER -> number(json);
      case ARRAY -> {
        List<Value> elements = new ArrayList<>(json.size());
        for (JsonNode element : json) {
          elements.add(value(element));
        }
        yield new Value(elements);
      }
      case OBJECT -> new Value(new ImmutableStructure(members(json)));
      default -> new Value();
    };
  }

  /** A whole number as such, in as few bits as the SDK has for it; else the nearest double, as for a client in JavaScript. */
  private static Value number(JsonNode json) throws BadContextException {
    if (json.isIntegralNumber() && json.canConvertToInt()) {
      return new Value(json.intValue());
    }
    if (json.isIntegralNumber() && json.canConvertToLong()) {
      return new Value(json.longValue());
    }
    double number = json.numberValue().doubleValue();
    if (!Double.isFinite(number)) {
      throw new BadContextException("context has a number beyond the range of a double");
    }
    return new Value(number);
  }
}
