package dev.chasqui.hierarchicalconfig.schema;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.chasqui.hierarchicalconfig.SchemaCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * JSON Schema 2020-12. Schemas are compiled once and kept, the 1,000 used last; nothing is fetched
 * from elsewhere: a {@code $ref} must point into its own schema. Safe for any number of threads.
 */
public final class JsonSchemaCheck implements SchemaCheck {
  private static final int MOST_KEPT = 1_000;

  private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
      SpecificationVersion.DRAFT_2020_12,
      builder ->
          builder.schemaLoader(loader -> loader.allow(iri -> isOfTheDialect(iri.toString()))));

  /** Guarded by itself. */
  private final Map<JsonNode, Schema> compiled = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<JsonNode, Schema> eldest) {
      return size() > MOST_KEPT;
    }
  };

  /** Knows no schema yet. */
  public JsonSchemaCheck() {}

  private static boolean isOfTheDialect(String iri) {
    return iri.startsWith("https://json-schema.org/draft/2020-12/");
  }

  @Override
  public @Nullable String problem(JsonNode schema, JsonNode value) {
    try {
      List<Error> errors = compiled(schema).validate(value);
      return errors.isEmpty() ? null : shown(errors.get(0));
    } catch (SchemaException e) {
      return "the schema itself cannot be read: " + e.getMessage();
    }
  }

  private Schema compiled(JsonNode schema) {
    synchronized (compiled) {
      return compiled.computeIfAbsent(schema, json -> registry.getSchema(json.deepCopy()));
    }
  }

  private static String shown(Error error) {
    String place = String.valueOf(error.getInstanceLocation());
    return (place.isEmpty() ? "the value" : place) + ' ' + error.getMessage();
  }
}
