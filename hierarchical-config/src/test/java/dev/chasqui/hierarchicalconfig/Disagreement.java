package dev.chasqui.hierarchicalconfig;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Where a resolver and the naive one differ, on as small a case as shows it. */
record Disagreement(JsonNode smallest, String expected, String actual) {

  /** What {@code resolver} gets wrong of {@code config}, or null; to throw is to be wrong too. */
  static @Nullable Disagreement of(JsonNode config, UnaryOperator<JsonNode> resolver) {
    if (agree(config, answer(config, resolver))) {
      return null;
    }
    JsonNode smallest =
        Shrinker.shrink(config, smaller -> !agree(smaller, answer(smaller, resolver)));
    return new Disagreement(
        smallest, text(NaiveResolver.resolve(smallest)), answer(smallest, resolver));
  }

  /** Whether {@code answer}, which may have a fingerprint, is what the naive one gives. */
  static boolean agree(JsonNode config, JsonNode answer) {
    return agree(config, text(answer));
  }

  private static boolean agree(JsonNode config, String answer) {
    return text(NaiveResolver.resolve(config)).equals(answer);
  }

  private static String answer(JsonNode config, UnaryOperator<JsonNode> resolver) {
    try {
      return text(resolver.apply(config));
    } catch (RuntimeException e) {
      return e.toString();
    }
  }

  private static String text(JsonNode answer) {
    ObjectNode compared = answer.deepCopy().asObject();
    compared.remove("fingerprint");
    StringBuilder text = new StringBuilder();
    CanonicalJson.write(compared, text);
    return text.toString();
  }

  @Override
  public String toString() {
    // The name has the seed.
    return smallest + "\nby SPEC.md: " + expected + "\nbut was:    " + actual;
  }
}
