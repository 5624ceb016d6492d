package dev.chasqui.featureflags;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a server of flags sends (SPEC.md, 6.2). */
sealed interface StreamEvent {
  /** The whole document. */
  record Whole(FlagDocument document) implements StreamEvent {}

  /** What a document has otherwise than the one before; null: it has no such flag. */
  record Change(long from, long revision, Map<String, @Nullable JsonNode> flags)
      implements StreamEvent {}

  /** Flags that are killed, whatever documents below this revision say. */
  record Kill(long revision, Set<String> keys) implements StreamEvent {}

  /** Nothing is newer than this. */
  record Current(long revision) implements StreamEvent {}

  /**
   * Reads an event.
   *
   * @return null if it is of a type that we do not know
   * @throws FlagFormatException if it is not what its type says
   */
  static @Nullable StreamEvent read(EventParser.Event event) {
    return switch (event.type()) {
      case "flags" -> {
        JsonNode data = json(event);
        yield new Whole(FlagDocument.of(data.get("document"), revision(data, "revision")));
      }
      case "change" -> {
        JsonNode data = json(event);
        Map<String, @Nullable JsonNode> flags = new HashMap<>();
        if (!(data.get("flags") instanceof ObjectNode changed)) {
          throw new FlagFormatException("/flags", "a change must have an object of flags", null);
        }
        changed
            .properties()
            .forEach(flag ->
                flags.put(flag.getKey(), flag.getValue().isNull() ? null : flag.getValue()));
        yield new Change(revision(data, "from"), revision(data, "revision"), flags);
      }
      case "kill" -> {
        JsonNode data = json(event);
        Set<String> keys = new LinkedHashSet<>();
        JsonNode flags = data.get("flags");
        if (flags == null || !flags.isArray()) {
          throw new FlagFormatException("/flags", "a kill must have a list of flags", null);
        }
        flags.forEach(key -> keys.add(key.asString()));
        yield new Kill(revision(data, "revision"), keys);
      }
      case "current" -> new Current(revision(json(event), "revision"));
      default -> null;
    };
  }

  private static JsonNode json(EventParser.Event event) {
    JsonMapper json = JsonMapper.builder(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build())
        .build();
    try {
      JsonNode node = json.readTree(event.data());
      if (node instanceof ObjectNode) {
        return node;
      }
    } catch (JacksonException e) {
      throw new FlagFormatException("", "is no JSON: " + e.getOriginalMessage(), e);
    }
    throw new FlagFormatException("", "must be an object", null);
  }

  private static long revision(JsonNode data, String name) {
    JsonNode revision = data.get(name);
    if (revision == null
        || !revision.isIntegralNumber()
        || !revision.canConvertToLong()
        || revision.asLong() < 0) {
      throw new FlagFormatException("/" + name, "must be a revision, 0 or more", null);
    }
    return revision.asLong();
  }
}
