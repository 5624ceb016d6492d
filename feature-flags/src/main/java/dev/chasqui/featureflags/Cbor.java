package dev.chasqui.featureflags;

import dev.openfeature.sdk.Structure;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values as deterministic CBOR (RFC 8949, 4.2.1), in which bucketing 3 hashes them: whole numbers from -2^63 to 2^64-1 are integers,
 * others the shortest float that keeps them, members sorted by their encoded names.
 */
final class Cbor {
  private static final double TWO_TO_63 = 0x1p63;
  private static final double TWO_TO_64 = 0x1p64;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private Cbor() {}

  static byte[] encode(@Nullable Object value) {
    Cbor cbor = new Cbor();
    cbor.write(Coercion.plain(value));
    return cbor.bytes.toByteArray();
  }

  private void write(@Nullable Object value) {
    if (value == null) {
      bytes.write(0xf6);
    } else if (value instanceof Boolean known) {
      bytes.write(known ? 0xf5 : 0xf4);
    } else if (value instanceof Long || value instanceof Integer) {
      writeWhole(((Number) value).longValue());
    } else if (value instanceof Number number) {
      writeNumber(number.doubleValue());
    } else if (value instanceof String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      writeHead(3, utf8.length);
      bytes.writeBytes(utf8);
    } else if (value instanceof List<?> list) {
      writeHead(4, list.size());
      list.forEach(element -> write(Coercion.plain(element)));
    } else if (value instanceof Structure structure) {
      writeMembers(structure.asMap());
    } else if (value instanceof Map<?, ?> map) {
      writeMembers(map);
    } else {
      throw new RuleException("cannot bucket by " + value.getClass().getSimpleName());
    }
  }

  private void writeMembers(Map<?, ?> members) {
    List<byte[][]> sorted = new ArrayList<>(members.size());
    members.forEach((name, value) -> sorted.add(new byte[][] {encode(name), encode(value)}));
    sorted.sort((one, other) -> Arrays.compareUnsigned(one[0], other[0]));
    writeHead(5, sorted.size());
    for (byte[][] member : sorted) {
      bytes.writeBytes(member[0]);
      bytes.writeBytes(member[1]);
    }
  }

  private void writeWhole(long number) {
    if (number < 0) {
      writeHead(1, ~number);
    } else {
      writeHead(0, number);
    }
  }

  private void writeNumber(double number) {
    if (number == Math.rint(number) && number >= -TWO_TO_63 && number < TWO_TO_64) {
      if (number < TWO_TO_63) {
        writeWhole((long) number);
      } else {
        writeHead(0, (long) (number - TWO_TO_63) ^ Long.MIN_VALUE);
      }
      return;
    }
    float single = (float) number;
    if (single == number || Double.isNaN(number)) {
      int half = half(single);
      if (half >= 0) {
        bytes.write(0xf9);
        writeBytes(half, 2);
      } else {
        bytes.write(0xfa);
        writeBytes(Float.floatToIntBits(single), 4);
      }
    } else {
      bytes.write(0xfb);
      writeBytes(Double.doubleToLongBits(number), 8);
    }
  }

  /** As a float of 16 bits, or -1 where something would be lost. */
  private static int half(float single) {
    if (Float.isNaN(single)) {
      return 0x7e00;
    }
    int bits = Float.floatToIntBits(single);
    int sign = bits >>> 16 & 0x8000;
    int exponent = (bits >>> 23 & 0xff) - 127;
    int fraction = bits & 0x7f_ffff;
    if (exponent == 128) {
      return sign | 0x7c00; // infinite
    }
    if (exponent >= -14 && exponent <= 15) {
      return (fraction & 0x1fff) == 0 ? sign | (exponent + 15) << 10 | fraction >> 13 : -1;
    }
    if (exponent >= -24 && exponent < -14) { // subnormal there
      int shift = -exponent - 1; // of the fraction with its leading bit
      int whole = fraction | 0x80_0000;
      return (whole & ((1 << shift) - 1)) == 0 ? sign | whole >> shift : -1;
    }
    return -1;
  }

  private void writeHead(int major, long number) {
    if (number >= 0 && number < 24) {
      bytes.write(major << 5 | (int) number);
    } else if (number >= 0 && number <= 0xff) {
      bytes.write(major << 5 | 24);
      writeBytes(number, 1);
    } else if (number >= 0 && number <= 0xffff) {
      bytes.write(major << 5 | 25);
      writeBytes(number, 2);
    } else if (number >= 0 && number <= 0xffff_ffffL) {
      bytes.write(major << 5 | 26);
      writeBytes(number, 4);
    } else {
      bytes.write(major << 5 | 27);
      writeBytes(number, 8);
    }
  }

  private void writeBytes(long number, int count) {
    for (int i = count - 1; i >= 0; i--) {
      bytes.write((int) (number >>> (i * 8)));
    }
  }
}
