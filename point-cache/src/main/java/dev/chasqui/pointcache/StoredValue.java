package dev.chasqui.pointcache;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value as Redis keeps it (SPEC 2.2), and as far as it has been looked at. */
final class StoredValue {
  enum Kind {
    ROW('R'),
    NO_ROW('N'),
    KEYS('I'),
    TOO_MANY('X');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    static @Nullable Kind of(byte letter) {
      for (Kind kind : values()) {
        if (kind.letter == letter) {
          return kind;
        }
      }
      return null;
    }
  }

  private static final int SNAPSHOT = 2;
  /** More than {@code -Math.log(1 - random)} ever is. */
  private static final double LONGEST = 37;

  private final byte[] bytes;
  private final Kind kind;
  private final long loadMillis;
  private final long expiryMillis;
  private final int payload;

  private StoredValue(byte[] bytes, Kind kind, long loadMillis, long expiryMillis, int payload) {
    this.bytes = bytes;
    this.kind = kind;
    this.loadMillis = loadMillis;
    this.expiryMillis = expiryMillis;
    this.payload = payload;
  }

  /** Whether it is an empty (SPEC 2.6): a miss for everybody. */
  static boolean isEmpty(byte[] bytes) {
    return bytes.length > 1 && bytes[0] == 'E' && bytes[1] == '|';
  }

  /** Null if it is not a value, or one of another fingerprint, or of a client that knows more (SPEC 2.8). */
  static @Nullable StoredValue read(byte[] bytes, String fingerprint) {
    if (bytes.length < SNAPSHOT || bytes[0] != 'V' || bytes[1] != '|') {
      return null;
    }
    int head = after(bytes, '|', SNAPSHOT);
    int load = head + 3 + fingerprint.length() + 1; // Rj,1a2b3c4d,
    int payload = after(bytes, '|', Math.min(load, bytes.length));
    if (head < 0 || payload < 0) {
      return null;
    }
    Kind kind = Kind.of(bytes[head]);
    int expiry = after(bytes, ',', load);
    if (kind == null
        || bytes[head + 1] != 'j'
        || bytes[head + 2] != ','
        || bytes[load - 1] != ','
        || expiry < 0
        || expiry > payload) {
      return null;
    }
    for (int i = 0; i < fingerprint.length(); i++) {
      if (bytes[head + 3 + i] != fingerprint.charAt(i)) {
        return null;
      }
    }
    long loadMillis = number(bytes, load, expiry - 1);
    long expiryMillis = number(bytes, expiry, payload - 1);
    return loadMillis < 0 || expiryMillis < 0
        ? null
        : new StoredValue(bytes, kind, loadMillis, expiryMillis, payload);
  }

  /** What {@code fill.lua} and {@code refresh.lua} want of it: all but the expiry. */
  static String head(Kind kind, String fingerprint, long loadMillis) {
    return kind.letter + "j," + fingerprint + "," + loadMillis;
  }

  /** Up to its third {@code |}, which {@code refresh.lua} wants of any value; null if there is none. */
  static @Nullable String beginning(byte[] bytes) {
    int head = bytes.length > 1 && bytes[0] == 'V' ? after(bytes, '|', SNAPSHOT) : -1;
    int payload = head < 0 ? -1 : after(bytes, '|', head);
    return payload < 0 ? null : new String(bytes, 0, payload, StandardCharsets.UTF_8);
  }

  private static int after(byte[] bytes, char end, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == end) {
        return i + 1;
      }
    }
    return -1;
  }

  /** Negative if it is none. */
  private static long number(byte[] bytes, int from, int to) {
    long number = from == to || to - from > 18 ? -1 : 0;
    for (int i = from; i < to && number >= 0; i++) {
      int digit = bytes[i] - '0';
      number = digit < 0 || digit > 9 ? -1 : number * 10 + digit;
    }
    return number;
  }

  Kind kind() {
    return kind;
  }

  /** As it is written there. */
  String snapshot() {
    return new String(
        bytes, SNAPSHOT, after(bytes, '|', SNAPSHOT) - 1 - SNAPSHOT, StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    return bytes;
  }

  /** Null if it is not a JSON array of texts. */
  @Nullable
  List<@Nullable String> payload() {
    return Payload.read(bytes, payload);
  }

  /**
   * Whether to read it anew before it ends, the likelier the sooner that is and the longer reading takes (XFetch, <a
   * href="https://doi.org/10.14778/2757807.2757813">Vattani et al., 2015</a>).
   *
   * @param now milliseconds since 1970
   * @param beta 1 is best by the paper, 0 never
   * @param random 0 to 1
   */
  boolean isDue(long now, double beta, double random) {
    double shift = loadMillis * beta;
    return beta > 0
        && now + shift * LONGEST >= expiryMillis // else the logarithm need not be taken
        && now - shift * Math.log(1 - random) >= expiryMillis;
  }
}
