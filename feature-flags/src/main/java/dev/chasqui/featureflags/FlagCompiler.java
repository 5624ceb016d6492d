package dev.chasqui.featureflags;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Compiles one document, with what was compiled before at hand. */
final class FlagCompiler {
  private static final int LONGEST_CHAIN = 100;
  private static final int MOST_FLAGS_OF_ONE = 1_000;

  private final FlagDocument document;
  private final Attributes attributes;
  private final Map<String, CompiledFlag> before;
  private final boolean sameSurroundings;
  private final FlagMetadata metadata;

  private final Map<String, CompiledFlag> compiled = new LinkedHashMap<>();
  private final Map<String, FlagProblem> problems = new HashMap<>();
  private final Set<String> compiling = new LinkedHashSet<>();

  FlagCompiler(
      FlagDocument document,
      Attributes attributes,
      Map<String, CompiledFlag> before,
      FlagDocument documentBefore) {
    this.document = document;
    this.attributes = attributes;
    this.before = before;
    this.metadata = FlagMetadata.of(document.plainMetadata());
    this.sameSurroundings = document.plainEvaluators().equals(documentBefore.plainEvaluators())
        && metadata.json().equals(documentBefore.plainMetadata());
  }

  Map<String, CompiledFlag> compile() {
    document.keys().forEach(this::flag);
    return compiled;
  }

  /** In the order of the document. */
  List<FlagProblem> problems() {
    List<FlagProblem> inOrder = new ArrayList<>();
    document.keys().forEach(key -> {
      FlagProblem problem = problems.get(key);
      if (problem != null) {
        inOrder.add(problem);
      }
    });
    return inOrder;
  }

  /** Null if there is no such flag. */
  private @Nullable CompiledFlag flag(String key) {
    CompiledFlag known = compiled.get(key);
    JsonNode source = document.plainFlag(key);
    if (known != null || source == null) {
      return known;
    }
    CompiledFlag earlier = before.get(key);
    CompiledFlag flag =
        earlier != null && isStill(earlier, source) ? earlier : compiled(key, source, earlier);
    compiled.put(key, flag);
    return flag;
  }

  private boolean isStill(CompiledFlag earlier, JsonNode source) {
    FlagDefinition definition = earlier.definition();
    return sameSurroundings
        && definition != null
        && definition.prerequisites().isEmpty() // others may have changed
        && source.equals(earlier.content().source());
  }

  private CompiledFlag compiled(String key, JsonNode source, @Nullable CompiledFlag earlier) {
    String pointer = "/flags/" + RuleReader.escaped(key);
    try {
      return read(key, source, pointer);
    } catch (FlagFormatException e) {
      CompiledFlag kept = earlier == null ? null : lastGood(key, source, earlier, pointer);
      problems.put(key, new FlagProblem(key, e.pointer(), e.problem(), kept != null));
      return kept != null ? kept : CompiledFlag.broken(key, source, metadata, e.getMessage());
    } finally {
      compiling.remove(key);
    }
  }

  /** What it was, but not on where it is said to be off. */
  private @Nullable CompiledFlag lastGood(
      String key, JsonNode source, CompiledFlag earlier, String pointer) {
    if (!(earlier.content().source() instanceof ObjectNode good) || earlier.isBroken()) {
      return null;
    }
    ObjectNode kept = good.deepCopy();
    JsonNode killed = source.get("x-killed");
    if (killed != null && killed.asBoolean(true)) {
      kept.put("x-killed", true);
    }
    JsonNode state = source.get("state");
    if (state != null && state.isString() && state.stringValue().equals("DISABLED")) {
      kept.put("state", "DISABLED");
    }
    try {
      return read(key, kept, pointer);
    } catch (FlagFormatException e) {
      return null; // what it stood on is gone
    }
  }

  private CompiledFlag read(String key, JsonNode source, String pointer) {
    FlagDefinition definition =
        FlagDefinition.read(key, source, pointer, metadata, document.plainEvaluators(), attributes);
    compiling.add(key);
    List<CompiledFlag> prerequisites = new ArrayList<>();
    for (int i = 0; i < definition.prerequisites().size(); i++) {
      prerequisites.add(
          prerequisite(definition.prerequisites().get(i), pointer + "/x-prerequisites/" + i));
    }
    int size = 0;
    for (CompiledFlag prerequisite : prerequisites) {
      size += prerequisite.size();
    }
    if (size >= MOST_FLAGS_OF_ONE) {
      throw new FlagFormatException(
          pointer + "/x-prerequisites",
          "prerequisites must lead to at most " + MOST_FLAGS_OF_ONE
              + " flags, each counted as often as it is come to",
          null);
    }
    return CompiledFlag.of(definition, source, metadata, prerequisites);
  }

  private CompiledFlag prerequisite(FlagDefinition.Prerequisite prerequisite, String pointer) {
    String other = prerequisite.flag();
    if (compiling.contains(other)) {
      throw new FlagFormatException(
          pointer, "prerequisites must not lead back, but do: " + compiling + " to " + other, null);
    }
    if (compiling.size() >= LONGEST_CHAIN) {
      throw new FlagFormatException(
          pointer, "a chain of prerequisites must have at most " + LONGEST_CHAIN + " flags", null);
    }
    CompiledFlag flag = flag(other);
    if (flag == null) {
      throw new FlagFormatException(pointer + "/flag", "there is no flag " + other, null);
    }
    FlagDefinition definition = flag.definition();
    if (definition == null) {
      throw new FlagFormatException(pointer + "/flag", "flag " + other + " is wrong itself", null);
    }
    for (String variant : prerequisite.variants()) {
      if (!definition.variants().containsKey(variant)) {
        throw new FlagFormatException(
            pointer + "/variant", "flag " + other + " has no variant " + variant, null);
      }
    }
    return flag;
  }
}
