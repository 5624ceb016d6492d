package dev.chasqui.benchmarks.featureflags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The same users for all: a key and five attributes. A quarter of them match the rule. */
public final class Users {
  public static final int COUNT = 1024; // a power of two

  private static final String[] COUNTRIES = {"DE", "FR", "US", "JP", "NL", "BR", "PL", "IN"};

  private Users() {}

  /** Makes them all. */
  public static <T> Object[] all(IntFunction<T> make) {
    return IntStream.range(0, COUNT).mapToObj(make).toArray();
  }

  public static String key(int i) {
    return "user-" + (100_000 + i);
  }

  public static Map<String, Object> attributes(int i) {
    return Map.of(
        "email",
        "someone." + i + (i % 2 == 0 ? "@corp.example" : "@mail.example"),
        "country",
        COUNTRIES[(i / 2) % COUNTRIES.length],
        "plan",
        "pro",
        "age",
        20 + i % 50,
        "beta",
        i % 3 == 0);
  }

  /** As OpenFeature's own context. */
  public static EvaluationContext openFeature(int i) {
    Map<String, Value> values = new java.util.HashMap<>();
    attributes(i).forEach((name, value) -> values.put(name, Value.objectToValue(value)));
    return new ImmutableContext(key(i), values);
  }

  /** Whether the rule holds of one. */
  public static boolean matches(int i) {
    return i % 2 == 0 && Flags.COUNTRIES.contains((String) attributes(i).get("country"));
  }
}
