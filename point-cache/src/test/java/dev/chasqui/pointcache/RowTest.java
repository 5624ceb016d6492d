package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A row by itself. */
final class RowTest {
  private static final Table TABLE = table("vehicle");

  private static final List<@Nullable String> NO_VIN = Arrays.asList("1", null);

  private static Table table(String name) {
    return new Table(
        "public",
        name,
        List.of(new Column("id", "bigint"), new Column("vin", "text")),
        "id",
        Set.of("vin"),
        Set.of());
  }

  @Test
  void row_ofAsManyTextsAsColumns_givesThemByNameAndInOrder() {
    List<@Nullable String> texts = new ArrayList<@Nullable String>(NO_VIN);
    Row row = new Row(TABLE, texts);
    texts.set(0, "changed");
    assertThat(row.table()).isEqualTo(TABLE);
    assertThat(row.texts()).containsExactly("1", null);
    assertThat(row.text("id")).isEqualTo("1");
    assertThat(row.text("vin")).isNull();
    assertThat(row).hasToString("public.vehicle[1, null]");
    assertThatThrownBy(() -> row.texts().set(0, "changed"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void row_ofMoreOrFewerTexts_isRefused() {
    for (List<String> texts : List.of(List.of("1"), List.of("1", "2", "3"))) {
      assertThatThrownBy(() -> new Row(TABLE, texts))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a row of public.vehicle has 2 columns, not " + texts.size());
    }
  }

  @Test
  void text_ofAColumnThatIsNotThere_isRefused() {
    assertThatThrownBy(() -> new Row(TABLE, List.of("1", "V-1")).text("VIN"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("public.vehicle has no column VIN, but [id, vin]");
  }

  @Test
  void equals_isByTableAndTexts() {
    Row row = new Row(TABLE, List.of("1", "V-1"));
    Row same = new Row(table("vehicle"), List.of("1", "V-1"));
    assertThat(row).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(row)
        .isNotEqualTo(new Row(TABLE, List.of("1", "V-2")))
        .isNotEqualTo(new Row(TABLE, NO_VIN))
        .isNotEqualTo(new Row(table("company"), List.of("1", "V-1")))
        .isNotEqualTo("public.vehicle[1, V-1]");
  }
}
