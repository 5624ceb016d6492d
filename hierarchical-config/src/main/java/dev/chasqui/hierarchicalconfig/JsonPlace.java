package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A value in a document, and where it stands. All readers go by it, so that what they refuse is refused
 * in one way. Where it stands is only put into words when something is wrong.
 */
final class JsonPlace {
  /** What documents have round values: {@code /entries/key/variants/arms/0/value} at most. */
  private static final int FRAME = 10;

  private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder()
              .maxNestingDepth(PlainJson.MAXIMUM_DEPTH + FRAME)
              .build())
          .build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private final @Nullable JsonPlace parent;
  private final String step;
  private final JsonNode json;

  private JsonPlace(@Nullable JsonPlace parent, String step, JsonNode json) {
    this.parent = parent;
    this.step = step;
    this.json = json;
  }

  /** A whole document. */
  static JsonPlace of(JsonNode document) {
    return new JsonPlace(null, "", document);
  }

  /**
   * Reads a whole document. Stricter than Jackson is by itself: no name twice in an object, nothing
   * after the end, no nesting that values could not have.
   */
  static JsonPlace parse(String text) {
    try (JsonParser parser = STRICT.createParser(text)) {
      try {
        if (parser.nextToken() == null) {
          throw new JsonFormatException("", "the document is empty", null);
        }
        return of(STRICT.readTree(parser));
      } catch (JacksonException e) {
        String pointer = parser.streamReadContext().pathAsPointer().toString();
        String where = pointer.isEmpty() ? "" : " in " + JsonFormatException.shown(pointer);
        throw new JsonFormatException(
            pointer,
            "no JSON at " + shown(e.getLocation()) + where + ": "
                + Setting.cut(String.valueOf(e.getOriginalMessage())),
            e);
      }
    }
  }

  private static String shown(@Nullable TokenStreamLocation location) {
    return location == null
        ? "an unknown place"
        : "line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /** The value itself. */
  JsonNode json() {
    return json;
  }

  String pointer() {
    return parent == null
        ? ""
        : parent.pointer() + '/' + step.replace("~", "~0").replace("/", "~1");
  }

  /** The member of this name, or null if there is none. */
  @Nullable
  JsonPlace member(String name) {
    JsonNode member = json.get(name);
    return member == null ? null : new JsonPlace(this, name, member);
  }

  /** The member of this name, which must be there. */
  JsonPlace required(String name) {
    JsonPlace member = member(name);
    if (member == null) {
      if (!json.isObject()) {
        throw mustBe("an object");
      }
      throw new JsonPlace(this, name, json).wrong("is missing");
    }
    return member;
  }

  /** All members; this must be an object. */
  Map<String, JsonPlace> members() {
    if (!json.isObject()) {
      throw mustBe("an object");
    }
    Map<String, JsonPlace> members = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      members.put(member.getKey(), new JsonPlace(this, member.getKey(), member.getValue()));
    }
    return members;
  }

  /** All elements; this must be a list. */
  List<JsonPlace> elements() {
    if (!json.isArray()) {
      throw mustBe("a list");
    }
    List<JsonPlace> elements = new ArrayList<>(json.size());
    for (int i = 0; i < json.size(); i++) {
      elements.add(new JsonPlace(this, String.valueOf(i), json.get(i)));
    }
    return elements;
  }

  /** The elements of a member; none if there is no such member. */
  List<JsonPlace> elements(String name) {
    JsonPlace member = member(name);
    return member == null ? List.of() : member.elements();
  }

  /** What this stands for, which must be of the type. */
  <T> T read(SettingType<T> type) {
    T value = type.decode(json);
    if (value == null) {
      throw mustBe(type.rule());
    }
    return value;
  }

  /** What a member that must be there stands for. */
  <T> T read(String name, SettingType<T> type) {
    return required(name).read(type);
  }

  /** What a member stands for; null if there is none. */
  <T> @Nullable T readIfThere(String name, SettingType<T> type) {
    JsonPlace member = member(name);
    return member == null ? null : member.read(type);
  }

  /** What {@code made} makes of this; what it refuses without saying where is said to be here. */
  <T> T make(Supplier<T> made) {
    try {
      return made.get();
    } catch (JsonFormatException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String pointer = pointer();
      String message = JsonFormatException.cut(String.valueOf(e.getMessage()));
      throw new JsonFormatException(
          pointer,
          pointer.isEmpty() ? message : JsonFormatException.shown(pointer) + ": " + message,
          e);
    }
  }

  JsonFormatException mustBe(String rule) {
    return wrong("must be " + rule + ", was " + Setting.shown(json));
  }

  /**
   * @param problem follows the place in a sentence
   */
  JsonFormatException wrong(String problem) {
    String pointer = pointer();
    String subject = pointer.isEmpty() ? "the document" : JsonFormatException.shown(pointer);
    return new JsonFormatException(pointer, subject + ' ' + problem, null);
  }
}
