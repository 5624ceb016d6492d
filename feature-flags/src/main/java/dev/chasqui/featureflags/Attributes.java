package dev.chasqui.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code var} reads: attributes that are fixed for this process, which win, and those of a context.
 *
 * <p><b>Threads:</b> immutable, if the fixed context is.
 */
record Attributes(EvaluationContext fixed) {
  static final Attributes OF_CONTEXTS_ALONE = new Attributes(new ImmutableContext());

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if a targeting key is fixed: it is whoever is asked for that has one
   */
  Attributes {
    if (fixed.getTargetingKey() != null) {
      throw new IllegalArgumentException(
          "a static context must have no targeting key, but has " + fixed.getTargetingKey());
    }
  }

  /** Its value where it is fixed, else {@link Coercion#MISSING}. */
  @Nullable
  Object fixed(String name) {
    return of(fixed, name);
  }

  /** An attribute; {@link Coercion#MISSING} where there is none. */
  @Nullable
  Object get(EvaluationContext context, String name) {
    Object value = of(fixed, name);
    return Coercion.isMissing(value) ? of(context, name) : value;
  }

  private static @Nullable Object of(EvaluationContext context, String name) {
    if (name.equals(EvaluationContext.TARGETING_KEY)) {
      String key = context.getTargetingKey();
      return key == null ? Coercion.MISSING : key;
    }
    return Coercion.member(context, name);
  }

  /** All there is. Like a variable's, its first name decides whose a structure is. */
  EvaluationContext all(EvaluationContext context) {
    if (fixed.isEmpty()) {
      return context;
    }
    Map<String, Value> all = new HashMap<>(context.asMap());
    all.putAll(fixed.asMap());
    return new ImmutableContext(context.getTargetingKey(), all);
  }

  /** What is at the end of a path, {@link Coercion#MISSING} where it leads nowhere. */
  @Nullable
  Object find(String[] path, EvaluationContext context) {
    return descend(get(context, path[0]), path, 1);
  }

  /** As {@link #find}, from an element of an array. */
  static @Nullable Object findIn(@Nullable Object item, String[] path) {
    return descend(item, path, 0);
  }

  private static @Nullable Object descend(@Nullable Object from, String[] path, int start) {
    Object found = from;
    for (int i = start; i < path.length; i++) {
      if (found == null || Coercion.isMissing(found)) {
        return Coercion.MISSING;
      }
      found = Coercion.member(found, path[i]);
    }
    return found;
  }

  static String[] path(String text) {
    return text.split("\\.", -1);
  }
}
