package dev.chasqui.benchmarks.pointcache.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.pointcache.Source;
import dev.chasqui.realservers.RealPostgres;
import dev.chasqui.realservers.RealServers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RealServers.class)
final class LoadTest {
  private static final int OPERATIONS = 1_000;
  private static final LoadOptions SHORT =
      new LoadOptions(LoadOptions.DEFAULT.contenders(), 1_000, OPERATIONS, 2, 5, 2, 2, 1);

  @Test
  void courses_short_doWhatWasAskedAndNobodyElseWasAsked(RealPostgres server) throws Exception {
    List<Course> courses = Load.courses(SHORT, server);

    assertThat(courses).extracting(Course::contender).containsExactlyElementsOf(SHORT.contenders());
    assertThat(courses).allSatisfy(course -> {
      boolean cached = course.contender() != Contender.POSTGRESQL;
      Course.Stage all = course.upTo(1);
      assertThat(all.work().failures()).isZero();
      assertThat(all.operations()).isEqualTo(2L * (cached ? OPERATIONS : OPERATIONS / 5));
      assertThat(all.work().writes().count()).isBetween(1L, all.work().reads().count());
      assertThat(all.work().cpuNanos()).isPositive();
      // Counted in two places: what is read anew in good time is nobody's read.
      assertThat(all.counts().reads()).isBetween(all.work().loads(), all.work().loads() + 100);
      assertThat(all.spared()).isBetween(cached ? 0.4 : 0.0, cached ? 0.95 : 0.0);
      assertThat(course.warm().counts().transactions()).isPositive();
      assertThat(course.redisBytes()).isPositive();
    });
    assertThat(courses)
        .filteredOn(course -> course.contender() != Contender.JETCACHE)
        .allSatisfy(course -> {
          for (Source source : Source.values()) {
            assertThat(course.staleness().reads(source).beyond()).isZero();
          }
        });

    String page = LoadPage.of(SHORT, courses);
    assertThat(page).startsWith("## point-cache: load\n").doesNotContain("NaN");
  }
}
