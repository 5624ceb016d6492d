package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.JsonFormatException;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Variants;
import dev.chasqui.hierarchicalconfig.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What entries say besides their value, as it is stored: an object with {@code when} and {@code variants}, or null for neither. */
final class EntryRules {
  private EntryRules() {}

  static Entry entry(JsonNode value, @Nullable ObjectNode rules, long revision, String author) {
    if (rules == null) {
      return new Entry(value, revision, author);
    }
    ObjectNode json = rules.deepCopy();
    json.set("value", value);
    json.put("revision", revision);
    json.put("author", author);
    return ProfileJson.readEntry(json);
  }

  static @Nullable ObjectNode read(@Nullable String column) {
    return column == null ? null : (ObjectNode) Json.read(column);
  }

  /** What an edit leaves of what was there: members that it does not have stay, and go where they are JSON's null. */
  static @Nullable ObjectNode edited(@Nullable ObjectNode before, Changes.Edit edit) {
    if (edit.value() == null) {
      return null;
    }
    ObjectNode all = before == null ? JsonNodeFactory.instance.objectNode() : before.deepCopy();
    given(edit).forEach((name, json) -> {
      if (json.isNull()) {
        all.remove(name);
      } else {
        all.set(name, ProfileJson.write(entryWith(name, json)).get(name)); // in its one form
      }
    });
    return all.isEmpty() ? null : all;
  }

  /** Refuses rules that no device could evaluate, and values that its setting does not allow. */
  static List<Problem> check(Changes.Edit edit, Settings settings, Catalogue catalogue) {
    List<Problem> problems = new ArrayList<>();
    given(edit).forEach((name, json) -> {
      if (json.isNull()) {
        return;
      }
      String field = edit.beside(name);
      Entry entry;
      try {
        entry = entryWith(name, json);
      } catch (JsonFormatException e) {
        problems.add(new Problem(
            edit.beside(e.pointer().isEmpty() ? name : e.pointer().substring(1)),
            "bad-" + name,
            edit.key() + " at " + edit.scope() + ": " + e.getMessage()));
        return;
      }
      if (entry.when() != null) {
        checkRule(entry.when(), settings, edit, field, problems);
      }
      if (entry.variants() != null) {
        checkArms(entry.variants(), catalogue, edit, field, problems);
      }
    });
    return problems;
  }

  private static void checkRule(
      JsonNode rule, Settings settings, Changes.Edit edit, String field, List<Problem> problems) {
    try {
      settings.targeting().check(rule);
    } catch (IllegalArgumentException e) {
      problems.add(Problem.of(
          field,
          new Violation(
              Violation.Rule.BAD_RULE,
              edit.key(),
              edit.scope(),
              "\"when\" is a rule that cannot be evaluated: " + e.getMessage())));
    }
  }

  private static void checkArms(
      Variants variants,
      Catalogue catalogue,
      Changes.Edit edit,
      String field,
      List<Problem> problems) {
    for (int i = 0; i < variants.arms().size(); i++) {
      Violation violation = catalogue.check(edit.key(), variants.arms().get(i).value());
      if (violation != null) {
        Scope scope = edit.scope();
        problems.add(Problem.of(field + "/arms/" + i + "/value", violation.at(scope)));
      }
    }
  }

  private static Map<String, JsonNode> given(Changes.Edit edit) {
    Map<String, JsonNode> given = new TreeMap<>();
    if (edit.when() != null) {
      given.put("when", edit.when());
    }
    if (edit.variants() != null) {
      given.put("variants", edit.variants());
    }
    return given;
  }

  private static Entry entryWith(String name, JsonNode json) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("value", 0).put("revision", 0);
    entry.set(name, json);
    return ProfileJson.readEntry(entry);
  }
}
