package dev.chasqui.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens and fields: what went out comes in. */
final class WireTest {
  private static final String PARENT = "00-12345678901234567890123456789012-1234567890123456-01";

  private final RecordedSpans spans = new RecordedSpans();
  private final Tracing tracing =
      spans.tracing(TracingConfig.DEFAULT.withCarried("change.id", "vehicle"));

  @AfterEach
  void close() {
    spans.close();
  }

  @Test
  void token_ofATrace_isItsParent() {
    String token = tracing.call("a", tracing::token);
    // Whose flags also say that the SDK makes trace ids at random.
    assertThat(token)
        .isEqualTo("00-" + spans.only().getTraceId() + "-" + spans.only().getSpanId() + "-03");
    tracing.resume("b", token).run(() -> {});
    assertThat(spans.named("b").getParentSpanContext().isRemote()).isTrue();
    assertThat(spans.named("b").getParentSpanId()).isEqualTo(spans.named("a").getSpanId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "junk", "00-0-0-0~a=b~c=d", "~~~", PARENT + "junk"})
  void token_thatIsNone_beginsATrace(String token) {
    tracing.resume("b", token).run(() -> {});
    assertThat(spans.only().getParentSpanContext().isValid()).isFalse();
  }

  @Test
  void token_endless_beginsATrace() {
    tracing.resume("b", PARENT + "~" + "a=b,".repeat(1_000_000)).run(() -> {});
    assertThat(spans.only().getParentSpanContext().isValid()).isFalse();
  }

  @Test
  void anything_asATokenAndAsFields_comesInAsItWentOut() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      Map<String, String> came = new HashMap<>();
      came.put("traceparent", PARENT.replace("-01", "-0" + random.nextInt(4)));
      String states = states(random);
      came.put("tracestate", states);
      Context sent = tracing.extract(came);
      String id = text(random);
      Scope scope = sent.with(
              Baggage.fromContext(sent).toBuilder().put("change.id", id).build())
          .makeCurrent();
      try {
        String token = tracing.token();
        assertThat(token).matches("[\\w.=,@:/+%~-]*");
        Map<String, String> fields = new HashMap<>();
        tracing.inject(fields::put);
        assertSame(tracing.extract(fields), came.get("traceparent"), states, id);
        assertSame(tracing.told(token), came.get("traceparent"), states, id);
      } finally {
        scope.close();
      }
    }
  }

  private void assertSame(Context context, String parent, String states, String id) {
    SpanContext span = Span.fromContext(context).getSpanContext();
    assertThat(TraceParent.write(span)).isEqualTo(parent);
    assertThat(TraceContextPropagator.state(context, span)).isEqualTo(states);
    assertThat(Baggage.fromContext(context).getEntryValue("change.id")).isEqualTo(id);
  }

  private static String states(Random random) {
    StringBuilder states = new StringBuilder();
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      states.append(states.isEmpty() ? "" : ",").append("k@").append(i).append('=');
      int length = random.nextInt(6);
      for (int j = 0; j < length; j++) {
        char c = (char) (' ' + random.nextInt('~' - ' ' + 1));
        states.append(c == ',' || c == '=' ? '%' : c);
      }
      states.append("~");
    }
    return states.toString();
  }

  private static String text(Random random) {
    String alphabet = "aZ09 ~%+,;=\"\\äß€\u00a0";
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void fields_oneThatIsTooLong_leavesRoomForOthers() {
    Context came =
        tracing.extract(Map.of("baggage", "change.id=" + "x".repeat(2_000) + ",vehicle=7"));
    assertThat(Baggage.fromContext(came).asMap()).containsOnlyKeys("vehicle");
  }

  @Test
  void fields_withoutEnd_areReadInTime() {
    Context came = tracing.extract(name -> List.of(
        name.equals("traceparent")
            ? PARENT
            : name.equals("baggage") ? ",".repeat(10_000_000) : "a1=1,".repeat(10_000_000)));
    assertThat(Span.fromContext(came).getSpanContext().isValid()).isTrue();
    assertThat(Baggage.fromContext(came).isEmpty()).isTrue();
  }

  @Test
  void fields_ofAGetterThatKnowsNoBetter_areNone() {
    Context came = tracing.extract(name -> Collections.<String>singletonList(absent()));
    assertThat(Span.fromContext(came).getSpanContext().isValid()).isFalse();
  }

  @SuppressWarnings("NullAway") // as a servlet's getHeader
  private static String absent() {
    return null;
  }

  @Test
  void token_ofALongState_goesWithout() {
    Context came = tracing.extract(
        name -> List.of(name.equals("traceparent") ? PARENT : "a=" + "%".repeat(200)));
    Scope scope = came.makeCurrent();
    try {
      assertThat(tracing.token()).isEqualTo(PARENT);
    } finally {
      scope.close();
    }
  }

  @Test
  void junk_ofManyKinds_isAsIfThereWereNothing() {
    Random random = new Random(8);
    String alphabet = "0123456789abcdef-,;=%~ \t\u0000ä";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder junk = new StringBuilder(PARENT);
      int changes = 1 + random.nextInt(4);
      for (int j = 0; j < changes; j++) {
        junk.setCharAt(
            random.nextInt(junk.length()), alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String text = junk.toString();
      Context context = tracing.extract(
          name -> List.of(name.equals("traceparent") ? text : text.replace('-', '=')));
      SpanContext span = Span.fromContext(context).getSpanContext();
      assertThat(span.isValid()).isEqualTo(NaiveTraceParent.isValid(text));
    }
  }

  /** The grammar as the specification writes it. */
  private static final class NaiveTraceParent {
    private static boolean isValid(String text) {
      String stripped = text.replaceAll("^[ \t]+|[ \t]+$", "");
      return stripped.matches(
          "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
              + "|(?!ff|00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}-(?s:.*)");
    }
  }
}
