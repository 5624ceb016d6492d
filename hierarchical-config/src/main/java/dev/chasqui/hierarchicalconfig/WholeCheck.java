package dev.chasqui.hierarchicalconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What must hold of a config as a whole, invariants and limits: SPEC.md, rules 9.2 and 10.2. Keeps what
 * an edit does not touch, so that checking again costs what the edit is about. Immutable.
 */
final class WholeCheck {
  private final Resolver resolver;
  private final List<Placed> path;
  private final Content content;
  /** By index of the invariant: how it is broken. */
  private final @Nullable Violation[] broken;
  /** Of each profile of the path, in its order, and last of the content; empty without limits. */
  private final long[] bytes;

  private WholeCheck(
      Resolver resolver,
      List<Placed> path,
      Content content,
      @Nullable Violation[] broken,
      long[] bytes) {
    this.resolver = resolver;
    this.path = path;
    this.content = content;
    this.broken = broken;
    this.bytes = bytes;
  }

  /**
   * @param value of a key, or its default
   */
  static WholeCheck of(
      Resolver resolver,
      List<Placed> path,
      Content content,
      Function<String, @Nullable JsonNode> value) {
    Catalogue catalogue = resolver.catalogue();
    @Nullable Violation[] broken = new Violation[catalogue.invariants().size()];
    for (int i = 0; i < broken.length; i++) {
      broken[i] = catalogue.invariants().get(i).check(resolver.targeting(), value);
    }
    long[] bytes = new long[new Sizes(catalogue.limits()).any() ? path.size() + 1 : 0];
    if (bytes.length > 0) {
      for (int i = 0; i < path.size(); i++) {
        bytes[i] = Sizes.of(path.get(i).profile());
      }
      bytes[path.size()] = Sizes.of(content.json);
    }
    return new WholeCheck(resolver, path, content, broken, bytes);
  }

  /**
   * After edits that left the places of the path as they were.
   *
   * @param touched keys whose entries or value may differ
   */
  WholeCheck with(
      List<Placed> edited,
      Content changed,
      Set<String> touched,
      Function<String, @Nullable JsonNode> value) {
    List<Invariant> invariants = resolver.catalogue().invariants();
    @Nullable Violation[] nowBroken = broken.clone();
    for (int i = 0; i < broken.length; i++) {
      if (invariants.get(i).values().values().stream().anyMatch(touched::contains)) {
        nowBroken[i] = invariants.get(i).check(resolver.targeting(), value);
      }
    }
    long[] nowBytes = bytes.clone();
    if (bytes.length > 0) {
      for (String key : touched) {
        for (int i = 0; i < path.size(); i++) {
          nowBytes[i] += size(edited.get(i), key) - size(path.get(i), key);
        }
        nowBytes[path.size()] +=
            Sizes.of(key, changed.json.get(key)) - Sizes.of(key, content.json.get(key));
      }
    }
    return new WholeCheck(resolver, edited, changed, nowBroken, nowBytes);
  }

  private static long size(Placed place, String key) {
    Entry entry = place.profile().plainEntries().get(key);
    return Sizes.of(key, entry == null ? null : entry.plainValue());
  }

  /**
   * Broken invariants, in the order of the catalogue; profiles that are too large, in path order; the
   * config if it is.
   *
   * @param levelOf names the level that the value of a key comes from
   */
  List<Violation> violations(UnaryOperator<String> levelOf) {
    List<Violation> violations = new ArrayList<>(0);
    for (Violation violation : broken) {
      addIfThere(violations, violation);
    }
    if (bytes.length > 0) {
      Sizes sizes = new Sizes(resolver.catalogue().limits());
      for (int i = 0; i < path.size(); i++) {
        addIfThere(violations, sizes.check(path.get(i).scope(), bytes[i]));
      }
      addIfThere(violations, sizes.check(content.json, bytes[path.size()], levelOf));
    }
    return violations;
  }

  private static void addIfThere(List<Violation> violations, @Nullable Violation violation) {
    if (violation != null) {
      violations.add(violation);
    }
  }
}
