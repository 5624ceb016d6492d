package dev.chasqui.app.simulator;

/**
 * A company to make up.
 *
 * @param key of its scope
 * @param name what people call it
 * @param vehicles how many it has, at least 1
 */
public record CompanyPlan(String key, String name, int vehicles) {
  public CompanyPlan {
    if (vehicles < 1) {
      throw new IllegalArgumentException("vehicles must be at least 1, was " + vehicles);
    }
  }
}
