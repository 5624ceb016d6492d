package dev.chasqui.app.importing;

import dev.chasqui.app.store.Changes;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.JsonFormatException;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** One file going into one change. Lives on one thread. */
final class ImportRun {
  private static final List<String> SECTIONS = List.of("settings", "fleet", "profiles");
  private static final Set<String> PROFILE_MEMBERS = Set.of("scope", "entries");
  private static final int BATCH = 1_000;

  private final JsonParser parser;
  private final ValueReader reader;
  private final Changes.Draft draft;
  private final boolean keepGoing;
  private final IntConsumer progress;

  private final List<Problem> problems = new ArrayList<>();
  private int refusals;
  private int items;
  private int settings;
  private int nodes;
  private int edits;

  private final Set<String> declared = new HashSet<>();
  private final List<Setting<?>> settingBatch = new ArrayList<>();
  private final List<Node> nodeBatch = new ArrayList<>();
  private final List<Changes.Edit> editBatch = new ArrayList<>();
  /** Of what is in the batch, by pointer. */
  private final Map<String, Place> places = new LinkedHashMap<>();

  private int batchCharacters;

  ImportRun(JsonParser parser, Changes.Draft draft, boolean keepGoing, IntConsumer progress) {
    this.parser = parser;
    this.reader = new ValueReader(parser);
    this.draft = draft;
    this.keepGoing = keepGoing;
    this.progress = progress;
  }

