package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which of OpenFeature's requirements for providers (sections 2 and 5, of September 2026) are tested, and which cannot be. */
final class SpecificationTest {
  private static final List<Class<?>> TESTS = List.of(FlagProviderTest.class, LastGoodTest.class);

  private final Map<String, JsonNode> requirements = new TreeMap<>();

  SpecificationTest() throws IOException {
    try (InputStream in = Objects.requireNonNull(
        SpecificationTest.class.getResourceAsStream("openfeature-requirements.json"))) {
      JsonMapper.shared()
          .readTree(in)
          .forEach(
              requirement -> requirements.put(requirement.get("number").asString(), requirement));
    }
  }

  @Test
  void requirements_ofProviders_areTestedUnlessTheyAreNotOurs() {
    Set<String> untested = new TreeSet<>(requirements.keySet());
    untested.removeAll(tested());
    Set<String> notOurs = new TreeSet<>();
    requirements.forEach((number, requirement) -> {
      if (requirement.has("notOurs")) {
        notOurs.add(number);
        assertThat(requirement.get("notOurs").asString()).as(number).isNotBlank();
      }
    });

    assertThat(untested).isEqualTo(notOurs);
  }

  @Test
  void tests_ofRequirements_areOfThoseThatExist() {
    assertThat(requirements.keySet()).hasSize(40).containsAll(tested());
  }

  private static Set<String> tested() {
    Set<String> numbers = new TreeSet<>();
    for (Class<?> type : TESTS) {
      for (Method method : type.getDeclaredMethods()) {
        Specification of = method.getAnnotation(Specification.class);
        if (of != null) {
          assertThat(method.isAnnotationPresent(Test.class))
              .as(method.getName())
              .isTrue();
          numbers.addAll(List.of(of.value()));
        }
      }
    }
    return numbers;
  }
}
