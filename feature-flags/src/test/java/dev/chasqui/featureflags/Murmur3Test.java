package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hash, beside what its author wrote down. */
final class Murmur3Test {
  /** Byte by byte as in Appleby's reference. */
  private static int reference(byte[] bytes) {
    int h = 0;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.remaining() >= 4) {
      h ^= Integer.rotateLeft(buffer.getInt() * 0xcc9e2d51, 15) * 0x1b873593;
      h = Integer.rotateLeft(h, 13) * 5 + 0xe6546b64;
    }
    int k = 0;
    for (int shift = 0; buffer.hasRemaining(); shift += 8) {
      k |= (buffer.get() & 0xff) << shift;
    }
    h ^= Integer.rotateLeft(k * 0xcc9e2d51, 15) * 0x1b873593;
    h ^= bytes.length;
    h ^= h >>> 16;
    h *= 0x85ebca6b;
    h ^= h >>> 13;
    h *= 0xc2b2ae35;
    return h ^ (h >>> 16);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "test, ba6bd213",
    "'Hello, world!', c0363e43",
    "The quick brown fox jumps over the lazy dog, 2e4ff723"
  })
  void hash_ofKnownTexts_isThePublishedOne(String text, String hash) {
    assertThat(Integer.toHexString(Murmur3.EMPTY.hash(text))).isEqualTo(hash);
  }

  @Test
  void hash_ofBeginningAndText_isThatOfBothTogether() {
    Random random = new Random(7);
    String letters = "abcdefgh-0123456789éß€漢😀𝄞";
    for (int i = 0; i < 200_000; i++) {
      String beginning = random(random, letters);
      String text = random(random, letters);
      assertThat(Murmur3.startingWith(beginning).hash(text))
          .as("%s + %s", beginning, text)
          .isEqualTo(reference((beginning + text).getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void hash_ofHalfASurrogatePair_isThatOfAQuestionMark() {
    assertThat(Murmur3.EMPTY.hash("a\ud83d")).isEqualTo(Murmur3.EMPTY.hash("a?"));
    assertThat(Murmur3.EMPTY.hash("\ude00a")).isEqualTo(Murmur3.EMPTY.hash("?a"));
  }

  private static String random(Random random, String letters) {
    int[] codePoints = letters.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    boolean ascii = random.nextBoolean();
    for (int i = random.nextInt(14); i > 0; i--) {
      text.appendCodePoint(codePoints[random.nextInt(ascii ? 19 : codePoints.length)]);
    }
    return text.toString();
  }
}
