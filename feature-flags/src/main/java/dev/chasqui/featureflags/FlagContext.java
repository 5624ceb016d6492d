package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whom or what a flag is asked for: a targeting key and attributes. Any provider takes it; reading an attribute is one look-up,
 * where OpenFeature's {@code ImmutableContext} clones the value each time.
 *
 * <pre>{@code
 * client.getBooleanValue("new-checkout", false, FlagContext.of(user.id()).with("email", user.email()).with("beta", true));
 * }</pre>
 *
 * <p>Equal to any other context of the same attributes. A whole number is held as an {@code Integer} where it fits in one, since
 * much of OpenFeature's own code knows no {@code Long}.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagContext implements EvaluationContext {
  /** Without targeting key or attributes. */
  public static final FlagContext EMPTY = new FlagContext(new HashMap<>());

  private static final int MOST_NAMES = 16;

  private final Map<String, Value> values; // nobody changes it, or what is in it, any more
  // The same, of the first few. Names are mostly literals, one object wherever they are written:
  // comparing a few
  // references that lie side by side is quicker than a look-up in a map.
  private final String[] names;
  private final Value[] valuesOfNames;
  private final Map<String, Value> readOnly;
  private final @Nullable String targetingKey;

  private FlagContext(Map<String, Value> values) {
    this.values = values;
    this.readOnly = Collections.unmodifiableMap(values);
    this.names = values.keySet().stream().limit(MOST_NAMES).toArray(String[]::new);
    this.valuesOfNames = values.values().stream().limit(MOST_NAMES).toArray(Value[]::new);
    Value key = values.get(TARGETING_KEY);
    this.targetingKey = key == null ? null : key.asString();
  }

  /** Of a subject without attributes. */
  public static FlagContext of(String targetingKey) {
    return EMPTY.with(TARGETING_KEY, targetingKey);
  }

  /** Has what {@code context} has now. Attributes that are null are left out. */
  public static FlagContext copyOf(EvaluationContext context) {
    return context instanceof FlagContext same
        ? same
        : EMPTY.withValues(context.asUnmodifiableMap());
  }

  /** A context with one attribute more, or with another value of it; without it if {@code value} is null. */
  public FlagContext with(String name, @Nullable String value) {
    return with(name, value == null ? null : new Value(value));
  }

  /** A context with one attribute more, or with another value of it. */
  public FlagContext with(String name, boolean value) {
    return with(name, new Value(value));
  }

  /** A context with one attribute more, or with another value of it. */
  public FlagContext with(String name, long value) {
    return with(name, number(value));
  }

  /** A context with one attribute more, or with another value of it. */
  public FlagContext with(String name, double value) {
    return with(name, new Value(value));
  }

  /** A context with one attribute more, or with another value of it; without it if {@code value} is null. */
  public FlagContext with(String name, @Nullable Instant value) {
    return with(name, value == null ? null : new Value(value));
  }

  /**
   * A context with one attribute more, or with another value of it; without it if {@code value} is null.
   *
   * @throws IllegalArgumentException if there is something in the list that is none of what {@code with} takes
   */
  public FlagContext with(String name, @Nullable List<?> value) {
    return with(name, value == null ? null : valueOf(name, value));
  }

  /**
   * A context with one attribute more, or with another value of it; without it if {@code value} is null.
   *
   * @throws IllegalArgumentException if there is something in the map that is none of what {@code with} takes
   */
  public FlagContext with(String name, @Nullable Map<String, ?> value) {
    return with(name, value == null ? null : valueOf(name, value));
  }

  /**
   * A context with all these attributes more, or with other values of them: quicker than one by one. Those that are null are
   * taken away.
   *
   * @throws IllegalArgumentException if one is none of what {@code with} takes
   */
  public FlagContext withAll(Map<String, ?> attributes) {
    Map<String, Value> changed = new HashMap<>(values);
    attributes.forEach(
        (name, value) -> put(changed, name, value == null ? null : valueOf(name, value)));
    return new FlagContext(changed);
  }

  private FlagContext with(String name, @Nullable Value value) {
    Map<String, Value> changed = new HashMap<>(values);
    put(changed, name, value);
    return new FlagContext(changed);
  }

  private FlagContext withValues(Map<String, Value> attributes) {
    Map<String, Value> changed = new HashMap<>(values);
    attributes.forEach((name, value) -> put(changed, name, value == null ? null : frozen(value)));
    return new FlagContext(changed);
  }

  private static void put(Map<String, Value> values, String name, @Nullable Value value) {
    if (value == null) {
      values.remove(name);
    } else {
      values.put(name, value);
    }
  }

  private static Value number(long value) {
    return value == (int) value ? new Value((int) value) : new Value(value);
  }

  private static Value valueOf(String name, @Nullable Object object) {
    if (object == null) {
      return new Value();
    } else if (object instanceof Value value) {
      return frozen(value);
    } else if (object instanceof String value) {
      return new Value(value);
    } else if (object instanceof Boolean value) {
      return new Value(value);
    } else if (object instanceof Instant value) {
      return new Value(value);
    } else if (object instanceof Double || object instanceof Float) {
      return new Value(((Number) object).doubleValue());
    } else if (object instanceof Long
        || object instanceof Integer
        || object instanceof Short
        || object instanceof Byte) {
      return number(((Number) object).longValue());
    } else if (object instanceof List<?> list) {
      List<Value> elements = new ArrayList<>(list.size());
      list.forEach(element -> elements.add(valueOf(name, element)));
      return new Value(Collections.unmodifiableList(elements));
    } else if (object instanceof Map<?, ?> map) {
      Map<String, Value> members = new HashMap<>();
      map.forEach((key, member) -> members.put(String.valueOf(key), valueOf(name, member)));
      return new Value(new ImmutableStructure(members));
    }
    throw new IllegalArgumentException("attribute " + name
        + " must be a text, boolean, number, Instant, List or Map, or made of these, was a "
        + object.getClass().getName());
  }

  /** What is in a list or structure may be changed by whoever made it. */
  private static Value frozen(Value value) {
    Structure structure = value.asStructure();
    if (structure != null) {
      return new Value(new ImmutableStructure(structure.asUnmodifiableMap())); // which copies
    }
    List<Value> list = value.asList();
    if (list != null) {
      return new Value(list.stream().map(FlagContext::frozen).toList());
    }
    return value;
  }

  @Override
  public @Nullable String getTargetingKey() {
    return targetingKey;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the map compares what they say
  public @Nullable Value getValue(String key) {
    String[] known = names;
    for (int i = 0; i < known.length; i++) {
      if (known[i] == key) {
        return valuesOfNames[i];
      }
    }
    return values.get(key);
  }

  @Override
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** Names of its attributes, {@link #TARGETING_KEY} among them if it has one. For reading only. */
  @Override
  public Set<String> keySet() {
    return readOnly.keySet();
  }

  /** A copy that the caller may change. */
  @Override
  public Map<String, Value> asMap() {
    return new HashMap<>(values);
  }

  @Override
  public Map<String, Value> asUnmodifiableMap() {
    return readOnly;
  }

  @Override
  @SuppressWarnings("NullAway") // in the SDK's maps a null value is null
  public Map<String, Object> asObjectMap() {
    Map<String, Object> objects = new HashMap<>();
    values.forEach((name, value) -> objects.put(name, convertValue(value)));
    return objects;
  }

  /** As OpenFeature's, which refuses a {@code Long}; this does not. */
  @Override
  public @Nullable Object convertValue(@Nullable Value value) {
    return value != null && value.asObject() instanceof Long number
        ? number
        : EvaluationContext.super.convertValue(value);
  }

  /** What {@code overriding} has wins; structures are merged member by member. */
  @Override
  public FlagContext merge(@Nullable EvaluationContext overriding) {
    if (overriding == null || overriding.isEmpty()) {
      return this;
    }
    FlagContext other = copyOf(overriding);
    if (isEmpty()) {
      return other;
    }
    Map<String, Value> merged = asMap();
    EvaluationContext.mergeMaps(ImmutableStructure::new, merged, other.readOnly);
    return new FlagContext(merged);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return isEqualTo(other);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** Names what it has, and tells no values: they may be somebody's data. */
  @Override
  public String toString() {
    return "FlagContext" + new TreeSet<>(values.keySet());
  }
}
