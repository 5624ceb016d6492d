package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CBOR beside the examples of RFC 8949, appendix A. */
final class CborTest {
  private static String hex(Object value) {
    return HexFormat.of().formatHex(Cbor.encode(value));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "-0.0, 00",
    "1, 01",
    "10, 0a",
    "23, 17",
    "24, 1818",
    "100, 1864",
    "1000, 1903e8",
    "1000000, 1a000f4240",
    "1000000000000, 1b000000e8d4a51000",
    "18446744073709549568, 1bfffffffffffff800",
    "-1, 20",
    "-100, 3863",
    "-9223372036854775808, 3b7fffffffffffffff",
    "1.1, fb3ff199999999999a",
    "1.5, f93e00",
    "5.960464477539063e-8, f90001",
    "0.00006103515625, f90400",
    "100000.5, fa47c35040",
    "3.4028234663852886e38, fa7f7fffff",
    "1e300, fb7e37e43c8800759c",
    "-4.1, fbc010666666666666"
  })
  void number_isAsShortAsItCanBe(double number, String encoded) {
    assertThat(hex(number)).isEqualTo(encoded);
  }

  @Test
  void others_areAsTheRfcSays() {
    assertThat(hex("")).isEqualTo("60");
    assertThat(hex("ü水")).isEqualTo("65c3bce6b0b4");
    assertThat(hex(true)).isEqualTo("f5");
    assertThat(hex(List.of(1.0, List.of(2.0, 3.0)))).isEqualTo("8201820203");
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("bb", 2.0);
    map.put("a", 1.0);
    assertThat(hex(map)).isEqualTo("a261610162626202");
  }
}
