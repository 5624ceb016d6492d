package dev.chasqui.pooledredis;

import dev.chasqui.pooledredis.RedisConfig.Protocol;
import dev.chasqui.pooledredis.RedisConfig.ReadFrom;
import dev.chasqui.pooledredis.RedisServers.Address;
import dev.chasqui.pooledredis.RedisServers.Cluster;
import dev.chasqui.pooledredis.RedisServers.Sentinel;
import dev.chasqui.pooledredis.RedisServers.Standalone;
import dev.chasqui.pooledredis.RedisServers.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Configs with any values that may be, in whole milliseconds, as URIs have them. */
final class RandomConfigs {
  private static final long LONGEST = Duration.ofDays(24).toMillis();
  private static final String PRINTABLE = printable();

  private final Random random;

  RandomConfigs(Random random) {
    this.random = random;
  }

  RedisConfig next() {
    RedisServers servers = servers();
    boolean socket = servers instanceof UnixSocket;
    String password = perhaps(this::password);
    String sentinelPassword = servers instanceof Sentinel ? perhaps(this::password) : null;
    int max = number(1);
    Duration reconnectMax = duration();
    return new RedisConfig(
        servers,
        password == null ? null : perhaps(this::username),
        password,
        sentinelPassword == null ? null : perhaps(this::username),
        sentinelPassword,
        servers instanceof Cluster ? 0 : number(0),
        socket ? null : perhaps(this::tls),
        perhaps(() -> text(PRINTABLE, 1, 12)),
        oneOf(Protocol.values()),
        socket ? ReadFrom.MASTER : oneOf(ReadFrom.values()),
        number(1),
        random.nextInt(max) + 1 - random.nextInt(2),
        max,
        number(0),
        number(1),
        duration(),
        duration(),
        duration(),
        duration(),
        duration(),
        Duration.ofMillis(1 + (long) (random.nextDouble() * (reconnectMax.toMillis() - 1))),
        reconnectMax,
        perhaps(this::duration));
  }

  private <T> @Nullable T perhaps(Supplier<T> value) {
    return random.nextBoolean() ? value.get() : null;
  }

  private <E> E oneOf(E[] values) {
    return values[random.nextInt(values.length)];
  }

  private RedisServers servers() {
    return switch (random.nextInt(4)) {
      case 0 -> new Standalone(address());
      case 1 ->
        new UnixSocket(Path.of("/" + text(PRINTABLE.replace("/", ""), 1, 12), "redis.sock"));
      case 2 -> new Sentinel(text(PRINTABLE + "é€", 1, 8), addresses());
      default -> new Cluster(addresses());
    };
  }

  private List<Address> addresses() {
    List<Address> addresses = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      Address address = address();
      if (!addresses.contains(address)) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  private Address address() {
    String host = switch (random.nextInt(5)) {
      case 0 -> random.nextInt(256) + ".0.0." + random.nextInt(256);
      case 1 -> "2001:db8::" + Integer.toHexString(random.nextInt(0x10000));
      case 2 -> "fe80::" + Integer.toHexString(random.nextInt(0x10000)) + "%eth0";
      default -> text("abcXYZ019.-_", 1, 10);
    };
    Integer[] ports = {6379, 26_379, 1, 65_535, 1 + random.nextInt(65_535)};
    return new Address(host, oneOf(ports));
  }

  private Tls tls() {
    Tls.Verify verify = oneOf(Tls.Verify.values());
    boolean certificate = random.nextBoolean();
    return new Tls(
        verify,
        verify == Tls.Verify.NONE ? null : perhaps(this::file),
        certificate ? file() : null,
        certificate ? file() : null);
  }

  private Path file() {
    return Path.of(text(PRINTABLE, 0, 8), "a.pem");
  }

  private String username() {
    return text(PRINTABLE + "é€", 1, 10);
  }

  /** Long enough not to be in a message by chance. */
  private String password() {
    return switch (random.nextInt(4)) {
      case 0 -> text("0123456789", 10, 20);
      case 1 -> text("abcdefghijklmnopqrstuvwxyz", 10, 20);
      case 2 -> text("abcXYZ:/?#[]@!$&'()*+,;=%", 10, 20);
      default -> text(PRINTABLE + " \u0000\t\né€", 10, 20) + "\ud83d\ude9a";
    };
  }

  private String text(String characters, int least, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = least + random.nextInt(most - least + 1); i > 0; i--) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }

  private int number(int least) {
    return random.nextInt(4) == 0
        ? Integer.MAX_VALUE - random.nextInt(2)
        : least + random.nextInt(20);
  }

  private Duration duration() {
    return switch (random.nextInt(4)) {
      case 0 -> Duration.ofMillis(1 + (long) (random.nextDouble() * (LONGEST - 1)));
      case 1 -> Duration.ofHours(1 + random.nextInt(24 * 24));
      case 2 -> Duration.ofSeconds(1 + random.nextInt(120));
      default -> Duration.ofMillis(1 + random.nextInt(1_000));
    };
  }

  private static String printable() {
    StringBuilder characters = new StringBuilder();
    for (char c = '!'; c <= '~'; c++) {
      characters.append(c);
    }
    return characters.toString();
  }
}
