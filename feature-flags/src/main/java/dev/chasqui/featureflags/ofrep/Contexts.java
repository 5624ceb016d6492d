package dev.chasqui.featureflags.ofrep;

import dev.chasqui.featureflags.FlagContext;
import dev.openfeature.sdk.EvaluationContext;
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

  static FlagContext read(JsonNode json) throws BadContextException {
    if (!json.isObject()) {
      throw new BadContextException("context must be an object");
    }
    Map<String, Object> attributes = members(json);
    JsonNode key = json.get(EvaluationContext.TARGETING_KEY);
    if (key != null && key.isNull()) {
      attributes.remove(EvaluationContext.TARGETING_KEY);
    } else if (key != null && !key.isString()) {
      throw new BadContextException("context/targetingKey must be a string");
    }
    return FlagContext.EMPTY.withAll(attributes);
  }

  private static Map<String, Object> members(JsonNode json) throws BadContextException {
    Map<String, Object> members = new HashMap<>();
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      members.put(member.getKey(), value(member.getValue()));
    }
    return members;
  }

  private static Object value(JsonNode json) throws BadContextException {
    return switch (json.getNodeType()) {
      case BOOLEAN -> json.booleanValue();
      case STRING -> json.stringValue();
      case NUMBER -> number(json);
      case ARRAY -> {
        List<Object> elements = new ArrayList<>(json.size());
        for (JsonNode element : json) {
          elements.add(value(element));
        }
        yield elements;
      }
      case OBJECT -> members(json);
      default -> new Value(); // there, and null
    };
  }

  /** A whole number of 64 bits as such, any other as the nearest double, as it is for a client in JavaScript. */
  private static Object number(JsonNode json) throws BadContextException {
    if (json.isIntegralNumber() && json.canConvertToLong()) {
      return json.longValue();
    }
    double number = json.numberValue().doubleValue();
    if (!Double.isFinite(number)) {
      throw new BadContextException("context has a number beyond the range of a double");
    }
    return number;
  }
}
