package dev.chasqui.pointcache;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What a value holds: texts and nulls, as a JSON array (SPEC 2.5). */
final class Payload {
  private static final JsonFactory JSON = new JsonFactory();

  private Payload() {}

  /** Null if it is not one. */
  static @Nullable List<@Nullable String> read(byte[] bytes, int from) {
    List<@Nullable String> texts = new ArrayList<>();
    try (JsonParser parser =
        JSON.createParser(ObjectReadContext.empty(), bytes, from, bytes.length - from)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        return null;
      }
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          texts.add(parser.getString());
        } else if (token == JsonToken.VALUE_NULL) {
          texts.add(null);
        } else {
          return null;
        }
      }
      return parser.nextToken() == null ? texts : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  static String write(List<? extends @Nullable String> texts) {
    StringWriter json = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), json)) {
      generator.writeStartArray();
      for (String text : texts) {
        if (text == null) {
          generator.writeNull();
        } else {
          generator.writeString(text);
        }
      }
      generator.writeEndArray();
    }
    return json.toString();
  }
}
