package dev.chasqui.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

final class CanonicalJsonTest {
  private static String canonical(JsonNode json) {
    StringBuilder text = new StringBuilder();
    CanonicalJson.write(PlainJson.copy(json), text);
    return text.toString();
  }

  private static String canonical(String json) {
    return canonical(JsonMapper.shared().readTree(json));
  }

  /** RFC 8785, appendix B: the bits of a number and its text; and the ends of the notations. */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0",
    "8000000000000000, 0",
    "0000000000000001, 5e-324",
    "8000000000000001, -5e-324",
    "0000000000000002, 1e-323",
    "7fefffffffffffff, 1.7976931348623157e+308",
    "ffefffffffffffff, -1.7976931348623157e+308",
    "4340000000000000, 9007199254740992",
    "c340000000000000, -9007199254740992",
    "4430000000000000, 295147905179352830000",
    "44b52d02c7e14af5, 9.999999999999997e+22",
    "44b52d02c7e14af6, 1e+23",
    "44b52d02c7e14af7, 1.0000000000000001e+23",
    "444b1ae4d6e2ef4e, 999999999999999700000",
    "444b1ae4d6e2ef4f, 999999999999999900000",
    "444b1ae4d6e2ef50, 1e+21",
    "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d, 0.000001",
    "41b3de4355555553, 333333333.3333332",
    "41b3de4355555554, 333333333.33333325",
    "41b3de4355555555, 333333333.3333333",
    "41b3de4355555556, 333333333.3333334",
    "41b3de4355555557, 333333333.33333343",
    "becbf647612f3696, -0.0000033333333333333333",
    "43143ff3c1cb0959, 1424953923781206.2"
  })
  void write_numberOfTheRfc_isItsText(String bits, String text) {
    double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
    assertThat(canonical(JsonNodeFactory.instance.numberNode(value))).isEqualTo(text);
  }

  @Test
  void write_documentOfTheRfc_isItsText() {
    // RFC 8785, 3.2.2
    String given = """
        {
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
          "literals": [null, true, false]
        }""";
    assertThat(canonical(given))
        .isEqualTo("{\"literals\":[null,true,false],"
            + "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  }

  @Test
  void write_members_areSortedByUtf16CodeUnit() {
    // RFC 8785, 3.2.3
    String given = """
        {"\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh",
         "1": "One", "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control",
         "\\u00f6": "Latin Small Letter O With Diaeresis"}""";
    assertThat(canonical(given))
        .containsSubsequence("Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew");
  }

  @Test
  void write_controlCharacters_areEscapedTheShortestWay() {
    assertThat(canonical(JsonNodeFactory.instance.stringNode("\b\t\n\f\r\0\u001f\u007f\u2028")))
        .isEqualTo("\"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028\"");
  }

  @Test
  void copy_numbersOfEveryClass_areEqualIfTheirTextIs() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonNode fifteen = nodes.numberNode(15);
    assertThat(PlainJson.copy(nodes.numberNode(15.0))).isEqualTo(fifteen);
    assertThat(PlainJson.copy(nodes.numberNode(15L))).isEqualTo(fifteen);
    assertThat(PlainJson.copy(nodes.numberNode((short) 15))).isEqualTo(fifteen);
    assertThat(PlainJson.copy(nodes.numberNode(new java.math.BigDecimal("15.00"))))
        .isEqualTo(fifteen);
    assertThat(PlainJson.copy(nodes.numberNode(0.1f))).isEqualTo(nodes.numberNode(0.1));
    assertThat(canonical("[15, 15.0, 1.5e1]")).isEqualTo("[15,15,15]");
    assertThat(canonical(nodes.binaryNode(new byte[] {1, 2}))).isEqualTo("\"AQI=\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1e400]", "{\"a\":\"\\ud800\"}", "\"\\ude00\\ud83d\""})
  void copy_whatTheRfcRefuses_isRefused(String json) {
    JsonNode given = JsonMapper.shared().readTree(json);
    assertThatThrownBy(() -> PlainJson.copy(given)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void copy_halfASurrogatePairInAName_isRefused() {
    JsonNode given = JsonNodeFactory.instance.objectNode().put("\ude00", 1);
    assertThatThrownBy(() -> PlainJson.copy(given)).isInstanceOf(IllegalArgumentException.class);
  }
}
