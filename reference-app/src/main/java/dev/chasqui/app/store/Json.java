package dev.chasqui.app.store;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON columns. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Json() {}

  static JsonNode read(String text) {
    return MAPPER.readTree(text);
  }

  static @Nullable JsonNode readNullable(@Nullable String text) {
    return text == null ? null : read(text);
  }

  static @Nullable String write(@Nullable JsonNode node) {
    return node == null ? null : node.toString();
  }
}
