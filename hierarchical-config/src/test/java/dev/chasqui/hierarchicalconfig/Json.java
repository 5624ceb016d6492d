package dev.chasqui.hierarchicalconfig;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON as tests write it: apostrophes stand for quotes. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Json() {}

  static JsonNode json(String text) {
    return MAPPER.readTree(text.replace('\'', '"'));
  }
}
