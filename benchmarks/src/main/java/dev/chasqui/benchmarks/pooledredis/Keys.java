package dev.chasqui.benchmarks.pooledredis;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** 10,000 keys as {@code redis-benchmark -r 10000} writes them, and the 100 bytes that each of them has. */
public final class Keys {
  /** How many there are. */
  public static final int COUNT = 10_000;

  /** How many bytes a value has. */
  public static final int BYTES = 100;

  private static final String[] TEXTS = IntStream.range(0, COUNT)
      .mapToObj(key -> String.format(Locale.ROOT, "key:%012d", key))
      .toArray(String[]::new);

  private static final byte[][] NAMES = IntStream.range(0, COUNT)
      .mapToObj(key -> TEXTS[key].getBytes(StandardCharsets.US_ASCII))
      .toArray(byte[][]::new);

  private static final byte[] VALUE = "v".repeat(BYTES).getBytes(StandardCharsets.US_ASCII);

  private Keys() {}

  /** Any of them, as a number from 0 below {@link #COUNT}. */
  public static int any() {
    return ThreadLocalRandom.current().nextInt(COUNT);
  }

  /** For those who want text; always the same object. */
  public static String text(int key) {
    return TEXTS[key];
  }

  /** For those who take bytes; always the same array, which nobody changes. */
  public static byte[] bytes(int key) {
    return NAMES[key];
  }

  /** What every key has; always the same array, which nobody changes. */
  public static byte[] value() {
    return VALUE;
  }

  /** Gives back {@code value} if it can be one. */
  public static byte[] checked(byte[] value) {
    if (value.length != BYTES) {
      throw new IllegalStateException("not a value of " + BYTES + " bytes: " + value.length);
    }
    return value;
  }
}
