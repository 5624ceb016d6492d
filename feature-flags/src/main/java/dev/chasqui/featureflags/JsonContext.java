package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.AbstractList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object as a context: what is read is wrapped when it is read, nothing is copied. Its targeting key is the member {@code
 * targetingKey}, if that is a text. Numbers are doubles, as rules have them.
 *
 * <p><b>Threads:</b> safe for any number while nobody changes the object.
 */
final class JsonContext implements EvaluationContext {
  private final ObjectNode object;

  JsonContext(ObjectNode object) {
    this.object = object;
  }

  private static Value value(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> new Value(new JsonContext((ObjectNode) node));
      case ARRAY -> new Value(new Elements((ArrayNode) node));
      case STRING -> new Value(node.stringValue());
      case BOOLEAN -> new Value(node.booleanValue());
      case NUMBER -> new Value(node.numberValue().doubleValue());
      default -> new Value();
    };
  }

  @Override
  public @Nullable String getTargetingKey() {
    JsonNode key = object.get(TARGETING_KEY);
    return key != null && key.isString() ? key.stringValue() : null;
  }

  @Override
  public @Nullable Value getValue(String key) {
    JsonNode member = object.get(key);
    return member == null ? null : value(member);
  }

  @Override
  public boolean isEmpty() {
    return object.isEmpty();
  }

  @Override
  public Set<String> keySet() {
    return asUnmodifiableMap().keySet();
  }

  @Override
  public Map<String, Value> asMap() {
    Map<String, Value> members = new LinkedHashMap<>();
    object.forEachEntry((name, member) -> members.put(name, value(member)));
    return members;
  }

  @Override
  public Map<String, Value> asUnmodifiableMap() {
    return Collections.unmodifiableMap(asMap());
  }

  @Override
  public Map<String, Object> asObjectMap() {
    Map<String, Object> members = new LinkedHashMap<>();
    asMap().forEach((name, value) -> members.put(name, convertValue(value)));
    return members;
  }

  @Override
  public EvaluationContext merge(EvaluationContext overridingContext) {
    return new ImmutableContext(asMap()).merge(overridingContext);
  }

  private static final class Elements extends AbstractList<Value> {
    private final ArrayNode array;

    Elements(ArrayNode array) {
      this.array = array;
    }

    @Override
    public Value get(int index) {
      return value(array.get(index));
    }

    @Override
    public int size() {
      return array.size();
    }
  }
}
