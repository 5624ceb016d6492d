package dev.chasqui.benchmarks.featureflags;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The same three flags in each one's format: without a rule, with one of two clauses, half of all users. */
public final class Flags {
  static final List<String> COUNTRIES =
      List.of("DE", "FR", "IT", "ES", "NL", "BE", "AT", "PL", "SE", "DK");

  private static final String COUNTRY_LIST = "[\"" + String.join("\", \"", COUNTRIES) + "\"]";

  public static final String FLAGD = """
      {"flags": {
        "static": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
        "rule": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
          "targeting": {"if": [{"and": [
            {"ends_with": [{"var": "email"}, "@corp.example"]}, {"in": [{"var": "country"}, %s]}]}, "on", "off"]}},
        "rollout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
          "targeting": {"fractional": [["on", 50], ["off", 50]]}}
      }}""".formatted(COUNTRY_LIST);

  public static final String LAUNCH_DARKLY = """
      {"flags": {
        "static": {"key": "static", "version": 1, "on": true, "variations": [true, false], "offVariation": 1,
          "fallthrough": {"variation": 0}},
        "rule": {"key": "rule", "version": 1, "on": true, "variations": [true, false], "offVariation": 1,
          "fallthrough": {"variation": 1}, "rules": [{"id": "r", "variation": 0, "clauses": [
            {"contextKind": "user", "attribute": "email", "op": "endsWith", "values": ["@corp.example"], "negate": false},
            {"contextKind": "user", "attribute": "country", "op": "in", "values": %s, "negate": false}]}]},
        "rollout": {"key": "rollout", "version": 1, "on": true, "variations": [true, false], "offVariation": 1, "salt": "s",
          "fallthrough": {"rollout": {"contextKind": "user", "variations": [
            {"variation": 0, "weight": 50000}, {"variation": 1, "weight": 50000}]}}}
      }}""".formatted(COUNTRY_LIST);

  public static final String UNLEASH = """
      {"version": 2, "features": [
        {"name": "static", "enabled": true, "strategies": [{"name": "default"}]},
        {"name": "rule", "enabled": true, "strategies": [{"name": "default", "constraints": [
          {"contextName": "email", "operator": "STR_ENDS_WITH", "values": ["@corp.example"]},
          {"contextName": "country", "operator": "IN", "values": %s}]}]},
        {"name": "rollout", "enabled": true, "strategies": [{"name": "flexibleRollout",
          "parameters": {"rollout": "50", "stickiness": "userId", "groupId": "rollout"}}]}
      ]}""".formatted(COUNTRY_LIST);

  private Flags() {}

  /** A file of its own, gone when the JVM ends. */
  public static Path file(String content) {
    try {
      Path file = Files.createTempFile("chasqui-flags", ".json");
      file.toFile().deleteOnExit();
      return Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
