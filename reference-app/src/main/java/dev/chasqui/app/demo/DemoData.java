package dev.chasqui.app.demo;

import dev.chasqui.app.simulator.CompanyPlan;
import dev.chasqui.app.simulator.SimulatedFleet;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The demo's import files, to be imported in this order: fleet (JSON), settings and profiles (both
 * YAML); and a set of flags for services.
 */
public final class DemoData {
  private static final long SEED = 7;
  private static final List<CompanyPlan> COMPANIES = List.of(
      new CompanyPlan("andes-haul", "Andes Haul", 90),
      new CompanyPlan("lago-freight", "Lago Freight", 45),
      new CompanyPlan("pampa-express", "Pampa Express", 15));

  private DemoData() {}

  /** Three companies, 150 vehicles, 300 devices; always the same. */
  public static SimulatedFleet fleet() {
    return SimulatedFleet.generate(SEED, COMPANIES);
  }

  public static InputStream fleetFile() {
    StringWriter text = new StringWriter();
    fleet().writeImport(text);
    return new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  public static InputStream settingsFile() {
    return resource("/demo/settings.yaml");
  }

  public static InputStream profilesFile() {
    return resource("/demo/profiles.yaml");
  }

  public static InputStream flagsFile() {
    return resource("/demo/flags.json");
  }

  private static InputStream resource(String name) {
    InputStream in = DemoData.class.getResourceAsStream(name);
    if (in == null) {
      throw new IllegalStateException("the program lacks " + name);
    }
    return in;
  }
}
