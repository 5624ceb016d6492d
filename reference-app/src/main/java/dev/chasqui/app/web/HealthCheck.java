package dev.chasqui.app.web;

import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * One part that must work for the node to be ready.
 *
 * @param name short, such as {@code postgresql}
 * @param problem what is wrong, or empty; may block for a few seconds, and may throw, which counts
 *     as a problem
 */
public record HealthCheck(String name, Callable<Optional<String>> problem) {

  /** What is wrong, for people; empty if all is well. */
  Optional<String> run() {
    try {
      return problem.call();
    } catch (Exception e) {
      return Optional.of(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }
}
