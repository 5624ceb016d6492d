package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The vectors that every language's implementation of SPEC.md passes. */
final class VectorsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  record Case(JsonNode json) {
    @Override
    public String toString() {
      return json.path("rules") + " " + json.path("name").asString();
    }
  }

  private static Stream<Case> resolution() throws IOException {
    return cases("vectors/resolution.json");
  }

  private static Stream<Case> fingerprint() throws IOException {
    return cases("vectors/fingerprint.json");
  }

  private static Stream<Case> delta() throws IOException {
    return cases("vectors/delta.json");
  }

  private static Stream<Case> plan() throws IOException {
    return cases("vectors/plan.json");
  }

  private static Stream<Case> replay() throws IOException {
    return cases("vectors/replay.json");
  }

  private static Stream<Case> cases(String name) throws IOException {
    try (InputStream file = Objects.requireNonNull(VectorsTest.class.getResourceAsStream(name))) {
      return JSON.readTree(file).valueStream().map(Case::new).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("fingerprint")
  void fingerprint_contentOfTheVectors_isAsExpected(Case each) {
    SortedMap<String, JsonNode> content = new TreeMap<>();
    each.json()
        .path("content")
        .properties()
        .forEach(member -> content.put(member.getKey(), PlainJson.copy(member.getValue())));
    assertThat(FingerprintTree.EMPTY.with(content).root())
        .isEqualTo(each.json().path("expect").path("fingerprint").stringValue());
  }

  @ParameterizedTest
  @MethodSource("resolution")
  void resolve_caseOfTheVectors_comesOutAsExpected(Case each) {
    assertAsExpected(ResolutionCase.outcome(each.json()), each);
  }

  @ParameterizedTest
  @MethodSource("plan")
  void plan_caseOfTheVectors_comesOutAsExpected(Case each) {
    assertAsExpected(FleetCase.plan(each.json()), each);
  }

  @ParameterizedTest
  @MethodSource("replay")
  void replay_caseOfTheVectors_comesOutAsExpected(Case each) {
    assertAsExpected(FleetCase.replay(each.json()), each);
  }

  @ParameterizedTest
  @MethodSource("delta")
  void delta_caseOfTheVectors_comesOutAsExpected(Case each) {
    JsonNode outcome = DeltaCase.outcome(each.json());
    // Some are as deep as deltas may be, and so cannot be put into a larger value.
    assertThat(JSON.readTree(outcome.toString())).isEqualTo(each.json().path("expect"));
  }

  private static void assertAsExpected(JsonNode outcome, Case each) {
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
