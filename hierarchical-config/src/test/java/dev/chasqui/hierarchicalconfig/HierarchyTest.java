package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HierarchyTest {
  private static Profile profile(String scope, int priority) {
    return new Profile(Scope.parse(scope), 0, priority, Map.of());
  }

  private static List<String> ordered(Profile... profiles) {
    return Hierarchy.DEFAULT.order(List.of(profiles)).stream()
        .map(profile -> profile.scope().toString())
        .toList();
  }

  @Test
  void order_profilesOfEveryLevel_areWidestFirst() {
    assertThat(ordered(
            profile("device:d", 0),
            profile("group:g", 0),
            profile("global:all", 9),
            profile("vehicle:v", 0),
            profile("company:c", 0)))
        .containsExactly("global:all", "company:c", "group:g", "vehicle:v", "device:d");
  }

  @Test
  void order_groups_byPriorityThenFirstKeyNearest() {
    assertThat(ordered(
            profile("group:b", 5),
            profile("group:z", -1),
            profile("group:a", 5),
            profile("group:c", 7)))
        .containsExactly("group:z", "group:b", "group:a", "group:c");
  }

  @Test
  void order_profilesThatDoNotFit_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ordered(profile("company:a", 0), profile("company:b", 0)))
        .withMessage("a device has one scope of level \"company\", got company:a and company:b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ordered(profile("group:a", 0), profile("group:a", 1)))
        .withMessage("two profiles of group:a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ordered(profile("planet:earth", 0)))
        .withMessage("no level \"planet\" (of planet:earth), levels are "
            + "[global, company, group, vehicle, device]");
  }

  @Test
  void hierarchy_withoutLevelsOrWithOneTwice_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Hierarchy(List.of()))
        .withMessageContaining("at least one level");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Hierarchy(List.of(Level.one("a"), Level.many("a"))))
        .withMessage("level \"a\" is there twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "acme",
        "company:",
        ":acme",
        "Company:acme",
        "company:a b",
        "company:-a",
        "a:b:c"
      })
  void parse_whatIsNoScope_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Scope.parse(text));
  }

  @Test
  void parse_textOfAScope_isThatScope() {
    Scope scope = new Scope("company", "acme-2.de_x");
    assertThat(Scope.parse(scope.toString())).isEqualTo(scope);
    assertThat(Scope.GLOBAL).hasToString("global:all");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Scope("company", "x".repeat(101)))
        .withMessageStartingWith("scope key must match");
    assertThatIllegalArgumentException().isThrownBy(() -> Level.one("Company"));
  }
}
