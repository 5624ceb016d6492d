package dev.chasqui.realservers;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The servers that the person who runs the tests names, by system property or else by environment variable. */
record GivenServers(Map<String, String> properties, Map<String, String> environment) {
  static final String POSTGRES = "chasqui.test.postgres.url";
  static final String REDIS = "chasqui.test.redis.uri";
  static final String REDIS_PROGRAM = "chasqui.test.redis.server";

  static GivenServers ofThisProcess() {
    Properties properties = System.getProperties();
    return new GivenServers(
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(Function.identity(), properties::getProperty)),
        System.getenv());
  }

  /** Finds {@code chasqui.test.redis.uri}, or else {@code CHASQUI_TEST_REDIS_URI}; blank is as good as absent. */
  Optional<String> find(String name) {
    String variable = name.replace('.', '_').toUpperCase(Locale.ROOT);
    String value =
        properties.getOrDefault(name, environment.getOrDefault(variable, "")).strip();
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }
}
