package dev.chasqui.featureflags.importing;

import io.getunleash.DefaultUnleash;
import io.getunleash.Unleash;
import io.getunleash.UnleashContext;
import io.getunleash.util.UnleashConfig;
import io.getunleash.variant.Variant;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Unleash's own SDK with its native engine: started from a text, without a network. */
final class UnleashWitness implements AutoCloseable {
  private final Unleash unleash;

  /** {@code directory} is empty. */
  UnleashWitness(JsonNode features, Path directory) {
    unleash = new DefaultUnleash(UnleashConfig.builder()
        .appName("witness")
        .instanceId("one")
        .unleashAPI("http://127.0.0.1:9/api") // nobody is there, and nobody is asked
        .apiKey("none")
        .backupFile(directory.resolve("no-backup.json").toString())
        .toggleBootstrapProvider(() -> Optional.of(features.toString()))
        .fetchTogglesInterval(0)
        .disablePolling()
        .disableMetrics()
        .build());
  }

  boolean isEnabled(String feature, UnleashContext context) {
    return unleash.isEnabled(feature, context);
  }

  /** What it says of the variant, as JSON. */
  ObjectNode variant(String feature, UnleashContext context) {
    Variant variant = unleash.getVariant(feature, context);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", variant.getName()).put("enabled", variant.isEnabled());
    variant
        .getPayload()
        .filter(payload -> payload.getValue() != null) // how the Java SDK says that there is none
        .ifPresent(payload -> json.putObject("payload")
            .put("type", payload.getType())
            .put("value", payload.getValue()));
    return json;
  }

  static UnleashContext context(Map<String, String> attributes, Instant now) {
    UnleashContext.Builder context =
        UnleashContext.builder().currentTime(now.atZone(ZoneOffset.UTC));
    attributes.forEach((name, value) -> {
      switch (name) {
        case "userId" -> context.userId(value);
        case "sessionId" -> context.sessionId(value);
        case "remoteAddress" -> context.remoteAddress(value);
        case "environment" -> context.environment(value);
        case "appName" -> context.appName(value);
        default -> context.addProperty(name, value);
      }
    });
    return context.build();
  }

  @Override
  public void close() {
    unleash.shutdown();
  }
}
