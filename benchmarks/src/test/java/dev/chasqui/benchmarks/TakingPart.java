package dev.chasqui.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Who takes part in a benchmark, as JMH found them when it was compiled. */
public final class TakingPart {
  private TakingPart() {}

  /** A new one of each class that extends {@code benchmark}. */
  public static <T> List<T> in(Class<T> benchmark) {
    List<T> found = all().stream()
        .map(BenchmarkListEntry::getUserClassQName)
        .distinct()
        .map(TakingPart::make)
        .filter(benchmark::isInstance)
        .<T>map(benchmark::cast)
        .toList();
    assertThat(found).as("classes that extend " + benchmark).hasSizeGreaterThan(1);
    return found;
  }

  static Set<BenchmarkListEntry> all() {
    return BenchmarkList.defaultList()
        .getAll(
            OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of());
  }

  private static Object make(String className) {
    try {
      return Class.forName(className).getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot make a " + className, e);
    }
  }
}
