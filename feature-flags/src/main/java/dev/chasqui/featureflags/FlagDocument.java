package dev.chasqui.featureflags;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Flags as they are written (SPEC.md, 1): JSON that is read, but not yet understood. A {@link FlagSet} is what it means.
 *
 * <p><b>Threads:</b> immutable.
 */
public final class FlagDocument {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY) // cheaper than the parser's own
      .build();

  /** Without a flag. */
  public static final FlagDocument EMPTY = new FlagDocument(
      new LinkedHashMap<>(),
      JsonNodeFactory.instance.objectNode(),
      JsonNodeFactory.instance.objectNode(),
      0);

  private final Map<String, JsonNode> flags; // nobody changes a node once it is here
  private final ObjectNode evaluators;
  private final ObjectNode rest; // metadata, and what we do not know
  private final long revision;

  private FlagDocument(
      Map<String, JsonNode> flags, ObjectNode evaluators, ObjectNode rest, long revision) {
    this.flags = Collections.unmodifiableMap(flags);
    this.evaluators = evaluators;
    this.rest = rest;
    this.revision = revision;
  }

  /**
   * Reads a document. Flags that are wrong are found when it is compiled.
   *
   * @throws FlagFormatException if it is no JSON, has a name twice in an object, or is no object with {@code flags}
   */
  public static FlagDocument parse(String json) {
    return parse(() -> JSON.readTree(json));
  }

  /**
   * Reads a document in UTF-8, with a byte order mark or without.
   *
   * @throws FlagFormatException if it is no UTF-8, no JSON, has a name twice in an object, or is no object with {@code flags}
   */
  public static FlagDocument parse(byte[] json) {
    return parse(() -> JSON.readTree(json));
  }

  private static FlagDocument parse(Supplier<JsonNode> read) {
    JsonNode node;
    try {
      node = read.get();
    } catch (JacksonException e) {
      throw new FlagFormatException("", "is no JSON: " + e.getOriginalMessage(), e);
    }
    return of(node, 0);
  }

  /**
   * Takes a document that is read already.
   *
   * @param revision its place in the order of its source's documents, 0 if it has none
   * @throws FlagFormatException if it is no object with {@code flags}
   */
  static FlagDocument of(@Nullable JsonNode node, long revision) {
    if (!(node instanceof ObjectNode document)) {
      throw new FlagFormatException("", "a flag document must be an object", null);
    }
    ObjectNode rest = document.objectNode().setAll(document);
    ObjectNode flags = object(rest.remove("flags"), "/flags");
    if (flags == null) {
      throw new FlagFormatException("/flags", "a flag document must have flags", null);
    }
    ObjectNode evaluators = object(rest.remove("$evaluators"), "/$evaluators");
    checkMetadata(rest.get("metadata"), "/metadata");
    Map<String, JsonNode> byKey = new LinkedHashMap<>();
    // Whoever asks does so mostly with a literal: interned, it is the same object.
    flags.properties().forEach(flag -> byKey.put(flag.getKey().intern(), flag.getValue()));
    return new FlagDocument(
        byKey, evaluators == null ? rest.objectNode() : evaluators, rest, revision);
  }

  /** Nothing but strings, numbers and booleans. */
  static void checkMetadata(@Nullable JsonNode node, String pointer) {
    ObjectNode metadata = object(node, pointer);
    if (metadata != null) {
      metadata.properties().forEach(entry -> {
        JsonNode value = entry.getValue();
        RuleReader.checkNumbers(value, pointer + "/" + RuleReader.escaped(entry.getKey()));
        if (!value.isString() && !value.isNumber() && !value.isBoolean()) {
          throw new FlagFormatException(
              pointer + "/" + RuleReader.escaped(entry.getKey()),
              "metadata must be a string, a number or a boolean",
              null);
        }
      });
    }
  }

  private static @Nullable ObjectNode object(@Nullable JsonNode node, String pointer) {
    if (node == null || node instanceof ObjectNode) {
      return (ObjectNode) node;
    }
    throw new FlagFormatException(pointer, "must be an object", null);
  }

  /** JSON pointer of a flag. */
  static String pointer(String key) {
    return "/flags/" + RuleReader.escaped(key);
  }

  /** Keys of its flags, in the document's order. */
  public Set<String> keys() {
    return flags.keySet();
  }

  /** Place in the order of its source's documents, from 1; 0 if the source has no such order. */
  public long revision() {
    return revision;
  }

  /** The same flags at another place in the order of documents. */
  public FlagDocument withRevision(long newRevision) {
    return new FlagDocument(flags, evaluators, rest, newRevision);
  }

  /** A copy of what is written of a flag, or null if there is none of that key. */
  public @Nullable JsonNode flag(String key) {
    JsonNode flag = flags.get(key);
    return flag == null ? null : flag.deepCopy();
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainFlag(String key) {
    return flags.get(key);
  }

  /** Not copied: for reading only. */
  ObjectNode plainEvaluators() {
    return evaluators;
  }

  /** A copy of its metadata: strings, numbers and booleans. Empty if it has none. */
  public ObjectNode metadata() {
    return plainMetadata().deepCopy();
  }

  /** All but flags and evaluators. Not copied: for reading only. */
  ObjectNode plainRest() {
    return rest;
  }

  /** Not copied: for reading only. Empty if there is none. */
  ObjectNode plainMetadata() {
    return rest.get("metadata") instanceof ObjectNode metadata ? metadata : rest.objectNode();
  }

  /**
   * A document with some flags changed. Those that stay are the same objects, so that what was made of them can stay too.
   *
   * @param changes by key; null removes
   */
  public FlagDocument with(Map<String, ? extends @Nullable JsonNode> changes, long newRevision) {
    Map<String, JsonNode> changed = new LinkedHashMap<>(flags);
    changes.forEach((key, flag) -> {
      if (flag == null) {
        changed.remove(key);
      } else {
        changed.put(key, flag.deepCopy());
      }
    });
    return new FlagDocument(changed, evaluators, rest, newRevision);
  }

  /** The document with these flags killed (SPEC.md, 5.1), where it has them. */
  public FlagDocument killed(Set<String> keys) {
    Map<String, JsonNode> changes = new LinkedHashMap<>();
    for (String key : keys) {
      if (flags.get(key) instanceof ObjectNode flag) {
        changes.put(key, flag.deepCopy().put("x-killed", true));
      }
    }
    return changes.isEmpty() ? this : with(changes, revision);
  }

  /** As it is written, with its members in order. */
  public String toJson() {
    ObjectNode json = rest.objectNode();
    ObjectNode written = json.putObject("flags");
    flags.forEach(written::set);
    if (!evaluators.isEmpty()) {
      json.set("$evaluators", evaluators);
    }
    json.setAll(rest);
    return JSON.writeValueAsString(json);
  }

  /**
   * Tells documents of different content apart: SHA-256, of which 16 bytes, of its members sorted by name. Takes as long as
   * writing the document.
   */
  public String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String key : new TreeSet<>(flags.keySet())) {
        digest.update(quoted(key).getBytes(StandardCharsets.UTF_8));
        digest.update(sorted(flags.get(key)).getBytes(StandardCharsets.UTF_8));
      }
      digest.update(sorted(evaluators).getBytes(StandardCharsets.UTF_8));
      digest.update(sorted(rest).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** As JSON writes a text. */
  static String quoted(String text) {
    return JSON.writeValueAsString(text);
  }

  private static String sorted(@Nullable JsonNode node) {
    StringBuilder text = new StringBuilder();
    writeSorted(node, text);
    return text.toString();
  }

  private static void writeSorted(@Nullable JsonNode node, StringBuilder text) {
    if (node instanceof ObjectNode object) {
      text.append('{');
      for (String name : new TreeSet<>(object.propertyNames())) {
        text.append(quoted(name)).append(':');
        writeSorted(object.get(name), text);
        text.append(',');
      }
      text.append('}');
    } else if (node != null && node.isArray()) {
      text.append('[');
      for (JsonNode element : node) {
        writeSorted(element, text);
        text.append(',');
      }
      text.append(']');
    } else {
      text.append(node);
    }
  }
}
