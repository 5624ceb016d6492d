package dev.chasqui.tracing.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of a change on its way, whose times are made up. */
final class WaterfallTest {
  private final TraceStore store = new TraceStore(1_000, 100);
  private final SdkTracerProvider server = provider("reference-app");
  private final SdkTracerProvider device = provider("truck-7-cam");

  private SdkTracerProvider provider(String service) {
    return SdkTracerProvider.builder()
        .addSpanProcessor(store)
        .setResource(
            Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), service)))
        .build();
  }

  @AfterEach
  void close() {
    server.close();
    device.close();
  }

  private static Span span(
      SdkTracerProvider provider,
      String name,
      SpanKind kind,
      @Nullable Span parent,
      long fromMicros) {
    Tracer tracer = provider.get("dev.chasqui.app", "0.1.0");
    return tracer
        .spanBuilder(name)
        .setSpanKind(kind)
        .setParent(parent == null ? Context.root() : Context.root().with(parent))
        .setStartTimestamp(BEGINNING + fromMicros, TimeUnit.MICROSECONDS)
        .startSpan();
  }

  private static final long BEGINNING = 1_764_288_000_000_000L;

  private static void end(Span span, long atMicros) {
    span.end(BEGINNING + atMicros, TimeUnit.MICROSECONDS);
  }

  private RecordedTrace change() {
    Span click = span(server, "POST /changes", SpanKind.SERVER, null, 0);
    click.setAttribute("http.response.status_code", 303);
    click.setAttribute("change.reason", "<sharper> & \"better\"");
    Span plan = span(server, "plan", SpanKind.INTERNAL, click, 1_200);
    end(plan, 9_700);
    Span apply = span(server, "apply", SpanKind.INTERNAL, click, 10_100);
    end(span(server, "commit", SpanKind.CLIENT, apply, 11_000), 16_400);
    end(apply, 17_000);
    end(click, 18_500);
    Span send = span(server, "send config.changes", SpanKind.PRODUCER, click, 19_000);
    end(send, 20_100);
    Span process = span(server, "process config.changes", SpanKind.CONSUMER, send, 21_400);
    process.addLink(send.getSpanContext());
    Span push = span(server, "push", SpanKind.PRODUCER, process, 22_000);
    Span receive = span(device, "receive", SpanKind.CONSUMER, push, 31_000);
    Span store = span(device, "store", SpanKind.INTERNAL, receive, 31_500);
    store.setStatus(StatusCode.ERROR, "disk full");
    store.setAttribute("error.type", "java.io.IOException");
    store.addEvent(
        "exception",
        Attributes.builder()
            .put("exception.type", "java.io.IOException")
            .put("exception.message", "disk full")
            .put("exception.stacktrace", """
                java.io.IOException: disk full
                \tat dev.chasqui.edgeclient.FileStore.write(FileStore.java:85)
                \tat dev.chasqui.edgeclient.Session.receive(Session.java:140)""")
            .build(),
        BEGINNING + 38_800,
        TimeUnit.MICROSECONDS);
    end(store, 38_900);
    end(receive, 39_200);
    end(push, 22_600);
    end(process, 23_000);
    return this.store.find(click.getSpanContext().getTraceId()).orElseThrow();
  }

  @Test
  void text_ofATrace_isALineForEachSpan() {
    RecordedTrace change = change();
    assertThat(Waterfall.text(change)).isEqualTo("trace " + change.id() + "\n" + """
                POST /changes               ===================                         18.5 ms
                  plan                       =========                                   8.5 ms
                  apply                               =======                            6.9 ms
                    commit                             ======                            5.4 ms
                  send config.changes                          ==                        1.1 ms
                    process config.changes                        =                      1.6 ms
                      push                                        =                    600.0 µs
                        receive                                             ========     8.2 ms
                          store                                             ========     7.4 ms  failed: IOException: disk full
                """);
  }

  @Test
  void page_ofATrace_hasNoScripts_andNothingUnescaped() throws IOException {
    RecordedTrace change = change();
    String page = Waterfall.page(change);
    assertThat(page)
        .startsWith("<!doctype html>")
        .contains("9 spans", "1 failed", "39.2 ms", "truck-7-cam", "disk full")
        .contains("&lt;sharper&gt; &amp; &quot;better&quot;")
        .doesNotContain("<sharper>", "<script", "http://", "https://", "url(");
    Files.writeString(Files.createDirectories(Path.of("target")).resolve("waterfall.html"), page);
  }

  @Test
  void spans_whoseParentIsElsewhere_standBesideTheFirst() {
    Span first = span(server, "first", SpanKind.INTERNAL, null, 0);
    Span missing = span(server, "missing", SpanKind.INTERNAL, first, 1);
    end(span(server, "of the missing", SpanKind.INTERNAL, missing, 2), 3);
    end(first, 10);
    RecordedTrace trace = store.recent().get(0);
    assertThat(trace.lines()).extracting(RecordedTrace.Line::depth).containsExactly(0, 0);
    end(missing, 5);
    assertThat(store.recent().get(0).lines())
        .extracting(RecordedTrace.Line::depth)
        .containsExactly(0, 1, 2);
    assertThat(trace.spans()).hasSize(2); // as it was then
  }

  @Test
  void pictures_ofWhateverThereMayBe_areDrawn() {
    Span hostile = span(server, "<b>\n\u001b[31m\"name'", SpanKind.INTERNAL, null, 5);
    hostile.setStatus(StatusCode.ERROR, "<i>line\r\nbreaks</i>" + "x".repeat(1_000));
    hostile.addEvent("<u>event</u>");
    end(hostile, 1); // before it began
    RecordedTrace trace = store.recent().get(0);
    assertThat(Waterfall.text(trace).lines()).hasSize(2);
    assertThat(Waterfall.text(trace)).doesNotContain("\u001b");
    assertThat(Waterfall.page(trace)).doesNotContain("<b>", "<i>line", "<u>").contains("&lt;u&gt;");
    Span nameless = span(server, "", SpanKind.INTERNAL, null, 0);
    end(nameless, 0);
    assertThat(Waterfall.text(store.recent().get(0))).contains("=");
  }

  @Test
  void spans_deepOrBelowThemselves_areAllThere() {
    TraceStore large = new TraceStore(50_000, 50_000);
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(large).build()) {
      Span parent = null;
      for (int i = 0; i < 20_000; i++) {
        parent = span(provider, "deep", SpanKind.INTERNAL, parent, 0);
        end(parent, 1);
      }
      RecordedTrace deep = large.recent().get(0);
      assertThat(deep.lines()).hasSize(20_000);
      assertThat(deep.lines().get(19_999).depth()).isEqualTo(19_999);
      List<SpanData> circle = deep.spans().stream()
          .filter(span -> !span.getParentSpanId().equals("0000000000000000"))
          .limit(3)
          .<SpanData>map(span -> new OfParent(span))
          .toList();
      assertThat(new RecordedTrace(deep.id(), circle).lines()).hasSize(3);
    }
  }

  /** A span below itself, as no SDK makes them. */
  private static final class OfParent extends DelegatingSpanData {
    private OfParent(SpanData span) {
      super(span);
    }

    @Override
    public SpanContext getParentSpanContext() {
      return getSpanContext();
    }
  }

  @Test
  void store_withTooMany_letsGoWhatIsOldest() {
    TraceStore small = new TraceStore(3, 2);
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(small).build()) {
      Span first = span(provider, "first", SpanKind.INTERNAL, null, 0);
      end(span(provider, "of the first", SpanKind.INTERNAL, first, 0), 1);
      end(span(provider, "second", SpanKind.INTERNAL, null, 0), 1);
      end(first, 2);
      end(span(provider, "third", SpanKind.INTERNAL, null, 0), 1);
      assertThat(small.recent())
          .extracting(trace -> trace.lines().get(0).span().getName())
          .containsExactly("third", "first");
      Span large = span(provider, "large", SpanKind.INTERNAL, null, 0);
      for (int i = 0; i < 5; i++) {
        end(span(provider, "part " + i, SpanKind.INTERNAL, large, 0), 1);
      }
      assertThat(small.recent().get(0).spans()).hasSize(2);
      assertThat(small.find(large.getSpanContext().getTraceId().substring(0, 8)))
          .isPresent();
      assertThat(small.find("")).isEmpty();
      assertThat(small.find("no such trace")).isEmpty();
    }
  }

  @Test
  void trace_ofNothingOrOfSeveral_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RecordedTrace("a", List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RecordedTrace("a", change().spans()))
        .withMessageStartingWith("spans must be of trace a, was of ");
    assertThatIllegalArgumentException().isThrownBy(() -> new TraceStore(0, 1));
  }

  @Test
  void unsampled_isNotKept() {
    Span unsampled = Span.wrap(SpanContext.create(
        "12345678901234567890123456789012",
        "1234567890123456",
        io.opentelemetry.api.trace.TraceFlags.getDefault(),
        io.opentelemetry.api.trace.TraceState.getDefault()));
    end(span(server, "unsampled", SpanKind.INTERNAL, unsampled, 0), 1);
    assertThat(store.recent()).isEmpty();
  }
}
