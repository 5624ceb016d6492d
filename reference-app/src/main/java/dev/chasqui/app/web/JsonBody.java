package dev.chasqui.app.web;

import dev.chasqui.app.store.Database;
import dev.chasqui.app.store.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A JSON object of a request, read strictly. Collects what is wrong, by JSON pointer. */
final class JsonBody {
  private static final JsonMapper MAPPER = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private final JsonNode json;
  private final String pointer;
  private final List<Problem> problems;

  private JsonBody(JsonNode json, String pointer, List<Problem> problems) {
    this.json = json;
    this.pointer = pointer;
    this.problems = problems;
  }

  /** Reads an object. */
  static JsonBody read(byte[] body) {
    JsonBody read = new JsonBody(parse(body), "", new ArrayList<>());
    if (!read.json.isObject()) {
      throw HttpProblem.badRequest(
          "", "wrong-type", "the body must be an object, was " + typeName(read.json));
    }
    return read;
  }

  /** Any JSON value. */
  static JsonNode parse(byte[] body) {
    JsonNode json;
    try {
      json = MAPPER.readTree(body);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      String place =
          at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
      throw HttpProblem.badRequest(
          at == null ? "body" : "line " + at.getLineNr() + ", column " + at.getColumnNr(),
          "malformed-json",
          "malformed JSON: " + place + e.getOriginalMessage());
    }
    if (json.isMissingNode()) {
      throw HttpProblem.badRequest("body", "malformed-json", "malformed JSON: the body is empty");
    }
    refuseUnstorable(json, "");
    return json;
  }

  /** PostgreSQL keeps no NUL, nothing keeps half a character, and JSON has no infinity. */
  private static void refuseUnstorable(JsonNode json, String at) {
    if (json.isString() && !Database.canKeep(json.stringValue())) {
      throw HttpProblem.badRequest(at, "bad-text", at + " has a NUL or half a surrogate pair");
    }
    if (json.isNumber() && !Double.isFinite(json.numberValue().doubleValue())) {
      throw HttpProblem.badRequest(at, "bad-number", at + " is beyond the range of a double");
    }
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      if (!Database.canKeep(member.getKey())) {
        throw HttpProblem.badRequest(at, "bad-text", at + " has a name with a NUL or half a pair");
      }
      refuseUnstorable(member.getValue(), at + '/' + escaped(member.getKey()));
    }
    if (json.isArray()) {
      for (int i = 0; i < json.size(); i++) {
        refuseUnstorable(json.get(i), at + '/' + i);
      }
    }
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  JsonNode json() {
    return json;
  }

  String pointer() {
    return pointer;
  }

  /** Refuses members of other names: they are more often misspelt than new. */
  JsonBody only(String... names) {
    for (String name : json.propertyNames()) {
      if (!List.of(names).contains(name)) {
        problem(
            '/' + escaped(name),
            "unknown-member",
            "there is no member \"" + name + "\" here, only " + new TreeSet<>(List.of(names)));
      }
    }
    return this;
  }

  /** A string; empty if it is wrong. */
  String text(String name) {
    JsonNode member = json.get(name);
    if (member == null || !member.isString()) {
      problem(
          '/' + name,
          member == null ? "missing" : "wrong-type",
          name + " must be a string, was " + typeName(member));
      return "";
    }
    return member.stringValue();
  }

  /** A string that may be left out. */
  String text(String name, String fallback) {
    return json.has(name) ? text(name) : fallback;
  }

  /** A whole number of 32 bits that may be left out. */
  int number(String name, int fallback) {
    JsonNode member = json.get(name);
    if (member == null) {
      return fallback;
    }
    if (!member.isIntegralNumber() || !member.canConvertToInt()) {
      problem(
          '/' + name,
          "wrong-type",
          name + " must be a whole number of 32 bits, was " + typeName(member));
      return fallback;
    }
    return member.intValue();
  }

  boolean flag(String name) {
    JsonNode member = json.get(name);
    if (member != null && !member.isBoolean()) {
      problem('/' + name, "wrong-type", name + " must be true or false, was " + typeName(member));
    }
    return member != null && member.isBoolean() && member.booleanValue();
  }

  /** The objects of a list. */
  List<JsonBody> objects(String name) {
    List<JsonBody> objects = new ArrayList<>();
    JsonNode list = json.get(name);
    if (list == null || !list.isArray()) {
      problem(
          '/' + name,
          list == null ? "missing" : "wrong-type",
          name + " must be a list, was " + typeName(list));
      return objects;
    }
    for (int i = 0; i < list.size(); i++) {
      JsonBody object = new JsonBody(list.get(i), pointer + '/' + name + '/' + i, problems);
      if (list.get(i).isObject()) {
        objects.add(object);
      } else {
        object.problem("", "wrong-type", "must be an object, was " + typeName(list.get(i)));
      }
    }
    return objects;
  }

  /** The strings of a list that may be left out. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    JsonNode list = json.get(name);
    if (list == null) {
      return texts;
    }
    boolean strings = list.isArray();
    for (JsonNode text : list) {
      strings &= text.isString();
    }
    if (!strings) {
      problem('/' + name, "wrong-type", name + " must be a list of strings");
      return texts;
    }
    list.forEach(text -> texts.add(text.stringValue()));
    return texts;
  }

  void problem(String at, String rule, String message) {
    problems.add(new Problem(pointer + at, rule, message));
  }

  /** Throws what was found wrong, if anything was. */
  void check() {
    if (!problems.isEmpty()) {
      throw HttpProblem.refused(problems);
    }
  }

  private static String typeName(@Nullable JsonNode json) {
    return json == null ? "missing" : json.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
  }
}