  ImportReport run() {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw malformed("", "the document must be an object with some of " + SECTIONS);
    }
    int last = -1;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      last = section(parser.currentName(), last);
    }
    if (parser.nextToken() != null) {
      throw malformed("", "there must be one document, another begins");
    }
    if (!keepGoing && refusals > 0) {
      throw new RefusedException(problems);
    }
    OptionalLong revision = draft.finish();
    return new ImportReport(settings, nodes, edits, revision, refusals, problems);
  }

  private int section(String name, int last) {
    int index = SECTIONS.indexOf(name);
    String pointer = ValueReader.pointer("", name);
    if (index < 0) {
      throw malformed(pointer, "no section \"" + name + "\", only " + SECTIONS);
    }
    if (index <= last) {
      throw malformed(
          pointer,
          "sections stand in the order " + SECTIONS + ", each once; \"" + name + "\" comes after \""
              + SECTIONS.get(last) + '"');
    }
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw malformed(pointer, "section \"" + name + "\" must be a list");
    }
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      reader.beginItem();
      String item = pointer + '/' + i;
      switch (index) {
        case 0 -> setting(item);
        case 1 -> node(item);
        default -> profile(item);
      }
      batchCharacters += reader.characters();
      flushIf(batchCharacters > ImportLimits.ITEM);
    }
    flushIf(true);
    return index;
  }

  private void setting(String pointer) {
    ValueReader.Value value = reader.read(pointer);
    if (value.problem() != null) {
      refuse(value.problem());
      return;
    }
    if (!value.json().isObject()) {
      refuse(value.place().problem(pointer, "wrong-type", "a declaration must be an object"));
      return;
    }
    try {
      Setting<?> setting = Manifest.readSetting(value.json());
      if (declared.add(setting.key())) {
        settingBatch.add(setting);
        put(pointer, value.place());
      } else {
        refuse(value
            .place()
            .problem(pointer, "duplicate", setting.key() + ": is declared twice in this file"));
      }
    } catch (JsonFormatException e) {
      refuse(value
          .place()
          .problem(pointer + e.pointer(), Violation.Rule.BAD_DECLARATION.code(), e.getMessage()));
    }
  }

  private void node(String pointer) {
    ValueReader.Value value = reader.read(pointer);
    if (value.problem() != null) {
      refuse(value.problem());
      return;
    }
    try {
      nodeBatch.add(NodeJson.read(value.json(), pointer));
      put(pointer, value.place());
    } catch (RefusedException e) {
      for (Problem problem : e.problems()) {
        refuse(value.place().problem(problem.field(), problem.rule(), problem.message()));
      }
    }
  }

  /** An entry read before the scope it is for may be known. */
  private record Entry(String key, ValueReader.Value value) {}

  private void profile(String pointer) {
    Place place = reader.place();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      reader.read(pointer);
      refuse(place.problem(
          pointer, "wrong-type", "a profile must be an object with \"scope\" and \"entries\""));
      return;
    }
    List<Problem> wrong = new ArrayList<>();
    Map<String, Entry> entries = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    Scope scope = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = reader.name();
      Place namePlace = reader.place();
      String member = ValueReader.pointer(pointer, name);
      parser.nextToken();
      if (!PROFILE_MEMBERS.contains(name)) {
        reader.read(member);
        wrong.add(namePlace.problem(
            member,
            "unknown-member",
            "a profile has no member \"" + name + "\", only \"scope\" and \"entries\""));
      } else if (!seen.add(name)) {
        reader.read(member);
        wrong.add(namePlace.problem(member, "duplicate", "member \"" + name + "\" is there twice"));
      } else if (name.equals("scope")) {
        scope = scope(reader.read(member), member, wrong);
      } else {
        entries(member, entries, wrong);
      }
    }
    for (String member : List.of("scope", "entries")) {
      if (!seen.contains(member)) {
        wrong.add(
            place.problem(pointer, "missing-member", "a profile needs a member \"" + member + '"'));
      }
    }
    if (reader.tooLarge()) {
      refuse(place.problem(pointer, "too-large", "a profile may have " + ValueReader.ITEM_LIMIT));
      return;
    }
    if (scope == null || !wrong.isEmpty()) {
      wrong.forEach(this::refuse);
      return;
    }
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      edit(entry.getKey(), scope, entry.getValue());
    }
  }

  private static @Nullable Scope scope(
      ValueReader.Value value, String pointer, List<Problem> wrong) {
    if (value.problem() != null) {
      wrong.add(value.problem());
      return null;
    }
    try {
      return NodeJson.scope(value.json(), pointer);
    } catch (RefusedException e) {
      e.problems()
          .forEach(problem ->
              wrong.add(value.place().problem(problem.field(), problem.rule(), problem.message())));
      return null;
    }
  }

  /** Reads entries into a map by pointer. Of a key that is there twice, none counts. */
  private void entries(String pointer, Map<String, Entry> entries, List<Problem> wrong) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      ValueReader.Value value = reader.read(pointer);
      wrong.add(value
          .place()
          .problem(pointer, "wrong-type", "\"entries\" must be an object of setting key to value"));
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = reader.name();
      String inner = ValueReader.pointer(pointer, key);
      Place place = reader.place();
      parser.nextToken();
      ValueReader.Value value = reader.read(inner);
      if (entries.containsKey(inner)) {
        value = new ValueReader.Value(
            value.json(),
            place,
            place.problem(inner, "duplicate", key + ": is there twice, neither is taken"));
      }
      if (reader.tooLarge()) {
        entries.clear(); // read on only to find the end
        continue;
      }
      entries.put(inner, new Entry(key, value));
    }
  }

  private void edit(String pointer, Scope scope, Entry entry) {
    ValueReader.Value value = entry.value();
    if (value.problem() != null) {
      refuse(value.problem());
    } else if (value.json().isNull()) {
      refuse(value
          .place()
          .problem(
              pointer,
              "no-value",
              scope + ": " + entry.key()
                  + ": must have a value, was null; an import removes nothing"));
    } else {
      editBatch.add(new Changes.Edit(scope, entry.key(), value.json(), pointer));
      put(pointer, value.place());
    }
  }

  private void put(String pointer, Place place) {
    places.put(pointer, place);
    flushIf(places.size() >= BATCH);
  }

  private void flushIf(boolean due) {
    if (!due) {
      return;
    }
    int before = refusals;
    if (!settingBatch.isEmpty()) {
      draft.declare(settingBatch);
      settings += settingBatch.size();
    }
    if (!nodeBatch.isEmpty()) {
      List<Problem> refused = draft.enrol(nodeBatch, List.copyOf(places.keySet()));
      refused.forEach(this::refusePlaced);
      nodes += nodeBatch.size() - refused.size();
    }
    if (!editBatch.isEmpty()) {
      List<Problem> refused = draft.edit(editBatch);
      refused.forEach(this::refusePlaced);
      edits += editBatch.size() - refused.size();
    }
    items += places.size();
    settingBatch.clear();
    nodeBatch.clear();
    editBatch.clear();
    places.clear();
    batchCharacters = 0;
    if (items > 0 || before != refusals) {
      progress.accept(items + refusals);
    }
  }

  private void refusePlaced(Problem problem) {
    String pointer = problem.field();
    Place place = places.get(pointer);
    while (place == null && !pointer.isEmpty()) { // of a member of the item
      pointer = pointer.substring(0, pointer.lastIndexOf('/'));
      place = places.get(pointer);
    }
    refuse(
        place == null
            ? problem
            : place.problem(problem.field(), problem.rule(), problem.message()));
  }

  private void refuse(Problem problem) {
    refusals++;
    if (problems.size() < ImportLimits.PROBLEMS) {
      problems.add(problem);
    } else if (!keepGoing) {
      problems.add(new Problem(
          "",
          "more",
          "stopped after " + ImportLimits.PROBLEMS + " problems, there may be more further down"));
      throw new RefusedException(problems);
    }
  }

  private RefusedException malformed(String pointer, String message) {
    return new RefusedException(List.of(reader.place().problem(pointer, "malformed", message)));
  }
}
