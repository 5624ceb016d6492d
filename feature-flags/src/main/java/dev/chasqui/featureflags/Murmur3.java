package dev.chasqui.featureflags;

import java.nio.charset.StandardCharsets;

/**
 * MurmurHash3 x86 32 with seed 0 (Austin Appleby, 2011) of a beginning that is known early and an end that comes with a context,
 * both in UTF-8. The end is read as it is, so nothing is allocated.
 *
 * <p><b>Threads:</b> immutable.
 */
final class Murmur3 {
  /** Of no beginning. */
  static final Murmur3 EMPTY = new Murmur3(new byte[0]);

  private static final int C1 = 0xcc9e2d51;
  private static final int C2 = 0x1b873593;
  private static final int ASCII = 0x80;

  private final int state;
  private final int pending; // bytes after the last whole block, the first lowest
  private final int pendingBits;
  private final int length;

  private Murmur3(byte[] beginning) {
    int h = 0;
    int whole = beginning.length & ~3;
    for (int i = 0; i < whole; i += 4) {
      h = mix(
          h,
          (beginning[i] & 0xff)
              | (beginning[i + 1] & 0xff) << 8
              | (beginning[i + 2] & 0xff) << 16
              | (beginning[i + 3] & 0xff) << 24);
    }
    int rest = 0;
    for (int i = beginning.length - 1; i >= whole; i--) {
      rest = rest << 8 | (beginning[i] & 0xff);
    }
    this.state = h;
    this.pending = rest;
    this.pendingBits = (beginning.length - whole) * 8;
    this.length = beginning.length;
  }

  static Murmur3 startingWith(String beginning) {
    return new Murmur3(beginning.getBytes(StandardCharsets.UTF_8));
  }

  static int hash(byte[] bytes) {
    Murmur3 all = new Murmur3(bytes);
    return end(all.state, all.pending, all.length);
  }

  /** Hash of the beginning followed by {@code text}. */
  int hash(String text) {
    int h = state;
    int rest = pending;
    int bits = pendingBits;
    int bytes = length;
    int chars = text.length();
    int i = 0;
    for (; i + 4 <= chars; i += 4) {
      int a = text.charAt(i);
      int b = text.charAt(i + 1);
      int c = text.charAt(i + 2);
      int d = text.charAt(i + 3);
      if ((a | b | c | d) >= ASCII) {
        break;
      }
      int block = a | (b << 8) | (c << 16) | (d << 24);
      h = mix(h, bits == 0 ? block : rest | (block << bits));
      rest = bits == 0 ? 0 : block >>> (32 - bits);
      bytes += 4;
    }
    for (; i < chars; i++) {
      char letter = text.charAt(i);
      int codePoint = letter;
      if (Character.isSurrogate(letter)) {
        codePoint = text.codePointAt(i);
        if (codePoint > Character.MAX_VALUE) {
          i++;
        } else {
          codePoint = '?'; // as getBytes writes half of a pair
        }
      }
      long encoded = utf8(codePoint);
      int count = (int) (encoded >>> 32);
      int block = (int) encoded;
      bytes += count;
      long together = (rest & 0xffff_ffffL) | (block & 0xffff_ffffL) << bits;
      bits += count * 8;
      if (bits >= 32) {
        h = mix(h, (int) together);
        together >>>= 32;
        bits -= 32;
      }
      rest = (int) together;
    }
    return end(h, rest, bytes);
  }

  /** Its bytes, the first lowest, and above them their number. */
  private static long utf8(int codePoint) {
    if (codePoint < ASCII) {
      return (1L << 32) | codePoint;
    }
    if (codePoint < 0x800) {
      return 2L << 32 | (0xc0 | (codePoint >> 6)) | last(codePoint) << 8;
    }
    if (codePoint < 0x10000) {
      return 3L << 32
          | (0xe0 | (codePoint >> 12))
          | last(codePoint >> 6) << 8
          | last(codePoint) << 16;
    }
    return 4L << 32
        | (0xf0 | (codePoint >> 18))
        | last(codePoint >> 12) << 8
        | last(codePoint >> 6) << 16
        | last(codePoint) << 24;
  }

  private static long last(int bits) {
    return 0x80 | (bits & 0x3f);
  }

  private static int mix(int h, int block) {
    int mixed = h ^ Integer.rotateLeft(block * C1, 15) * C2;
    return Integer.rotateLeft(mixed, 13) * 5 + 0xe6546b64;
  }

  private static int end(int h, int rest, int bytes) {
    int mixed = h ^ Integer.rotateLeft(rest * C1, 15) * C2 ^ bytes; // no rest: 0 changes nothing
    mixed ^= mixed >>> 16;
    mixed *= 0x85ebca6b;
    mixed ^= mixed >>> 13;
    mixed *= 0xc2b2ae35;
    return mixed ^ (mixed >>> 16);
  }
}
