package dev.chasqui.hierarchicalconfig;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads members of documents; what is missing or of a wrong type is refused by its place. */
final class JsonMembers {
  private JsonMembers() {}

  /** A member that must be there. {@code place} stands before its name in errors. */
  static JsonNode required(JsonNode json, String place, String name) {
    JsonNode member = json.get(name);
    if (member == null) {
      throw new IllegalArgumentException("member \"" + place + Setting.cut(name) + "\" is missing");
    }
    return member;
  }

  /** The value of a member that must be there. */
  static <T> T read(JsonNode json, String place, String name, SettingType<T> type) {
    return value(required(json, place, name), place + Setting.cut(name), type);
  }

  /** The value of a member, or null if it is not there. */
  static <T> @Nullable T readIfThere(
      JsonNode json, String place, String name, SettingType<T> type) {
    JsonNode member = json.get(name);
    return member == null ? null : value(member, place + Setting.cut(name), type);
  }

  private static <T> T value(JsonNode member, String name, SettingType<T> type) {
    T value = type.decode(member);
    if (value == null) {
      throw wrong(name, type.rule(), member);
    }
    return value;
  }

  static IllegalArgumentException wrong(String name, String rule, JsonNode was) {
    return new IllegalArgumentException(
        "member \"" + name + "\" must be " + rule + ", was " + Setting.shown(was));
  }
}
