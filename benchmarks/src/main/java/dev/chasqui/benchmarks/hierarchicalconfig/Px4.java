package dev.chasqui.benchmarks.hierarchicalconfig;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The settings and airframes of PX4, from {@code settings.json} and {@code profiles.json}. */
final class Px4 {
  /** Members by PX4's name for them and ours. */
  private static final Map<String, String> MEMBERS = Map.of(
      "key",
      "key",
      "default",
      "default",
      "min",
      "min",
      "max",
      "max",
      "increment",
      "step",
      "unit",
      "unit");

  private Px4() {}

  static Catalogue catalogue(Path folder) {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    for (JsonNode setting : read(folder.resolve("settings.json"))) {
      declare(setting, manifest.withArrayProperty("settings").addObject());
    }
    return Manifest.read(manifest);
  }

  private static void declare(JsonNode setting, ObjectNode ours) {
    ours.put("type", setting.get("type").stringValue().equals("int") ? "int" : "double");
    MEMBERS.forEach((theirs, name) -> {
      if (setting.has(theirs)) {
        ours.set(name, setting.get(theirs));
      }
    });
    setting.path("values").properties().forEach(code -> {
      ObjectNode choice = ours.withArrayProperty("choices").addObject();
      choice.put("value", Double.parseDouble(code.getKey()));
      choice.set("label", code.getValue());
    });
  }

  /** What all airframes override, shuffled, without what the catalogue does not know or refuses. */
  static List<Sample.Candidate> overrides(Path folder, Catalogue catalogue, Random random) {
    List<Sample.Candidate> overrides = new ArrayList<>();
    for (JsonNode profile : read(folder.resolve("profiles.json"))) {
      profile.get("values").properties().forEach(entry -> {
        Setting<?> setting = catalogue.find(entry.getKey());
        if (setting != null && setting.check(entry.getValue()) == null) {
          overrides.add(
              new Sample.Candidate(entry.getKey(), (Number) setting.read(entry.getValue())));
        }
      });
    }
    Collections.shuffle(overrides, random);
    return overrides;
  }

  private static JsonNode read(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }
}
