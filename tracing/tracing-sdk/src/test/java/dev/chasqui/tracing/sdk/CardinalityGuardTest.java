package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.acme.checkout.Orders;
import dev.chasqui.tracing.Tracing;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CardinalityGuardTest {
  private final List<String> warnings = new ArrayList<>();
  private final Arrived arrived = new Arrived();
  private final SdkTracerProvider provider = provider(warnings::add);
  private final Tracer tracer = provider.get("shop");

  private SdkTracerProvider provider(Consumer<String> warnings) {
    return SdkTracerProvider.builder()
        .addSpanProcessor(new CardinalityGuard(new CardinalityGuard.Limits(3, 3), warnings))
        .addSpanProcessor(arrived)
        .build();
  }

  @AfterEach
  void close() {
    provider.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /users/17, GET /users/{id}",
    "17, {id}",
    "GET /v1/users/17/orders/4, GET /v1/users/{id}/orders/{id}",
    "load 0a1b2c3d-0000-4000-8000-00805F9B34FB now, load {id} now",
    "job deadbeef-dead-beef-dead-beefdeadbeef, job {id}",
    "blob 1a2b3c4d, blob {id}",
    "blob_12345678, blob_{id}",
    "day 2026-11-28, day {id}-{id}-{id}",
    "0a1b2c3d-0000-4000-8000-00805F9B34FB7, {id}-{id}-{id}-{id}-{id}",
  })
  void name_withAnId_isOneWithout(String name, String without) {
    Orders.load(tracer, name);
    assertThat(arrived.names()).containsExactly(without);
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("the name '" + name + "' of a span of shop has an id in it, and became '"
            + without + "', at Orders.java:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/users/{id}",
        "http2",
        "sha256",
        "a1b2c3d",
        "deadbeef",
        "x12345678",
        "12345678x",
        "deadbeef-dead-beef-dead",
        "schön",
        "-",
        ""
      })
  void name_withoutAnId_staysAsItIs(String name) {
    Orders.load(tracer, name);
    assertThat(arrived.names()).containsExactly(name.isEmpty() ? "<unspecified span name>" : name);
    assertThat(warnings).isEmpty();
  }

  @Test
  void names_withDifferentIds_areOneName_andWarnedOfOnce() {
    for (int i = 0; i < 100; i++) {
      Orders.load(tracer, "order " + i);
    }
    assertThat(arrived.names()).hasSize(100).containsOnly("order {id}");
    assertThat(warnings).hasSize(1);
  }

  @Test
  void names_ofOneScope_thatAreTooMany_areWarnedOfOnce_andStay() {
    Orders.load(provider.get("other"), "a");
    for (String name : List.of("a", "b", "c", "a", "b", "c")) {
      Orders.load(tracer, name);
    }
    assertThat(warnings).isEmpty();
    Orders.load(tracer, "d");
    Orders.load(tracer, "e");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("spans of shop have more than 3 different names, of which 'd' is one,"
            + " at Orders.java:");
    assertThat(arrived.names()).containsExactly("a", "a", "b", "c", "a", "b", "c", "d", "e");
  }

  @Test
  void keys_thatAreTooMany_areWarnedOfOnce() {
    Orders.load(tracer, "load", "a", "b", "c");
    Orders.load(tracer, "load", "a", "b", "c");
    assertThat(warnings).isEmpty();
    Orders.load(tracer, "load", "d", "e");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("fields have more than 3 different keys, of which '")
        .contains("' of a span of shop is one, at Orders.java:");
  }

  @Test
  void keys_withIds_areWarnedOfOnce_andAreNoneOfTheOthers() {
    Orders.load(tracer, "load", "user.17.name", "user.18.name", "user.19.name", "user.20.name");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("the key 'user.")
        .contains(".name' of a field of a span of shop has an id in it, at Orders.java:");
  }

  @Test
  void warning_ofASpanThatWeMake_saysWhoHasItMade() {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    Tracing tracing = Tracing.of("shop", sdk);
    List.of(17).forEach(id -> tracing.run("order " + id, () -> {}));
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains(", at ")
        .doesNotContain("Tracing.java");
  }

  @Test
  void receiver_thatFails_failsNobody() {
    SdkTracerProvider failing = provider(warning -> {
      throw new IllegalStateException(warning);
    });
    Orders.load(failing.get("shop"), "order 17", "user.17.name");
    assertThat(arrived.names()).containsExactly("order {id}");
    failing.close();
  }

  @Test
  void warnings_areBounded() {
    for (int i = 0; i < 2_000; i++) {
      Orders.load(tracer, "order 17 " + "x".repeat(i));
    }
    assertThat(warnings).hasSize(1_000);
  }

  @Test
  void limits_thatCannotBe_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CardinalityGuard.Limits(0, 1))
        .withMessage("maximumNames must be at least 1, was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CardinalityGuard.Limits(1, 0))
        .withMessage("maximumKeys must be at least 1, was 0");
    assertThat(CardinalityGuard.Limits.DEFAULT).isEqualTo(new CardinalityGuard.Limits(200, 1_000));
  }
}
