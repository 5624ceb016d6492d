package dev.chasqui.benchmarks.hierarchicalconfig.plan;

import dev.chasqui.benchmarks.Measured;
import dev.chasqui.benchmarks.hierarchicalconfig.Fleet;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finds out what edits at every company of a fleet would do to each device, on one thread: makes a
 * digest of it and hands over every device with what becomes of it.
 */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public abstract class PlanBenchmark extends Measured {
  /** How many devices the fleet has, and how many settings each company sets. */
  @Param({"1000000x1", "1000000x10"})
  public String devicesAndKeys = "1000000x1";

  private Supplier<Planned> planner = () -> {
    throw new IllegalStateException("setUp has not run");
  };

  /**
   * What came out.
   *
   * @param devices how many were handed over
   * @param devicesChanged how many of them get another value
   * @param rise by how much values grow, of all that were handed over; so that each is looked at
   * @param digest lower-case hex of SHA-256
   */
  record Planned(int devices, int devicesChanged, long rise, String digest) {}

  /** What finds it out, anew at every call. */
  abstract Supplier<Planned> planner(Fleet fleet, List<ProfileEdits> change);

  @Setup
  public void setUp() {
    String[] numbers = devicesAndKeys.split("x", 2);
    Fleet fleet = Fleet.of(Integer.parseInt(numbers[0]));
    planner = planner(fleet, fleet.companyEdits(Integer.parseInt(numbers[1])));
  }

  @Benchmark
  public Planned plan() {
    return planner.get();
  }

  /** Of a JVM that has not planned yet. */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Fork(5)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  public Planned firstPlan() {
    return planner.get();
  }
}
