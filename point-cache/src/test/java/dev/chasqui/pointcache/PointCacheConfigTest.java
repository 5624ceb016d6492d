package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be configured, and what may not. */
final class PointCacheConfigTest {
  private static final PointCacheConfig CONFIG = PointCacheConfig.of("fleet");

  @Test
  void of_hasTheDefaultsOfTheSpecification() {
    assertThat(CONFIG)
        .isEqualTo(new PointCacheConfig(
            "fleet",
            true,
            Duration.ofHours(1),
            1.0,
            1_000,
            Duration.ofSeconds(1),
            10_000,
            Duration.ofSeconds(3),
            Duration.ofMillis(100),
            Duration.ofSeconds(60),
            Duration.ofMillis(250),
            Duration.ofSeconds(5),
            Duration.ZERO,
            Duration.ofMillis(500),
            0));
  }

  private static Map<String, Object> components(PointCacheConfig config) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (RecordComponent component : PointCacheConfig.class.getRecordComponents()) {
      try {
        values.put(component.getName(), component.getAccessor().invoke(config));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }
    return values;
  }

  static Stream<String> changeable() {
    return components(CONFIG).keySet().stream().filter(name -> !name.equals("namespace"));
  }

  private static Object other(Object value) {
    if (value instanceof Boolean before) {
      return !before;
    }
    if (value instanceof Integer before) {
      return before + 1;
    }
    if (value instanceof Double before) {
      return before / 2;
    }
    return ((Duration) value).plusMillis(1);
  }

  @ParameterizedTest
  @MethodSource("changeable")
  void with_changesThisComponentOnly(String name) throws ReflectiveOperationException {
    // Nothing is as by default, so nothing can fall back to that.
    PointCacheConfig config = new PointCacheConfig(
        "others",
        false,
        Duration.ofMinutes(1),
        2.0,
        2,
        Duration.ofMinutes(3),
        4,
        Duration.ofMinutes(5),
        Duration.ofSeconds(6),
        Duration.ofMinutes(7),
        Duration.ofMinutes(8),
        Duration.ofMinutes(9),
        Duration.ofMinutes(10),
        Duration.ofMinutes(11),
        0.12);
    Map<String, Object> expected = components(config);
    Object changed = expected.compute(name, (same, value) -> other(value));
    Class<?> type = PointCacheConfig.class.getMethod(name).getReturnType();
    Object with = PointCacheConfig.class
        .getMethod("with" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1), type)
        .invoke(config, changed);
    assertThat(components((PointCacheConfig) with)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Fleet", "a b", "a:b", "a{b}", "\u00e9", "a.b"})
  void namespace_ofOtherCharacters_isRefused(String namespace) {
    assertThatThrownBy(() -> PointCacheConfig.of(namespace))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("namespace must be 1 to 64 of a-z, 0-9, - and _, was \"" + namespace + '"');
  }

  @Test
  void namespace_isUpTo64Characters() {
    String longest = "a-z_0123".repeat(8);
    assertThat(PointCacheConfig.of(longest).namespace()).isEqualTo(longest);
    assertThatThrownBy(() -> PointCacheConfig.of(longest + "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("namespace must be 1 to 64 of");
  }

  private static void assertRefused(Runnable change, String message) {
    assertThatThrownBy(change::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  /** A component, its limits, and what changes it. */
  record Time(String name, Duration least, UnaryTime change) {
    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  private interface UnaryTime {
    PointCacheConfig to(Duration changed);
  }

  static Stream<Time> times() {
    Duration shortest = Duration.ofMillis(1);
    PointCacheConfig longLease = CONFIG.withLeaseTime(Duration.ofDays(1));
    PointCacheConfig noWait = CONFIG.withWaitTime(Duration.ZERO);
    return Stream.of(
        new Time("timeToLive", shortest, CONFIG::withTimeToLive),
        new Time("memoryTime", Duration.ZERO, CONFIG::withMemoryTime),
        new Time("leaseTime", shortest, noWait::withLeaseTime),
        new Time("waitTime", Duration.ZERO, longLease::withWaitTime),
        new Time("fenceTime", shortest, CONFIG::withFenceTime),
        new Time("pollTime", shortest, CONFIG::withPollTime),
        new Time("loadTimeout", shortest, CONFIG::withLoadTimeout),
        new Time("oldTime", Duration.ZERO, CONFIG::withOldTime),
        new Time("softTimeout", shortest, CONFIG::withSoftTimeout));
  }

  @ParameterizedTest
  @MethodSource("times")
  void times_outOfRange_areRefusedByName(Time time) {
    Duration most = Duration.ofDays(1);
    for (Duration right : List.of(time.least, most)) {
      assertThat(components(time.change.to(right))).containsEntry(time.name, right);
    }
    for (Duration wrong :
        List.of(time.least.minusNanos(1), most.plusNanos(1), Duration.ofSeconds(Long.MIN_VALUE))) {
      assertRefused(
          () -> time.change.to(wrong),
          time.name + " must be " + time.least + " to PT24H, was " + wrong);
    }
  }

  @Test
  void numbers_outOfRange_areRefusedByName() {
    assertRefused(() -> CONFIG.withMaximumKeys(0), "maximumKeys must be at least 1, was 0");
    assertRefused(() -> CONFIG.withMemorySize(-1), "memorySize must be at least 1, was -1");
    assertThat(CONFIG.withMaximumKeys(1).withMemorySize(1).maximumKeys()).isEqualTo(1);
    for (double wrong : new double[] {-0.1, 10.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused(
          () -> CONFIG.withEarlyRefresh(wrong), "earlyRefresh must be 0 to 10, was " + wrong);
    }
    for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
      assertRefused(() -> CONFIG.withSampling(wrong), "sampling must be 0 to 1, was " + wrong);
    }
    assertThat(CONFIG.withSampling(1).sampling()).isEqualTo(1);
    assertThat(CONFIG.withEarlyRefresh(0).withEarlyRefresh(10).earlyRefresh()).isEqualTo(10);
  }

  @Test
  void waitTime_longerThanALease_isRefused() {
    PointCacheConfig config = CONFIG.withLeaseTime(Duration.ofSeconds(1));
    assertThat(config.withWaitTime(Duration.ofSeconds(1)).waitTime()).hasSeconds(1);
    assertRefused(
        () -> config.withWaitTime(Duration.ofMillis(1_001)),
        "waitTime must be at most leaseTime, was PT1.001S with leaseTime PT1S");
  }
}
