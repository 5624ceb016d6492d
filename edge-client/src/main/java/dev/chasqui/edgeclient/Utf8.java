package dev.chasqui.edgeclient;

/** The size that text has on the wire. */
final class Utf8 {
  private Utf8() {}

  /** Bytes of {@code text} in UTF-8. */
  static int length(CharSequence text) {
    int bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x800 && !Character.isSurrogate(c)) {
        bytes += 2;
      } else if (c >= 0x80) {
        bytes++; // of a surrogate pair, four bytes for two chars
      }
    }
    return bytes;
  }
}
