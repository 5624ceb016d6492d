package dev.chasqui.pointcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That what is read in a shorter way is what a parser reads. */
final class PayloadTest {
  private static final int TRIES = 300_000;
  private static final String[] PIECES = {
    "[", "]", ",", "\"", "\"", "\\", "null", "nul", "a", "ñ", "🚚", "\\n", "\\u0041", "\u0001", " ",
    "7", "\"b\"", "\"\",", "null,"
  };

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[\"\"]", "[null]", "[\"a\",null,\"\",\"ñ🚚\"]", "[null,\"null\",\"]\",\",[\"]"})
  void readPlain_nothingEscaped_isWhatAParserReads(String json) {
    byte[] bytes = bytes("x|" + json);
    assertThat(Payload.readPlain(bytes, 2)).isNotNull().isEqualTo(Payload.readAny(bytes, 2));
  }

  @Test
  void readPlain_anyPiecesOfJson_isWhatAParserReadsOrNothing() {
    Random random = new Random(5);
    int plain = 0;
    for (int i = 0; i < TRIES; i++) {
      StringBuilder json = new StringBuilder("[");
      for (int pieces = random.nextInt(7); pieces > 0; pieces--) {
        json.append(PIECES[random.nextInt(PIECES.length)]);
      }
      byte[] bytes = bytes(json.append(random.nextInt(9) == 0 ? "" : "]").toString());
      if (random.nextInt(4) == 0) { // most of which are then not UTF-8
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      List<?> read = Payload.readPlain(bytes, 0);
      if (read != null) {
        plain++;
        assertThat(read).as(() -> Arrays.toString(bytes)).isEqualTo(Payload.readAny(bytes, 0));
      }
    }
    assertThat(plain).isGreaterThan(TRIES / 100);
  }

  @Test
  void read_charactersThatStandForNone_areKept() {
    byte[] bytes = bytes("[\"\uFFFD\"]");
    assertThat(Payload.readPlain(bytes, 0)).isNull();
    assertThat(Payload.read(bytes, 0)).containsExactly("\uFFFD");
  }
}
