package dev.chasqui.pointcache;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
  /** What bytes become that are not UTF-8. */
  private static final char NO_CHARACTER = '\uFFFD';

  /** By byte: whether it stands for itself within quotes, alone or as a part of a character. */
  private static final boolean[] PLAIN = new boolean[256];

  static {
    Arrays.fill(PLAIN, ' ', PLAIN.length, true);
    PLAIN['"'] = false;
    PLAIN['\\'] = false;
  }

  private Payload() {}

  /** Null if it is not one. */
  static @Nullable List<@Nullable String> read(byte[] bytes, int from) {
    List<@Nullable String> plain = readPlain(bytes, from);
    return plain == null ? readAny(bytes, from) : plain;
  }

  /**
   * Null if something is escaped, or is not as {@link #write} writes it, or is not UTF-8: a parser takes longer than
   * Redis does, where a hundred values are read at once.
   */
  static @Nullable List<@Nullable String> readPlain(byte[] bytes, int from) {
    List<@Nullable String> texts = new ArrayList<>();
    int last = bytes.length - 1;
    int at = from;
    byte before = '[';
    while (at < last && bytes[at] == before) {
      before = ',';
      int begin = ++at;
      if (bytes[at] == '"') {
        at++;
        while (at < last && PLAIN[bytes[at] & 0xff]) {
          at++;
        }
        if (at > last || bytes[at] != '"') {
          return null;
        }
        String text = new String(bytes, begin + 1, at - begin - 1, StandardCharsets.UTF_8);
        if (text.indexOf(NO_CHARACTER) >= 0) {
          return null;
        }
        texts.add(text);
        at++;
      } else if (Arrays.equals(bytes, at, Math.min(at + NULL.length, last), NULL, 0, NULL.length)) {
        texts.add(null);
        at += NULL.length;
      } else {
        return null;
      }
    }
    return at == last && before == ',' && bytes[at] == ']' ? texts : null;
  }

  static @Nullable List<@Nullable String> readAny(byte[] bytes, int from) {
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
