package dev.chasqui.benchmarks.featureflags.load;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import tools.jackson.databind.JsonNode;

/** Ours: a quarter of the flags without a rule, a quarter with one of two clauses, a quarter half rolled out, a quarter with a segment. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class Chasqui {
  @Param("100000")
  public int flags = 100_000;

  private String json = "";
  private FlagSet loaded = FlagSet.of(FlagDocument.EMPTY);
  private FlagDocument changed = FlagDocument.EMPTY;

  @Setup
  public void setUp() {
    StringBuilder document = new StringBuilder(
        "{\"$evaluators\": {\"ours\": {\"ends_with\": [{\"var\": \"email\"}, \"@corp.example\"]}}, \"flags\": {");
    for (int i = 0; i < flags; i++) {
      document
          .append(i == 0 ? "" : ",")
          .append("\"flag-")
          .append(i)
          .append(
              "\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"defaultVariant\": \"off\"")
          .append(
              switch (i % 4) {
                case 1 ->
                  ", \"targeting\": {\"if\": [{\"and\": [{\"starts_with\": [{\"var\": \"email\"}, \"a"
                      + i
                      + "\"]}, {\"in\": [{\"var\": \"country\"}, [\"DE\", \"FR\", \"IT\", \"ES\", \"NL\"]]}]}, \"on\", \"off\"]}";
                case 2 -> ", \"targeting\": {\"fractional\": [[\"on\", 50], [\"off\", 50]]}";
                case 3 -> ", \"targeting\": {\"if\": [{\"$ref\": \"ours\"}, \"on\"]}";
                default -> "";
              })
          .append('}');
    }
    json = document.append("}}").toString();
  }

  /** From text to what can be asked, in a JVM that has just started. */
  @Benchmark
  public FlagSet load() {
    return FlagSet.of(FlagDocument.parse(json));
  }

  /** Has all of them loaded. */
  @State(Scope.Benchmark)
  public static class Loaded {
    @Setup
    public void setUp(Chasqui of) {
      of.loaded = FlagSet.of(FlagDocument.parse(of.json));
      JsonNode flag = of.loaded.document().flag("flag-1");
      of.changed =
          flag == null ? FlagDocument.EMPTY : of.loaded.document().with(Map.of("flag-2", flag), 2);
    }
  }

  /** The set after one flag of all has changed. */
  @Benchmark
  public FlagSet change(Loaded all) {
    return loaded.next(changed);
  }
}
