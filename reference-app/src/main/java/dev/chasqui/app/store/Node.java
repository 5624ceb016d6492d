package dev.chasqui.app.store;

import dev.chasqui.hierarchicalconfig.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One scope of the fleet: a company, group, vehicle or device.
 *
 * @param scope what it is called everywhere
 * @param name what people call it
 * @param parent the scope it is below; null only for {@link Scope#GLOBAL}
 * @param priority of a group among those a device is in: the higher wins; 0 elsewhere
 * @param groups those that a vehicle or device is in
 */
public record Node(
    Scope scope, String name, @Nullable Scope parent, int priority, List<Scope> groups) {
  public Node {
    groups = List.copyOf(groups);
  }
}
