package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Violation;
import java.util.List;

/**
 * Why a device does not apply what it received, or what time would make of it.
 *
 * @param revision of the received profiles
 * @param violations the rules of the device's own settings that they break, or, of rule {@code invariant}, what a view
 *     of its software has against them; never empty
 */
public record Refusal(long revision, List<Violation> violations) {
  public Refusal {
    violations = List.copyOf(violations);
    if (violations.isEmpty()) {
      throw new IllegalArgumentException(
          "violations of revision " + revision + " must not be empty");
    }
  }
}
