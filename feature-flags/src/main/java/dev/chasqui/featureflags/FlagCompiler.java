package dev.chasqui.featureflags;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
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
  /** How far what leads back is followed. */
  private static final int DEEPEST = 300;

  /** A flag stands on itself. */
  private static final class LeadsBack extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String problem;

    LeadsBack(String problem) {
      super(problem);
      this.problem = problem;
    }

    FlagFormatException at(String pointer) {
      return new FlagFormatException(pointer, problem, this);
    }
  }

  private final FlagDocument document;
  private final Surroundings surroundings;
  private final Map<String, CompiledFlag> before;
  private final boolean sameSurroundings;

  private final Map<String, CompiledFlag> compiled = new LinkedHashMap<>();
  private final Map<String, FlagProblem> problems = new HashMap<>();
  private final Set<String> seen = new HashSet<>(); // by leavesFirst
  private final Set<String> compiling = new LinkedHashSet<>();

  FlagCompiler(
      FlagDocument document,
      Attributes attributes,
      Map<String, CompiledFlag> before,
      FlagDocument documentBefore) {
    this.document = document;
    this.surroundings = Surroundings.of(document, attributes);
    this.before = before;
    this.sameSurroundings = surroundings.evaluators().equals(documentBefore.plainEvaluators())
        && surroundings.metadata().json().equals(documentBefore.plainMetadata());
  }

  Map<String, CompiledFlag> compile() {
    document.keys().forEach(this::leavesFirst);
    document.keys().forEach(this::flag); // now those are left that lead back
    return compiled;
  }

  /** Compiles what a flag stands on, and then it, however long the chain is; but not what leads back. */
  private void leavesFirst(String root) {
    if (requisites(root).isEmpty()) {
      return;
    }
    Deque<String> path = new ArrayDeque<>();
    path.push(root);
    while (!path.isEmpty()) {
      String key = path.element();
      if (seen.add(key)) {
        for (String other : requisites(key)) {
          if (!seen.contains(other)) {
            path.push(other);
          }
        }
      } else {
        path.pop();
        if (compiled.keySet().containsAll(requisites(key))) {
          CompiledFlag unused = flag(key);
        }
      }
    }
  }

  /** Flags of the document that one names as its prerequisites, whether it is right or not. */
  private List<String> requisites(String key) {
    JsonNode source = document.plainFlag(key);
    JsonNode written = source == null ? null : source.get("x-prerequisites");
    if (written == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (JsonNode each : written) {
      String name = each.path("flag").asString("");
      if (document.plainFlag(name) != null) {
        names.add(name);
      }
    }
    return names;
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
    compiling.add(key);
    try {
      CompiledFlag flag =
          earlier != null && isStill(earlier, source) ? earlier : compiled(key, source, earlier);
      compiled.put(key, flag);
      return flag;
    } finally {
      compiling.remove(key);
    }
  }

  private static boolean isAsBefore(CompiledFlag earlier, @Nullable JsonNode source) {
    return !earlier.isKept() && !earlier.isBroken() && earlier.content().equalsSource(source);
  }

  private boolean isStill(CompiledFlag earlier, JsonNode source) {
    FlagDefinition definition = earlier.definition();
    if (definition == null || !sameSurroundings || !isAsBefore(earlier, source)) {
      return false;
    }
    for (int i = 0; i < earlier.prerequisites().size(); i++) {
      String other = definition.prerequisites().get(i).flag();
      if (compiling.contains(other)
          || compiling.size() >= DEEPEST
          || isAnother(flag(other), earlier.prerequisites().get(i))) {
        return false;
      }
    }
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // what has not changed is taken over as it is
  private static boolean isAnother(@Nullable CompiledFlag flag, CompiledFlag before) {
    return flag != before;
  }

  private CompiledFlag compiled(String key, JsonNode source, @Nullable CompiledFlag earlier) {
    try {
      return read(key, source, surroundings, null);
    } catch (LeadsBack e) {
      if (earlier != null && isAsBefore(earlier, source)) {
        throw e; // it is a flag on the way that has changed, and is wrong
      }
      return wrong(key, source, earlier, e.at(FlagDocument.pointer(key) + "/x-prerequisites"));
    } catch (FlagFormatException e) {
      return wrong(key, source, earlier, e);
    }
  }

  private CompiledFlag wrong(
      String key, JsonNode source, @Nullable CompiledFlag earlier, FlagFormatException e) {
    CompiledFlag kept = earlier == null ? null : lastGood(key, source, earlier);
    problems.put(key, new FlagProblem(key, e.pointer(), e.problem(), kept != null));
    return kept != null
        ? kept
        : CompiledFlag.broken(key, source, surroundings.metadata(), e.getMessage());
  }

  /** What it was, in what it was read in then, but on or off as it is said to be now. */
  private @Nullable CompiledFlag lastGood(String key, JsonNode source, CompiledFlag earlier) {
    CompiledFlag.Content good = earlier.good();
    if (!(good.source() instanceof ObjectNode written)
        || !(good.documentMetadata() instanceof ObjectNode metadata)
        || earlier.isBroken()) {
      return null;
    }
    ObjectNode kept = written.deepCopy();
    if (source instanceof ObjectNode newer) {
      JsonNode killed = newer.get("x-killed");
      if (killed != null && killed.asBoolean(true)) {
        kept.put("x-killed", true);
      } else {
        kept.remove("x-killed");
      }
      String state = newer.path("state").asString("");
      if (state.equals("DISABLED") || state.equals("ENABLED")) {
        kept.put("state", state);
      }
    }
    ObjectNode evaluators = written.objectNode();
    good.evaluators().forEach(evaluators::set);
    Surroundings then = new Surroundings(
        FlagMetadata.of(metadata), evaluators, surroundings.shared(), surroundings.attributes());
    try {
      return read(key, kept, then, good);
    } catch (FlagFormatException | LeadsBack e) {
      return null; // what it stood on is gone
    }
  }

  private CompiledFlag read(
      String key, JsonNode source, Surroundings in, CompiledFlag.@Nullable Content good) {
    String pointer = FlagDocument.pointer(key);
    FlagDefinition definition = FlagDefinition.read(key, source, pointer, in);
    List<CompiledFlag> prerequisites = new ArrayList<>();
    int size = 0;
    for (int i = 0; i < definition.prerequisites().size(); i++) {
      String where = pointer + "/x-prerequisites/" + i;
      CompiledFlag prerequisite = prerequisite(definition.prerequisites().get(i), where);
      if (prerequisite.height() >= LONGEST_CHAIN) {
        throw new FlagFormatException(
            where, "a chain of prerequisites must have at most " + LONGEST_CHAIN + " flags", null);
      }
      prerequisites.add(prerequisite);
      size += prerequisite.size();
    }
    if (size > MOST_FLAGS_OF_ONE) {
      throw new FlagFormatException(
          pointer + "/x-prerequisites",
          "prerequisites must lead to at most " + MOST_FLAGS_OF_ONE
              + " flags, each counted as often as it is come to",
          null);
    }
    return CompiledFlag.of(definition, source, in.metadata(), prerequisites, good);
  }

  private CompiledFlag prerequisite(FlagDefinition.Prerequisite prerequisite, String pointer) {
    String other = prerequisite.flag();
    if (compiling.contains(other)) {
      throw new LeadsBack(
          "prerequisites must not lead back, but do: " + compiling + " to " + other);
    }
    if (compiling.size() >= DEEPEST) {
      throw new FlagFormatException(
          pointer, "prerequisites must not lead back, nor be on one that does", null);
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
