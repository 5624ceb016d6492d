package dev.chasqui.pointcache;

import java.util.List;
import java.util.Random;

/** Texts that PostgreSQL keeps, such as are hard to get right. */
final class Texts {
  private static final List<String> ODD = List.of(
      "",
      " ",
      "  ",
      "a",
      "A",
      "a ",
      " a",
      "%",
      "%25",
      "#",
      ":",
      "{}",
      "{",
      "}",
      "\"",
      "'",
      "\\",
      "\\x00",
      "NULL",
      "null",
      "{NULL}",
      ",",
      "a,b",
      "\n",
      "\r\n",
      "\t",
      "\u0001",
      "\u007f",
      "\u0080",
      "\u00e9",
      "e\u0301",
      "\u00df",
      "ss",
      "\u0130",
      "i\u0307",
      "\u00c5",
      "\u212b",
      "\ufb01",
      "\ufeff",
      "\ufffd",
      "\uffff",
      "\ufdd0",
      "\u200b",
      "\u202e",
      "\ud83d\ude97",
      "\ud800\udc00",
      "\udbff\udfff",
      "a".repeat(127),
      "a".repeat(128),
      "a".repeat(129),
      "\u00e9".repeat(21),
      "\u00e9".repeat(22),
      ":".repeat(42),
      ":".repeat(43),
      "a".repeat(125) + ":",
      "a".repeat(126) + ":",
      "long ".repeat(200));

  private Texts() {}

  /** One of the odd ones, or up to 60 characters of one plane or another. */
  static String next(Random random) {
    if (random.nextInt(4) == 0) {
      return ODD.get(random.nextInt(ODD.size()));
    }
    int length = random.nextInt(random.nextInt(10) == 0 ? 160 : 12);
    int[] most = {0x80, 0x100, 0x800, 0x10000, Character.MAX_CODE_POINT + 1};
    StringBuilder text = new StringBuilder();
    int limit = most[random.nextInt(most.length)];
    while (text.length() < length) {
      int c = 1 + random.nextInt(limit - 1);
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        text.appendCodePoint(c);
      }
    }
    return text.toString();
  }

  static List<String> odd() {
    return ODD;
  }
}
