package dev.chasqui.hierarchicalconfig.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.Merge;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.Violation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class JsonSchemaCheckTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final Setting<JsonNode> AREA = Setting.ofObject("geo.area", JsonNode.class)
      .merge(Merge.DEEP)
      .schema(json("""
          {"type": "object",
           "properties": {"radius": {"$ref": "#/$defs/metres"}, "name": {"type": "string"}},
           "additionalProperties": false,
           "$defs": {"metres": {"type": "number", "exclusiveMinimum": 0}}}"""))
      .withDefault(json("{}"));

  private final Catalogue catalogue = Catalogue.of(AREA).withSchemas(new JsonSchemaCheck());

  private static JsonNode json(String text) {
    return JSON.readTree(text);
  }

  @Test
  void check_valueThatFits_isNull() {
    assertThat(catalogue.check("geo.area", json("{\"radius\": 0.5, \"name\": \"depot\"}")))
        .isNull();
  }

  @Test
  void check_valueThatDoesNotFit_namesThePointerAndTheRule() {
    Violation violation =
        Objects.requireNonNull(catalogue.check("geo.area", json("{\"radius\": 0}")));
    assertThat(violation.rule()).isEqualTo(Violation.Rule.SCHEMA);
    assertThat(violation.message())
        .isEqualTo("must fit its schema, but /radius must have an exclusive minimum value of 0");
  }

  @Test
  void check_schemaThatPointsElsewhere_isNotFetched() {
    Setting<JsonNode> remote = Setting.ofObject("remote", JsonNode.class)
        .schema(json("{\"$ref\": \"https://example.org/schema.json\"}"))
        .withDefault(json("{}"));
    Violation violation = Objects.requireNonNull(
        Catalogue.of(remote).withSchemas(new JsonSchemaCheck()).check("remote", json("{}")));
    assertThat(violation.message()).contains("the schema itself cannot be read");
  }

  @Test
  void check_schemaThatIsNone_saysSo() {
    Setting<JsonNode> broken = Setting.ofObject("broken", JsonNode.class)
        .schema(json("{\"$ref\": \"#/$defs/none\"}"))
        .withDefault(json("{}"));
    Violation violation = Objects.requireNonNull(
        Catalogue.of(broken).withSchemas(new JsonSchemaCheck()).check("broken", json("{}")));
    assertThat(violation.message()).contains("the schema itself cannot be read");
  }

  @Test
  void resolve_mergedObject_isCheckedAsAWhole() {
    EffectiveConfig config = new Resolver(catalogue, Hierarchy.DEFAULT)
        .resolve(
            List.of(
                profile("company:acme", "{\"radius\": 5}"),
                profile("vehicle:v1", "{\"colour\": \"red\"}"),
                profile("device:d1", "{\"name\": \"depot\"}")),
            DeviceContext.NONE,
            Instant.EPOCH);
    assertThat(config.get(AREA)).isEqualTo(json("{\"radius\": 5, \"name\": \"depot\"}"));
    assertThat(config.violations())
        .extracting(Violation::rule, Violation::scope)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Violation.Rule.SCHEMA, Scope.parse("vehicle:v1")));
  }

  private static Profile profile(String scope, String value) {
    return new Profile(Scope.parse(scope), 1, 0, Map.of("geo.area", Entry.of(json(value))));
  }

  @Test
  void resolve_objectThatDoesNotMerge_isCheckedToo() {
    Setting<JsonNode> whole = Setting.ofObject("geo.area", JsonNode.class)
        .schema(Objects.requireNonNull(AREA.schema()))
        .withDefault(json("{}"));
    EffectiveConfig config = new Resolver(
            Catalogue.of(whole).withSchemas(new JsonSchemaCheck()), Hierarchy.DEFAULT)
        .resolve(
            List.of(
                profile("company:acme", "{\"radius\": 5}"),
                profile("device:d1", "{\"radius\": 0}")),
            DeviceContext.NONE,
            Instant.EPOCH);

    assertThat(config.get(whole)).isEqualTo(json("{\"radius\": 5}"));
    assertThat(config.violations())
        .extracting(Violation::toString)
        .containsExactly(
            "device:d1: geo.area: must fit its schema, but /radius must have an exclusive"
                + " minimum value of 0");
  }
}
