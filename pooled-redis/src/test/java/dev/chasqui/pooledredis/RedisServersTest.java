package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.pooledredis.RedisServers.Cluster;
import dev.chasqui.pooledredis.RedisServers.Sentinel;
import dev.chasqui.pooledredis.RedisServers.UnixSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisServersTest {
  private static final Address A = new Address("a", 6379);
  private static final Address B = new Address("b", 6379);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis",
        "redis.fleet.example.",
        "my_redis-1",
        "10.0.0.1",
        "::1",
        "2001:db8::a:1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0"
      })
  void address_nameOrIpAddress_isTaken(String host) {
    assertThat(new Address(host, 1).host()).isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "[::1]",
        "redis:6379",
        "::1::2",
        ":",
        "redis/0",
        "user@redis",
        "a,b",
        "rédis",
        "a\n"
      })
  void address_otherHost_isRefused(String host) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Address(host, 6379))
        .withMessage(
            "host must be a name or an IP address without brackets and port, was \"" + host + "\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6379, 65_535})
  void address_portInRange_isTaken(int port) {
    assertThat(new Address("a", port).port()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65_536, Integer.MAX_VALUE})
  void address_portOutOfRange_isRefused(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Address("a", port))
        .withMessage("port must be 1 to 65535, was " + port);
  }

  @Test
  void addressToString_anyHost_isAsInAUri() {
    assertThat(new Address("redis", 6379)).hasToString("redis:6379");
    assertThat(new Address("::1", 7000)).hasToString("[::1]:7000");
  }

  @Test
  void lists_empty_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cluster(List.of()))
        .withMessage("seeds must have at least one address, was []");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sentinel("m", List.of()))
        .withMessage("sentinels must have at least one address, was []");
  }

  @Test
  void lists_sameAddressTwice_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cluster(List.of(A, B, new Address("a", 6379))))
        .withMessage("seeds must not have an address twice, was [a:6379, b:6379, a:6379]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sentinel("m", List.of(B, B)))
        .withMessage("sentinels must not have an address twice, was [b:6379, b:6379]");
    assertThat(new Cluster(List.of(A, new Address("a", 6380))).seeds()).hasSize(2);
  }

  @Test
  void lists_changedAfterwards_changeNothing() {
    List<Address> addresses = new ArrayList<>(List.of(A));
    Cluster cluster = new Cluster(addresses);
    Sentinel sentinel = new Sentinel("m", addresses);
    addresses.add(B);
    assertThat(cluster.seeds()).containsExactly(A);
    assertThat(sentinel.sentinels()).containsExactly(A);
    assertThatThrownBy(() -> cluster.seeds().add(B))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void sentinel_masterEmptyOrWithSpace_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sentinel("", List.of(A)))
        .withMessage("master must not be empty, was \"\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sentinel("my master", List.of(A)))
        .withMessage("master must not have white space or control characters,"
            + " but its character 3 of 9 was U+0020");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "redis.sock", "./redis.sock", "/"})
  void unixSocket_notTheAbsolutePathOfAFile_isRefused(String path) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new UnixSocket(Path.of(path)))
        .withMessage("path must be the absolute path of a socket, was \"" + Path.of(path) + "\"");
  }
}
