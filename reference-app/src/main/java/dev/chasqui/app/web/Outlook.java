package dev.chasqui.app.web;

import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.Settings;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Explanation;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** How the configuration looks from a scope: what holds there and below, unless set nearer. */
final class Outlook {
  private final Fleet fleet;
  private final Profiles profiles;
  private final Settings settings;

  /**
   * What is seen.
   *
   * @param chain the scopes above, the widest first, groups among them; and the scope itself
   * @param ancestors the node's parents only, the widest first, without itself
   */
  record View(
      Node node,
      List<Node> ancestors,
      List<Scope> chain,
      Catalogue catalogue,
      EffectiveConfig config,
      Profile profile) {

    /** All keys that are declared, in their order, then those that are only set. */
    List<String> keys() {
      List<String> keys = new ArrayList<>();
      catalogue.settings().forEach(setting -> keys.add(setting.key()));
      keys.addAll(config.unknownKeys());
      return keys;
    }

    boolean knows(String key) {
      return catalogue.find(key) != null || config.unknownKeys().contains(key);
    }

    Explanation explain(String key) {
      return config.explain(key);
    }
  }

  Outlook(Fleet fleet, Profiles profiles, Settings settings) {
    this.fleet = fleet;
    this.profiles = profiles;
    this.settings = settings;
  }

  /** The node, or a 404. */
  Node node(Scope scope) {
    return fleet
        .find(scope)
        .orElseThrow(() -> HttpProblem.notFound("scope", "there is no scope " + scope));
  }

  View from(Scope scope) {
    Node node = node(scope);
    List<Node> ancestors = ancestors(node);
    Collection<Profile> onPath;
    DeviceContext facts = DeviceContext.NONE; // of many devices nothing is known that holds for all
    if (scope.level().equals("device")) {
      onPath = profiles.onPathOf(scope.key()).profiles();
      facts = fleet.factsOf(scope.key());
    } else {
      onPath = profiles.at(chain(node, ancestors));
    }
    List<Profile> ordered = Fleet.HIERARCHY.order(onPath);
    Resolver resolver = settings.resolver();
    Profile own = ordered.stream()
        .filter(profile -> profile.scope().equals(scope))
        .findFirst()
        .orElse(Profile.empty(scope));
    return new View(
        node,
        ancestors,
        ordered.stream().map(Profile::scope).toList(),
        resolver.catalogue(),
        resolver.resolve(ordered, facts, Instant.now()),
        own);
  }

  /** The node's parents, the widest first. */
  List<Node> ancestors(Node node) {
    List<Node> ancestors = new ArrayList<>();
    Scope parent = node.parent();
    while (parent != null) {
      Optional<Node> above = fleet.find(parent);
      above.ifPresent(found -> ancestors.add(0, found));
      parent = above.map(Node::parent).orElse(null);
    }
    return ancestors;
  }

  private static Set<Scope> chain(Node node, List<Node> ancestors) {
    Set<Scope> chain = new LinkedHashSet<>();
    for (Node above : ancestors) {
      chain.add(above.scope());
      chain.addAll(above.groups());
    }
    chain.add(node.scope());
    chain.addAll(node.groups());
    return chain;
  }

  /** Whether {@code key} or what is said of it has {@code text}, whatever the case. */
  static boolean matches(Catalogue catalogue, String key, String text) {
    if (text.isEmpty()) {
      return true;
    }
    var setting = catalogue.find(key);
    String all = setting == null
        ? key
        : String.join("\n", key, setting.description(), setting.section(), setting.owner());
    String lower = all.toLowerCase(java.util.Locale.ROOT);
    for (String word : text.toLowerCase(java.util.Locale.ROOT).strip().split("\\s+", -1)) {
      if (!lower.contains(word)) {
        return false;
      }
    }
    return true;
  }

  /** The headings that settings are listed under, in order. */
  static Set<String> sections(Catalogue catalogue) {
    Set<String> sections = new TreeSet<>();
    catalogue.settings().forEach(setting -> sections.add(setting.section()));
    return sections;
  }
}
