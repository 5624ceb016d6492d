package dev.chasqui.pooledredis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * URIs of any config are read as it; damaged ones are read as some config, or refused in a way that keeps the
 * passwords.
 */
final class RedisUriFuzzTest {
  private static final long SEED = 20_270_209;
  private static final int CASES = 5_000;

  /** So much of a password in a message is no chance. */
  private static final int TOLD = 6;

  /** What means something in a URI, and some that does not. */
  private static final String CHARACTERS = ":@/?#&=%[],.+-_az09 \u00e9\n\\";

  private static final List<String> SCHEMES = List.of(
      "redis",
      "rediss",
      "redis-socket",
      "redis-sentinel",
      "rediss-sentinel",
      "redis-cluster",
      "valkey");

  private final Random random = new Random(SEED);
  private final RandomConfigs configs = new RandomConfigs(random);
  private final UriPrinter printer = new UriPrinter(random);

  @Test
  void parse_printedConfig_givesTheConfig() {
    for (int i = 0; i < CASES; i++) {
      RedisConfig config = configs.next();
      String uri = printer.print(config);
      try {
        assertThat(RedisConfig.parse(uri)).as(caseOf(i, uri)).isEqualTo(config);
      } catch (RuntimeException e) {
        fail(caseOf(i, uri), e);
      }
    }
  }

  @Test
  void parse_uriWithTypos_givesAConfigOrIsRefusedWithoutAPartOfItsPasswords() {
    fuzz(this::mistyped, TOLD);
  }

  /** What is torn may join the end of a password to what may be quoted, but never all of it. */
  @Test
  void parse_tornUri_givesAConfigOrIsRefusedWithoutItsPasswords() {
    fuzz(this::torn, Integer.MAX_VALUE);
  }

  private void fuzz(UnaryOperator<String> damage, int told) {
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      RedisConfig config = configs.next();
      String uri = printer.print(config);
      List<String> secrets = secrets(config, uri);
      String damaged = uri;
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        damaged = damage.apply(damaged);
      }
      String place = caseOf(i, uri + " -> " + damaged);
      RedisConfig read;
      try {
        read = RedisConfig.parse(damaged);
      } catch (IllegalArgumentException e) {
        refused++;
        assertThat(e.getClass()).as(place).isEqualTo(IllegalArgumentException.class);
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
          assertTellsNothing(cause.getMessage(), secrets, told, place);
        }
        continue;
      } catch (RuntimeException | StackOverflowError e) {
        fail(place, e);
        return;
      }
      assertThat(RedisConfig.parse(printer.print(read))).as(place).isEqualTo(read);
    }
    assertThat(refused).as("seed %s", SEED).isBetween(CASES / 4, CASES - CASES / 50);
  }

  @Test
  void parse_noise_isRefused() {
    for (int i = 0; i < CASES; i++) {
      StringBuilder noise = new StringBuilder(random.nextBoolean() ? "redis://" : "");
      for (int n = random.nextInt(12); n > 0; n--) {
        noise.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
      }
      try {
        RedisConfig read = RedisConfig.parse(noise.toString());
        assertThat(RedisConfig.parse(printer.print(read))).as(caseOf(i, noise)).isEqualTo(read);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as(caseOf(i, noise)).hasSizeBetween(10, 500);
      } catch (RuntimeException e) {
        fail(caseOf(i, noise), e);
      }
    }
  }

  /** Decoded and as they stand in the URI. */
  private static List<String> secrets(RedisConfig config, String uri) {
    List<String> secrets = new ArrayList<>();
    String password = config.password();
    if (password != null) {
      secrets.add(password);
      secrets.add(uri.substring(uri.indexOf(':', uri.indexOf("://") + 3) + 1, uri.indexOf('@')));
    }
    String sentinelPassword = config.sentinelPassword();
    if (sentinelPassword != null) {
      secrets.add(sentinelPassword);
      String option = "sentinelPassword=";
      secrets.add(uri.substring(uri.indexOf(option) + option.length()).replaceFirst("&.*", ""));
    }
    return secrets;
  }

  private static void assertTellsNothing(
      @Nullable String message, List<String> secrets, int told, String place) {
    if (message == null) {
      return;
    }
    assertThat(message).as(place).hasSizeLessThan(600);
    for (String secret : secrets) {
      int length = Math.min(told, secret.length());
      for (int i = 0; i + length <= secret.length(); i++) {
        String part = secret.substring(i, i + length);
        if (message.contains(part)) { // asked first, since it is asked millions of times
          fail(place + ": " + message + " tells " + part);
        }
      }
    }
  }

  private String mistyped(String uri) {
    if (uri.length() < 2) {
      return uri;
    }
    int i = place(uri);
    String before = uri.substring(0, i);
    String after = uri.substring(i + 1);
    char character = CHARACTERS.charAt(random.nextInt(CHARACTERS.length()));
    return switch (random.nextInt(6)) {
      case 0 -> before + after;
      case 1 -> before + character + uri.substring(i);
      case 2 -> before + character + after;
      case 3 ->
        after.isEmpty() ? uri : before + after.charAt(0) + uri.charAt(i) + after.substring(1);
      case 4 -> oneOf(SCHEMES) + uri.replaceFirst("^[a-z-]*", "");
      default -> withLastOptionTwice(uri);
    };
  }

  private String torn(String uri) {
    if (uri.length() < 2) {
      return uri;
    }
    int i = place(uri);
    int j = i + random.nextInt(uri.length() - i);
    return switch (random.nextInt(4)) {
      case 0 -> uri.substring(0, i);
      case 1 -> uri.substring(i);
      case 2 -> uri.substring(0, i) + uri.substring(j);
      default -> mistyped(uri);
    };
  }

  /** What divides a URI is more often hit than its share of the characters. */
  private int place(String uri) {
    int i = random.nextInt(uri.length());
    int divider = random.nextBoolean() ? firstOf(":@/?&=", uri, i) : -1;
    return divider < 0 ? i : divider;
  }

  private String oneOf(List<String> words) {
    return words.get(random.nextInt(words.size()));
  }

  private static String withLastOptionTwice(String uri) {
    int mark = uri.indexOf('?');
    return mark < 0 ? uri : uri + "&" + uri.substring(Math.max(mark, uri.lastIndexOf('&')) + 1);
  }

  private static int firstOf(String characters, String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (characters.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static String caseOf(int index, Object uri) {
    return "seed " + SEED + ", case " + index + ": " + uri;
  }
}
