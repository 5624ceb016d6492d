package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which tables may be named. */
final class TableDefinitionTest {
  private static void assertRefused(Runnable definition, String message) {
    assertThatThrownBy(definition::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void of_isInPublic_askedForByItsKeyOnly() {
    assertThat(TableDefinition.of("t"))
        .isEqualTo(new TableDefinition("public", "t", Set.of(), Set.of()));
  }

  @Test
  void with_changesOneThingOrAddsToIt() {
    assertThat(TableDefinition.of("t")
            .withUnique("a")
            .withSchema("s")
            .withIndexed("c", "d")
            .withUnique("b", "a"))
        .isEqualTo(new TableDefinition("s", "t", Set.of("a", "b"), Set.of("c", "d")));
  }

  @Test
  void definition_keepsItsColumns_whateverBecomesOfTheSets() {
    Set<String> unique = new HashSet<>(Set.of("a"));
    TableDefinition definition = new TableDefinition("s", "t", unique, Set.of());
    unique.add("b");
    assertThat(definition.unique()).containsExactly("a");
    assertThatThrownBy(() -> definition.unique().add("b"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void definition_thatCannotBeRight_isRefusedByName() {
    TableDefinition t = TableDefinition.of("t");
    assertRefused(() -> TableDefinition.of(""), "name must not be empty");
    assertRefused(() -> t.withSchema(""), "schema must not be empty");
    assertRefused(() -> t.withUnique(""), "a unique column must not be empty");
    assertRefused(() -> t.withIndexed(""), "an indexed column must not be empty");
    assertRefused(
        () -> t.withUnique("a").withIndexed("a"),
        "a must be either unique or indexed, was both in public.t");
    assertRefused(
        () -> t.withSchema("a.b"),
        "schema must not contain a dot, was a.b: a.b.t could be another table too");
    assertThat(TableDefinition.of("a.t").name())
        .as("the first dot ends the schema")
        .isEqualTo("a.t");
  }
}
