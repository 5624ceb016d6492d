package dev.chasqui.benchmarks.hierarchicalconfig.index;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Serves effective configs of a fleet's devices out of one index, another device's at each call, and
 * edits the index.
 *
 * @param <C> the effective config of whoever takes part
 * @param <I> the index
 */
public abstract class IndexBenchmark<C, I> extends Measured {
  private static final int IN_USE = 1_000;

  /** How many devices the fleet has. */
  @Param("1000000")
  public int devices = 1_000_000;

  /** Keys of all devices, shuffled. */
  private String[] shuffled = {};
  /** Keys of those whose config has been made. */
  private String[] inUse = {};

  private List<ProfileEdits> edits = List.of();
  private int calls;

  /** Makes the index. */
  abstract void index(Fleet fleet);

  /** Makes the config of the device, anew at every call. */
  abstract C made(String device);

  /** Gives the config of the device, which it may have made before. */
  abstract C kept(String device);

  /** The value of a setting. */
  abstract Number value(C config, String key);

  /** The index after these edits, which are always made to the first one. */
  abstract I edited(ProfileEdits edits);

  @Setup
  public void setUp() {
    Fleet fleet = Fleet.of(devices);
    index(fleet);
    edits = fleet.companyEdits(1);
    List<String> keys = new ArrayList<>();
    fleet.devices().forEach(device -> keys.add(device.key()));
    Collections.shuffle(keys, new Random(7));
    shuffled = keys.toArray(String[]::new);
    inUse = keys.stream().limit(IN_USE).toArray(String[]::new);
    for (String key : inUse) {
      kept(key);
    }
  }

  private int call(int among) {
    calls = calls == Integer.MAX_VALUE ? 0 : calls + 1;
    return calls % among;
  }

  @Benchmark
  public C makeConfig() {
    return made(shuffled[call(shuffled.length)]);
  }

  @Benchmark
  public C findConfig() {
    return kept(inUse[call(inUse.length)]);
  }

  @Benchmark
  public I editIndex() {
    return edited(edits.get(call(edits.size())));
  }
}
