package dev.chasqui.app.web;

import dev.chasqui.app.convergence.Convergence;
import dev.chasqui.app.convergence.Convergence.DeviceStatus;
import dev.chasqui.app.store.Fleet;
import dev.chasqui.app.store.Node;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tree of companies, vehicles and devices, open along one path; the rest comes when asked for. */
final class Trees {
  private static final int PAGE = 50;
  private final Fleet fleet;
  private final Convergence convergence;

  Trees(Fleet fleet, Convergence convergence) {
    this.fleet = fleet;
    this.convergence = convergence;
  }

  /** From the root, open down to the last of {@code path}, the widest first. */
  Models.Tree along(List<Node> path) {
    return tree(path, 0);
  }

  private Models.Tree tree(List<Node> path, int depth) {
    Node node = path.get(depth);
    boolean last = depth == path.size() - 1;
    List<Models.Branch> branches = new ArrayList<>();
    for (Models.Branch branch : below(node.scope())) {
      branches.add(last ? branch : opened(branch, path, depth + 1));
    }
    return new Models.Tree(node, last, opens(node.scope()), branches, last ? deviceOf(node) : null);
  }

  private @org.jspecify.annotations.Nullable DeviceStatus deviceOf(Node node) {
    return node.scope().level().equals("device")
        ? convergence.device(node.scope().key()).orElse(null)
        : null;
  }

  /** The branch with the path's next node opened in it, or put first if it is not of this part. */
  private Models.Branch opened(Models.Branch branch, List<Node> path, int depth) {
    Scope next = path.get(depth).scope();
    if (!branch.level().equals(next.level())) {
      return branch;
    }
    List<Models.Tree> children = new ArrayList<>();
    boolean found = false;
    for (Models.Tree child : branch.children()) {
      boolean on = child.node().scope().equals(next);
      found |= on;
      children.add(on ? tree(path, depth) : child);
    }
    if (!found) {
      children.add(0, tree(path, depth));
    }
    return new Models.Branch(branch.parent(), branch.level(), children, branch.next());
  }

  /** What is directly below a scope, the first part of each level. */
  List<Models.Branch> below(Scope scope) {
    List<Models.Branch> branches = new ArrayList<>();
    fleet.countChildren(scope).keySet().stream()
        .filter(level -> !scope.level().equals("group"))
        .sorted(java.util.Comparator.comparingInt(Trees::order))
        .forEach(level -> branches.add(branch(scope, level, "")));
    if (scope.level().equals("group")) {
      branches.add(members(scope, ""));
    }
    return branches;
  }

  private static int order(String level) {
    return List.of("company", "group", "vehicle", "device").indexOf(level);
  }

  /** The children of one level after {@code after}. */
  Models.Branch branch(Scope scope, String level, String after) {
    if (scope.level().equals("group")) {
      return members(scope, after);
    }
    return branch(scope, level, fleet.children(scope, level, after, PAGE), after);
  }

  private Models.Branch members(Scope group, String after) {
    return branch(group, "member", fleet.members(group, after, PAGE), after);
  }

  private Models.Branch branch(Scope scope, String level, List<Node> nodes, String after) {
    Map<String, DeviceStatus> devices = new HashMap<>();
    if (level.equals("device")) {
      convergence
          .devicesBelow(scope, after, PAGE)
          .forEach(device -> devices.put(device.device(), device));
    }
    List<Models.Tree> children = new ArrayList<>();
    for (Node node : nodes) {
      children.add(new Models.Tree(
          node, false, opens(node.scope()), List.of(), devices.get(node.scope().key())));
    }
    String next = nodes.size() < PAGE ? "" : nodes.get(PAGE - 1).scope().key();
    return new Models.Branch(scope, level, children, next);
  }

  private static boolean opens(Scope scope) {
    return !scope.level().equals("device");
  }
}
