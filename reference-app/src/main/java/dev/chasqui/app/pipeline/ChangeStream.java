package dev.chasqui.app.pipeline;

import dev.chasqui.app.store.Changes;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Changes as entries of the Redis Stream {@value #KEY}. The id of an entry is {@code <revision>-0}.
 * Fields: {@code trace} (of the change) and those of its sending, {@code committed} and {@code published} (milliseconds since 1970), {@code
 * edits} (a JSON list) and {@code moved} (a JSON list of device keys). Where the two lists would be
 * larger than {@link #LARGE} there is {@code large} instead, and nodes read PostgreSQL.
 */
final class ChangeStream {
  static final String KEY = "chasqui:changes";
  /** As traces call it. */
  static final String NAME = "config.changes";
  /** Characters of JSON, of both lists together. */
  static final int LARGE = 256 * 1024;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Changes changes;

  ChangeStream(Changes changes) {
    this.changes = changes;
  }

  static String id(long revision) {
    return revision + "-0";
  }

  static long revision(String id) {
    return Long.parseLong(id.substring(0, id.indexOf('-')));
  }

  /** The change as PostgreSQL has it; empty if there is none of this revision. */
  Optional<ChangeEvent> fromPostgres(long revision) {
    return changes
        .find(revision)
        .map(change -> new ChangeEvent(
            revision,
            change.traceParent(),
            change.committedAt(),
            null,
            changes.profileEditsOf(revision),
            changes.devicesMovedBy(revision)));
  }

  static Map<String, String> fields(ChangeEvent event, Instant now) {
    Map<String, String> fields = new HashMap<>();
    fields.put("trace", event.traceParent());
    fields.put("committed", Long.toString(event.committedAt().toEpochMilli()));
    fields.put("published", Long.toString(now.toEpochMilli()));
    ArrayNode edits = JsonNodeFactory.instance.arrayNode();
    event.edits().forEach(edit -> edits.add(ProfileJson.write(edit)));
    ArrayNode moved = JsonNodeFactory.instance.arrayNode();
    event.moved().forEach(moved::add);
    String editsText = edits.toString();
    String movedText = moved.toString();
    if (editsText.length() + movedText.length() > LARGE) {
      fields.put("large", "true");
    } else {
      fields.put("edits", editsText);
      fields.put("moved", movedText);
    }
    return fields;
  }

  /** Reads an entry; of a large one, or one that it cannot read, the lists come from PostgreSQL. */
  Optional<ChangeEvent> read(long revision, Map<String, String> fields) {
    String edits = fields.get("edits");
    String moved = fields.get("moved");
    if (edits == null || moved == null) {
      return fromPostgres(revision);
    }
    try {
      return Optional.of(new ChangeEvent(
          revision,
          fields.getOrDefault("trace", ""),
          instant(fields.get("committed")),
          instant(fields.get("published")),
          readEdits(edits),
          readMoved(moved)));
    } catch (RuntimeException e) { // whatever is wrong with it, PostgreSQL is the truth
      return fromPostgres(revision);
    }
  }

  private static Instant instant(@Nullable String millis) {
    if (millis == null) {
      throw new IllegalArgumentException("a time is missing");
    }
    return Instant.ofEpochMilli(Long.parseLong(millis));
  }

  private static List<ProfileEdits> readEdits(String text) {
    List<ProfileEdits> edits = new ArrayList<>();
    for (JsonNode edit : JSON.readTree(text)) {
      edits.add(ProfileJson.readEdits(edit));
    }
    return edits;
  }

  private static List<String> readMoved(String text) {
    List<String> moved = new ArrayList<>();
    for (JsonNode device : JSON.readTree(text)) {
      moved.add(device.stringValue());
    }
    return moved;
  }
}
