package dev.chasqui.pointcache;

import dev.chasqui.pooledredis.RedisConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What a command line says, and the environment where that says nothing.
 *
 * @param words the command, and what it is about
 * @param captured whether rows are kept only while there is a watermark
 * @param full whether to shorten nothing
 */
record CliOptions(
    List<String> words,
    PointCacheConfig cache,
    RedisConfig redis,
    DataSource database,
    boolean captured,
    boolean full) {
  private static final String NAMESPACE = "--namespace";
  private static final String REDIS = "--redis-uri";
  private static final String POSTGRES = "--postgres-url";
  private static final String USER = "--postgres-user";
  /** What they are called in the environment. */
  private static final Map<String, String> VALUES = Map.of(
      NAMESPACE, "CHASQUI_NAMESPACE",
      REDIS, "CHASQUI_REDIS_URI",
      POSTGRES, "CHASQUI_POSTGRES_URL",
      USER, "CHASQUI_POSTGRES_USER");

  private static final String PASSWORD = "CHASQUI_POSTGRES_PASSWORD";
  private static final String NO_CAPTURE = "--no-capture";
  private static final String FULL = "--full";
  private static final int SOCKET_TIMEOUT_SECONDS = 30;

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if something is missing or wrong, naming the option and the rule
   */
  static CliOptions parse(Map<String, String> environment, List<String> arguments) {
    Map<String, String> given = new HashMap<>();
    Set<String> flags = new HashSet<>();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (argument.equals("--")) {
        words.addAll(arguments.subList(i + 1, arguments.size()));
        break;
      } else if (!argument.startsWith("--")) {
        words.add(argument);
      } else if (argument.equals(NO_CAPTURE) || argument.equals(FULL)) {
        flags.add(argument);
      } else if (!VALUES.containsKey(name)) {
        throw new IllegalArgumentException(name + " is no option");
      } else if (equals >= 0) {
        given.put(name, argument.substring(equals + 1));
      } else if (++i < arguments.size()) {
        given.put(name, arguments.get(i));
      } else {
        throw new IllegalArgumentException(name + " must have a value");
      }
    }
    return new CliOptions(
        List.copyOf(words),
        cache(need(NAMESPACE, given, environment)),
        redis(need(REDIS, given, environment), given.containsKey(REDIS)),
        database(given, environment),
        !flags.contains(NO_CAPTURE),
        flags.contains(FULL));
  }

  private static @Nullable String find(
      String option, Map<String, String> given, Map<String, String> environment) {
    return given.getOrDefault(option, environment.get(VALUES.get(option)));
  }

  private static String need(
      String option, Map<String, String> given, Map<String, String> environment) {
    String value = find(option, given, environment);
    if (value == null) {
      throw new IllegalArgumentException(
          option + " is missing, and so is " + VALUES.get(option) + " in the environment");
    }
    return value;
  }

  private static PointCacheConfig cache(String namespace) {
    try {
      return PointCacheConfig.of(namespace);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--" + e.getMessage(), e);
    }
  }

  private static RedisConfig redis(String uri, boolean shown) {
    RedisConfig config;
    try {
      config = RedisConfig.parse(uri);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(REDIS + ": " + e.getMessage(), e);
    }
    if (shown && (config.password() != null || config.sentinelPassword() != null)) {
      throw shownPassword(REDIS);
    }
    return config.withSharedConnections(1);
  }

  private static DataSource database(Map<String, String> given, Map<String, String> environment) {
    String url = need(POSTGRES, given, environment);
    PGSimpleDataSource source = new PGSimpleDataSource();
    try {
      source.setURL(url);
    } catch (IllegalArgumentException e) {
      // Without the value: it may hold a password.
      throw new IllegalArgumentException(
          POSTGRES + " must be jdbc:postgresql://host:port/database", e);
    }
    if (given.containsKey(POSTGRES) && source.getPassword() != null) {
      throw shownPassword(POSTGRES);
    }
    String user = find(USER, given, environment);
    if (user != null) {
      source.setUser(user);
    }
    String password = environment.get(PASSWORD);
    if (password != null) {
      source.setPassword(password);
    }
    if (source.getSocketTimeout() == 0) {
      source.setSocketTimeout(SOCKET_TIMEOUT_SECONDS);
    }
    return source;
  }

  private static IllegalArgumentException shownPassword(String option) {
    return new IllegalArgumentException(option
        + " must have no password, which others see among the processes: give it by the environment, as "
        + (option.equals(POSTGRES) ? PASSWORD : VALUES.get(option)));
  }
}
