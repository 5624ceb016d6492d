package dev.chasqui.app.importing;

import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.yaml.YAMLFactory;

/** How an import file is written. */
public enum ImportFormat {
  JSON("application/json"),
  YAML("application/yaml");

  private final String mediaType;

  ImportFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  /** What the {@code Content-Type} of a request with such a file says. */
  public String mediaType() {
    return mediaType;
  }

  /** The format that a file's name ends with; empty if it is neither. */
  public static Optional<ImportFormat> ofFileName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".json")) {
      return Optional.of(JSON);
    }
    return lower.endsWith(".yaml") || lower.endsWith(".yml") ? Optional.of(YAML) : Optional.empty();
  }

  /** The format that a {@code Content-Type} names, parameters ignored; empty if it is neither. */
  public static Optional<ImportFormat> ofMediaType(String mediaType) {
    String type = mediaType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "application/json" -> Optional.of(JSON);
      case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml" ->
        Optional.of(YAML);
      default -> Optional.empty();
    };
  }

  JsonParser parser(InputStream body) {
    StreamReadConstraints constraints = StreamReadConstraints.builder()
        .maxNestingDepth(ImportLimits.DEPTH)
        .maxStringLength(ImportLimits.TEXT)
        .maxNameLength(ImportLimits.NAME)
        .maxNumberLength(ImportLimits.NUMBER)
        .build();
    TokenStreamFactory factory = switch (this) {
      case JSON -> JsonFactory.builder().streamReadConstraints(constraints).build();
      case YAML ->
        YAMLFactory.builder()
            .streamReadConstraints(constraints)
            // the engine's own limit is 3 MB; the file's size is limited before it is read
            .loadSettings(
                LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build())
            .build();
    };
    return factory.createParser(ObjectReadContext.empty(), body);
  }
}
