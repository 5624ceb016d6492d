package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.chasqui.pooledredis.RedisConfig.Protocol;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.pooledredis.RedisServers.Cluster;
import dev.chasqui.pooledredis.RedisServers.Sentinel;
import dev.chasqui.pooledredis.RedisServers.Standalone;
import dev.chasqui.pooledredis.RedisServers.UnixSocket;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RedisConfigTest {
  private static final Address ADDRESS = new Address("redis", 6379);
  private static final RedisConfig STANDALONE = RedisConfig.of(new Standalone(ADDRESS));
  private static final RedisConfig SOCKET =
      RedisConfig.of(new UnixSocket(Path.of("/run/redis.sock")));
  private static final RedisConfig SENTINEL =
      RedisConfig.of(new Sentinel("mymaster", List.of(ADDRESS)));
  private static final RedisConfig CLUSTER = RedisConfig.of(new Cluster(List.of(ADDRESS)));

  @Test
  void of_anyServers_hasTheDefaultsOfTheTable() {
    assertThat(STANDALONE)
        .isEqualTo(new RedisConfig(
            new Standalone(ADDRESS),
            null,
            null,
            null,
            null,
            0,
            null,
            null,
            Protocol.RESP3,
            ReadFrom.MASTER,
            2,
            0,
            16,
            1_000,
            65_536,
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofMinutes(30),
            Duration.ofMinutes(5),
            Duration.ofMillis(20),
            Duration.ofSeconds(5),
            null));
  }

  @Test
  void with_eachComponent_changesThatAndNothingElse() throws ReflectiveOperationException {
    RandomConfigs random = new RandomConfigs(new Random(20_270_208));
    for (RecordComponent component : RedisConfig.class.getRecordComponents()) {
      String name = component.getName();
      Method with = RedisConfig.class.getMethod(
          "with" + Character.toUpperCase(name.charAt(0)) + name.substring(1), component.getType());
      int changes = 0;
      for (int i = 0; i < 200; i++) {
        RedisConfig from = random.next();
        RedisConfig to = random.next();
        RedisConfig expected;
        try {
          expected = withValue(from, component, component.getAccessor().invoke(to));
        } catch (ReflectiveOperationException e) {
          continue; // does not go together
        }
        assertThat(with.invoke(from, component.getAccessor().invoke(to)))
            .as(name)
            .isEqualTo(expected);
        changes += expected.equals(from) ? 0 : 1;
      }
      assertThat(changes).as(name).isPositive();
    }
  }

  private static RedisConfig withValue(
      RedisConfig config, RecordComponent changed, @Nullable Object value)
      throws ReflectiveOperationException {
    RecordComponent[] components = RedisConfig.class.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = components[i].getName().equals(changed.getName())
          ? value
          : components[i].getAccessor().invoke(config);
    }
    return RedisConfig.class
        .getDeclaredConstructor(
            Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new))
        .newInstance(values);
  }

  @Test
  void toString_anyConfig_namesAllComponentsAndHoldsNoPassword()
      throws ReflectiveOperationException {
    RedisConfig config = SENTINEL
        .withPassword("hunter2")
        .withUsername("alice")
        .withSentinelPassword("swordfish")
        .withSentinelUsername("bob");
    for (RecordComponent component : RedisConfig.class.getRecordComponents()) {
      String value = component.getName().endsWith("assword")
          ? "***"
          : String.valueOf(component.getAccessor().invoke(config));
      assertThat(config.toString()).contains(component.getName() + "=" + value);
    }
    assertThat(config.toString())
        .startsWith(
            "RedisConfig[servers=Sentinel[master=mymaster, sentinels=[redis:6379]], "
                + "username=alice, password=***, sentinelUsername=bob, sentinelPassword=***, database=0, ")
        .endsWith(", leakAfter=null]")
        .doesNotContain("hunter2", "swordfish");
    assertThat(STANDALONE.toString()).contains("password=null", "sentinelPassword=null");
  }

  static Stream<Arguments> leastNumbers() {
    return Stream.of(
        number("database", 0, RedisConfig::withDatabase),
        number("sharedConnections", 1, RedisConfig::withSharedConnections),
        number("minConnections", 0, RedisConfig::withMinConnections),
        number("maxConnections", 1, RedisConfig::withMaxConnections),
        number("maxWaiters", 0, RedisConfig::withMaxWaiters),
        number("maxInFlight", 1, RedisConfig::withMaxInFlight));
  }

  private static Arguments number(
      String component, int least, BiFunction<RedisConfig, Integer, RedisConfig> with) {
    return Arguments.of(component, least, with);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("leastNumbers")
  void number_belowTheLeast_isRefused(
      String component, int least, BiFunction<RedisConfig, Integer, RedisConfig> with) {
    assertThatCode(() -> with.apply(STANDALONE, least)).doesNotThrowAnyException();
    for (int value : new int[] {least - 1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> with.apply(STANDALONE, value))
          .withMessage("%s must be at least %s, was %s", component, least, value);
    }
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        duration("borrowTimeout", RedisConfig::withBorrowTimeout),
        duration("connectTimeout", RedisConfig::withConnectTimeout),
        duration("commandTimeout", RedisConfig::withCommandTimeout),
        duration("maxLifetime", RedisConfig::withMaxLifetime),
        duration("idleTimeout", RedisConfig::withIdleTimeout),
        duration("reconnectMin", RedisConfig::withReconnectMin),
        duration("reconnectMax", RedisConfig::withReconnectMax),
        duration("leakAfter", RedisConfig::withLeakAfter));
  }

  private static Arguments duration(
      String component, BiFunction<RedisConfig, Duration, RedisConfig> with) {
    return Arguments.of(component, with);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durations")
  void duration_outOfRange_isRefused(
      String component, BiFunction<RedisConfig, Duration, RedisConfig> with) {
    RedisConfig wide =
        STANDALONE.withReconnectMin(Duration.ofMillis(1)).withReconnectMax(Duration.ofDays(24));
    assertThatCode(() -> with.apply(wide, Duration.ofMillis(1))).doesNotThrowAnyException();
    assertThatCode(() -> with.apply(wide, Duration.ofDays(24))).doesNotThrowAnyException();
    for (Duration value : List.of(
        Duration.ZERO,
        Duration.ofSeconds(-1),
        Duration.ofNanos(999_999),
        Duration.ofDays(24).plusNanos(1),
        Duration.ofSeconds(Long.MAX_VALUE),
        Duration.ofSeconds(Long.MIN_VALUE))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> with.apply(wide, value))
          .withMessage("%s must be 1 millisecond to 24 days, was %s", component, value);
    }
  }

  @Test
  void minConnections_aboveMaxConnections_isRefused() {
    assertThat(STANDALONE.withMinConnections(16).minConnections()).isEqualTo(16);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDALONE.withMinConnections(17))
        .withMessage(
            "minConnections must be at most maxConnections, was 17 with maxConnections 16");
  }

  @Test
  void reconnectMin_aboveReconnectMax_isRefused() {
    assertThat(STANDALONE.withReconnectMin(Duration.ofSeconds(5)).reconnectMin())
        .isEqualTo(STANDALONE.reconnectMax());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDALONE.withReconnectMax(Duration.ofMillis(19)))
        .withMessage(
            "reconnectMin must be at most reconnectMax, was PT0.02S with reconnectMax PT0.019S");
  }

  @Test
  void username_withoutPassword_isRefusedUnquoted() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDALONE.withUsername("alice"))
        .withMessage("username must come together with password, which was null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SENTINEL.withSentinelUsername("alice"))
        .withMessage("sentinelUsername must come together with sentinelPassword, which was null");
  }

  @Test
  void username_emptyOrWithSpace_isRefused() {
    RedisConfig config = SENTINEL.withPassword("p").withSentinelPassword("p");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.withUsername(""))
        .withMessage("username must not be empty, null means the user \"default\", was \"\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.withSentinelUsername(""))
        .withMessage(
            "sentinelUsername must not be empty, null means the user \"default\", was \"\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.withUsername("José\u00a0X"))
        .withMessage("username must not have white space or control characters,"
            + " but its character 5 of 6 was U+00A0");
    assertThat(config.withUsername("José").username()).isEqualTo("José");
  }

  @Test
  void password_empty_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDALONE.withPassword(""))
        .withMessage("password must not be empty, null means none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SENTINEL.withSentinelPassword(""))
        .withMessage("sentinelPassword must not be empty, null means none");
    assertThat(STANDALONE.withPassword(" ").password()).isEqualTo(" ");
  }

  @Test
  void sentinelPassword_withoutSentinels_isRefused() {
    for (RedisConfig config : List.of(STANDALONE, SOCKET, CLUSTER)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> config.withSentinelPassword("swordfish"))
          .withMessage(
              "sentinelUsername and sentinelPassword must be null without sentinels, servers was "
                  + config.servers().getClass().getSimpleName());
    }
  }

  @Test
  void database_notZeroInACluster_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CLUSTER.withDatabase(1))
        .withMessage("database must be 0 in a cluster, which has no other, was 1");
    assertThat(SENTINEL.withDatabase(1).database()).isEqualTo(1);
    assertThat(SOCKET.withDatabase(1).database()).isEqualTo(1);
  }

  @Test
  void tls_overAUnixSocket_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SOCKET.withTls(Tls.DEFAULT))
        .withMessage("tls must be null over a Unix socket, which never leaves the machine, was "
            + Tls.DEFAULT);
    for (RedisConfig config : List.of(STANDALONE, SENTINEL, CLUSTER)) {
      assertThat(config.withTls(Tls.DEFAULT).tls()).isEqualTo(Tls.DEFAULT);
    }
  }

  @Test
  void readFrom_replicasOverAUnixSocket_isRefused() {
    for (ReadFrom readFrom : ReadFrom.values()) {
      for (RedisConfig config : List.of(STANDALONE, SENTINEL, CLUSTER)) {
        assertThat(config.withReadFrom(readFrom).readFrom()).isEqualTo(readFrom);
      }
      if (readFrom != ReadFrom.MASTER) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> SOCKET.withReadFrom(readFrom))
            .withMessage("readFrom must be MASTER over a Unix socket, since replicas are found"
                + " by host and port, was "
                + readFrom);
      }
    }
  }

  @Test
  void clientName_notPrintableAscii_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDALONE.withClientName(""))
        .withMessage("clientName must not be empty, null means none, was \"\"");
    for (String name : List.of("a b", "a\n", "aé", "a\u007f")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> STANDALONE.withClientName(name))
          .withMessage(
              "clientName must be printable ASCII characters without spaces,"
                  + " but its character 2 of %d was U+%04X",
              name.length(), (int) name.charAt(1));
    }
    assertThat(STANDALONE.withClientName("!~").clientName()).isEqualTo("!~");
  }

  @Test
  void component_nullWhereNoneMayBe_isRefused() throws ReflectiveOperationException {
    for (RecordComponent component : RedisConfig.class.getRecordComponents()) {
      boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      if (!nullable && !component.getType().isPrimitive()) {
        assertThatNullPointerException().as(component.getName()).isThrownBy(() -> {
          try {
            withValue(STANDALONE, component, null);
          } catch (java.lang.reflect.InvocationTargetException e) {
            throw Objects.requireNonNull(e.getCause());
          }
        });
      }
    }
  }
}
