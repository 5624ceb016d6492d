package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The vectors that every language's implementation of SPEC.md passes. */
final class VectorsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private record Case(JsonNode json) {
    @Override
    public String toString() {
      return json.path("rules") + " " + json.path("name").asString();
    }
  }

  private static Stream<Case> resolution() throws IOException {
    try (InputStream file =
        Objects.requireNonNull(VectorsTest.class.getResourceAsStream("vectors/resolution.json"))) {
      return JSON.readTree(file).valueStream().map(Case::new).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("resolution")
  void resolve_caseOfTheVectors_comesOutAsExpected(Case each) {
    JsonNode outcome = ResolutionCase.outcome(each.json());
    // As text, so that a failure shows both; through it, so that numbers are as they are read.
    assertThat(pretty(JSON.readTree(outcome.toString())))
        .isEqualTo(pretty(each.json().path("expect")));
  }

  private static String pretty(JsonNode json) {
    StringBuilder text = new StringBuilder();
    CanonicalJson.write(PlainJson.copy(json), text);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(JSON.readTree(text.toString()));
  }
}
