package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The names of keys, by SPEC §1. */
final class KeysTest {
  private static final Table TABLE = new Table(
      "public",
      "vehicle",
      List.of(new Column("id", "bigint"), new Column("vin", "text"), new Column("city", "text")),
      "id",
      Set.of("vin"),
      Set.of("city"));

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"\", \"\"",
        "plain-_.~/\\!, plain-_.~/\\!",
        "a b, a%20b",
        "100%, 100%25",
        "#1, %231",
        "a:b, a%3Ab",
        "{tag}, %7Btag%7D",
        "\u00e9, %C3%A9",
        "\u20ac, %E2%82%AC",
        "\ud83d\ude97, %F0%9F%9A%97",
        "\u007f, %7F"
      })
  void value_anyText_isPlainOrEscapedByBytes(String text, String name) {
    assertThat(Keys.value(text)).isEqualTo(name);
  }

  @Test
  void value_upTo128BytesAsEscaped_isWritten_andAboveIsDigested() {
    assertThat(Keys.value("a".repeat(128))).isEqualTo("a".repeat(128));
    assertThat(Keys.value("a".repeat(129)))
        .isEqualTo("#" + "c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae");
    assertThat(Keys.value(":".repeat(42))).hasSize(126).doesNotStartWith("#");
    assertThat(Keys.value(":".repeat(43))).as("129 bytes").matches("#[0-9a-f]{64}");
  }

  @Test
  void value_ofManyTexts_isAnotherForEach_andReadsBack() {
    Random random = new Random(20_260_101);
    Map<String, String> texts = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String text = Texts.next(random);
      String name = Keys.value(text);
      assertThat(name).as("the name of %s", text).matches("[!-~&&[^:{}]]{0,128}");
      String other = texts.put(name, text);
      assertThat(other == null || other.equals(text))
          .as("%s and %s", other, text)
          .isTrue();
      assertThat(Keys.unescape(Keys.escape(text))).isEqualTo(text);
      assertThat(name.startsWith("#"))
          .isEqualTo(Keys.escape(text).getBytes(StandardCharsets.UTF_8).length > 128);
    }
  }

  @Test
  void beginning_ofEachKindOfColumn_saysWhichItIs() {
    Keys keys = new Keys("fleet");
    assertThat(keys.beginning(17, TABLE, "id")).isEqualTo("pc1:fleet:17:public.vehicle:pk:");
    assertThat(keys.beginning(17, TABLE, "vin")).isEqualTo("pc1:fleet:17:public.vehicle:u:vin:");
    assertThat(keys.beginning(17, TABLE, "city")).isEqualTo("pc1:fleet:17:public.vehicle:n:city:");
    assertThat(List.of(keys.generations(), keys.watermark(), keys.changes()))
        .containsExactly("pc1:fleet:gen", "pc1:fleet:wm", "pc1:fleet:changed");
  }

  @Test
  void beginning_ofOddNames_hasAsManyPartsAsOfOthers() {
    Table odd = new Table(
        "a b", "c:\"d{e}", List.of(new Column("Größe:%", "text")), "Größe:%", Set.of(), Set.of());
    assertThat(new Keys("fleet").beginning(1, odd, "Größe:%"))
        .isEqualTo("pc1:fleet:1:a%20b.c%3A\"d%7Be%7D:pk:");
    Table asked = new Table(
        "s",
        "t",
        List.of(new Column("id", "text"), new Column("Größe:%", "text")),
        "id",
        Set.of("Größe:%"),
        Set.of());
    assertThat(new Keys("fleet").beginning(1, asked, "Größe:%"))
        .isEqualTo("pc1:fleet:1:s.t:u:Gr%C3%B6%C3%9Fe%3A%25:");
  }
}
