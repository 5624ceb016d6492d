package dev.chasqui.benchmarks.hierarchicalconfig.memory;

import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.FleetIndex;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.openjdk.jol.info.GraphStats;
import org.openjdk.jol.vm.VM;
import org.openjdk.jol.vm.VirtualMachine;

/**
 * Counts with JOL the bytes of all objects that can be reached from what is asked about, each object
 * once. Of what refers to objects that others have too, as a config refers to its catalogue, only that
 * counts which it adds to them.
 */
public final class Memory {
  private static final Instant AT = Instant.EPOCH;
  private static final int CONFIGS = 10_000;

  private final StringBuilder table = new StringBuilder("""
      | What | Bytes | Of how many | Bytes each |
      |---|--:|--:|--:|
      """);

  private Memory() {}

  /**
   * A page in Markdown.
   *
   * @param devices how many the fleet has, at least one
   */
  public static String page(int devices) {
    // JOL reads these when it is first used: it is to look into records, and to start no process
    // that
    // looks into this one.
    System.setProperty("jol.magicFieldOffset", "true");
    System.setProperty("jol.skipDynamicAttach", "true");
    System.setProperty("jol.skipHotspotSAAttach", "true");
    Memory memory = new Memory();
    memory.addSample(Sample.of(5, 130));
    memory.addFleet(Fleet.of(devices));
    return "## hierarchical-config: memory\n\n" + memory.table + "\n" + circumstances() + "\n";
  }

  private void addSample(Sample sample) {
    Resolver resolver = new Resolver(sample.catalogue(), sample.hierarchy());
    List<Profile> profiles = sample.profiles();
    EffectiveConfig config = resolver.resolve(profiles, DeviceContext.NONE, AT);
    int settings = sample.catalogue().size();
    int entries =
        profiles.stream().mapToInt(profile -> profile.entries().size()).sum();
    Object[] declared = {resolver, DeviceContext.NONE, AT};
    Object[] given = {declared, profiles};

    add("catalogue of settings", bytes(sample.catalogue()), settings);
    add("entries in " + profiles.size() + " profiles", added(declared, profiles), entries);
    String shape = " of %,d settings and %d entries".formatted(settings, entries);
    add("effective config" + shape, added(given, config), 1);
    config.fingerprint();
    add("the same with its fingerprint", added(given, config), 1);
  }

  private void addFleet(Fleet fleet) {
    List<Fleet.Device> devices = fleet.devices();
    FleetIndex index = fleet.index();
    add("fleet index of devices", bytes(index), devices.size());

    int some = Math.min(CONFIGS, devices.size());
    int step = devices.size() / some;
    List<Fleet.Device> spread =
        IntStream.range(0, some).mapToObj(i -> devices.get(i * step)).toList();
    addConfigs("spread over the fleet", fleet, spread);
    addConfigs("of one company", fleet, devices.subList(0, some));
  }

  private void addConfigs(String which, Fleet fleet, List<Fleet.Device> devices) {
    Resolver resolver = fleet.resolver();
    FleetIndex index = fleet.index(); // remembers configs, which does not count here
    List<DeviceContext> facts =
        fleet.devices().stream().map(Fleet.Device::facts).distinct().toList();
    Object[] given = {resolver, fleet.profiles(), facts, AT};
    Object[] configs =
        devices.stream().map(device -> index.config(resolver, device.key(), AT)).toArray();
    Set<Object> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
    distinct.addAll(Arrays.asList(configs));
    add(
        "effective configs of devices %s: %,d objects".formatted(which, distinct.size()),
        added(given, configs),
        configs.length);
  }

  private static long added(Object given, Object more) {
    return bytes(given, more) - bytes(given);
  }

  private static long bytes(Object... roots) {
    return GraphStats.parseInstance(roots).totalSize();
  }

  private void add(String what, long bytes, int count) {
    table.append(String.format(
        Locale.ROOT,
        "| %s | %,d | %,d | %,d |\n",
        what,
        bytes,
        count,
        Math.round((double) bytes / count)));
  }

  private static String circumstances() {
    VirtualMachine machine = VM.current();
    return String.format(
        Locale.ROOT,
        "%s, %s %s, references of %d bytes, objects at multiples of %d bytes.",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("java.vm.name"),
        System.getProperty("java.vm.version"),
        machine.sizeOfField("java.lang.Object"),
        machine.objectAlignment());
  }
}
