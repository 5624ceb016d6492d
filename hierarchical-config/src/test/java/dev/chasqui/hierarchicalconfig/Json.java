package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON as tests write it: apostrophes stand for quotes. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Json() {}

  static JsonNode json(String text) {
    return MAPPER.readTree(text.replace('\'', '"'));
  }

  /** Refused as no document of its kind; a message that starts with a JSON pointer has that of the fault. */
  static void assertMalformed(ThrowingCallable read, String message) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            JsonFormatException.class,
            e -> assertThat(e.pointer())
                .isEqualTo(
                    message.startsWith("/") ? message.split(": | (?=is|must|has|\")", 2)[0] : ""))
        .hasMessageContaining(message);
  }
}
