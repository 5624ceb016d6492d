package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The picture of a trace: its spans one below the other, each as long as it took. As text, and as HTML that needs no scripts
 * and nothing from elsewhere.
 *
 * <p><b>Threads:</b> safe for any number.
 */
public final class Waterfall {
  private static final int COLUMNS = 40;
  private static final int LONGEST_NAME = 48;
  private static final int LONGEST_FAILURE = 160;
  /** Of those that failed: what a reader looks for first. */
  private static final int MOST_OPEN = 3;

  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  private Waterfall() {}

  /** Draws a trace with characters, a line for each span. */
  public static String text(RecordedTrace trace) {
    List<RecordedTrace.Line> lines = trace.lines();
    int width =
        lines.stream().mapToInt(line -> Math.max(1, label(line).length())).max().orElse(1);
    Scale scale = new Scale(trace);
    StringBuilder text = new StringBuilder("trace ").append(trace.id()).append('\n');
    for (RecordedTrace.Line line : lines) {
      SpanData span = line.span();
      int from = scale.column(span.getStartEpochNanos());
      int to = Math.max(from + 1, scale.column(span.getEndEpochNanos()));
      text.append(String.format(Locale.ROOT, "%-" + width + "s  ", label(line)))
          .append(" ".repeat(from))
          .append("=".repeat(to - from))
          .append(" ".repeat(COLUMNS + 1 - to))
          .append(String.format(Locale.ROOT, "%10s", duration(span)))
          .append(
              RecordedTrace.isFailed(span)
                  ? "  failed: " + line(failure(span), LONGEST_FAILURE)
                  : "")
          .append('\n');
    }
    return text.toString();
  }

  private static String label(RecordedTrace.Line line) {
    return "  ".repeat(line.depth()) + line(line.span().getName(), LONGEST_NAME);
  }

  /** Where a time is between the beginning of a trace and its end. */
  private record Scale(long start, long length) {
    private Scale(RecordedTrace trace) {
      this(trace.start(), Math.max(1, trace.end() - trace.start()));
    }

    /** From 0 to 1. */
    private double share(long time) {
      return Math.min(1, Math.max(0, (double) (time - start) / length));
    }

    private int column(long time) {
      return (int) Math.round(share(time) * COLUMNS);
    }
  }

  private static String duration(SpanData span) {
    return duration(span.getEndEpochNanos() - span.getStartEpochNanos());
  }

  private static String duration(long nanos) {
    if (nanos < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f µs", nanos / 1e3);
    }
    return nanos < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }

  /** On one line, not longer than that, and without what a terminal takes for a command. */
  private static String line(String text, int longest) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= longest ? line : line.substring(0, longest - 1) + "…";
  }

  private static String failure(SpanData span) {
    String type = span.getAttributes().get(ERROR_TYPE);
    String message = span.getStatus().getDescription();
    String shortType = type == null ? "" : type.substring(type.lastIndexOf('.') + 1);
    return message.isEmpty()
        ? shortType
        : shortType.isEmpty() ? message : shortType + ": " + message;
  }

  /** Draws a trace as a page of its own. */
  public static String page(RecordedTrace trace) {
    return page(List.of(trace));
  }

  /**
   * Draws several traces as a page, one below the other.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static String page(List<RecordedTrace> traces) {
    if (traces.isEmpty()) {
      throw new IllegalArgumentException("traces must not be empty");
    }
    StringBuilder page = new StringBuilder("<!doctype html><html lang=\"en\"><head>")
        .append("<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
        .append("<title>")
        .append(escaped(traces.get(0).first().getName()))
        .append("</title><style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;")
        .append("max-width:72rem;padding:0 1rem;color:#1c2430;background:#fff}")
        .append("@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181e}}</style>")
        .append("</head><body>");
    traces.forEach(trace -> page.append(html(trace)));
    return page.append("</body></html>\n").toString();
  }

  /** Draws a trace as a part of a page. Its classes begin with {@code wf}, and it brings their styles along. */
  public static String html(RecordedTrace trace) {
    return html(trace, trace.lines());
  }

  private static String html(RecordedTrace trace, List<RecordedTrace.Line> lines) {
    long length = trace.end() - trace.start();
    StringBuilder html = new StringBuilder(STYLE);
    long failures = trace.failures();
    html.append("<section class=\"wf\"><h2>")
        .append(escaped(lines.get(0).span().getName()))
        .append("</h2><p class=\"wf-sum\">")
        .append(escaped(began(trace)))
        .append(" · ")
        .append(duration(length))
        .append(" · ")
        .append(trace.spans().size())
        .append(trace.spans().size() == 1 ? " span" : " spans")
        .append(failures == 0 ? "" : " · <b class=\"wf-bad\">" + failures + " failed</b>")
        .append(" · <code>")
        .append(trace.id())
        .append("</code></p><div class=\"wf-scale\"><i></i><p><span>0</span><span>")
        .append(duration(length / 2))
        .append("</span><span>")
        .append(duration(length))
        .append("</span></p></div>");
    Scale scale = new Scale(trace);
    int opened = 0;
    for (RecordedTrace.Line line : lines) {
      boolean opens = RecordedTrace.isFailed(line.span()) && opened++ < MOST_OPEN;
      append(html, scale, line, opens);
    }
    return html.append("</section>").toString();
  }

  private static String began(RecordedTrace trace) {
    return Instant.EPOCH
        .plus(trace.start(), ChronoUnit.NANOS)
        .truncatedTo(ChronoUnit.MILLIS)
        .toString()
        .replace('T', ' ')
        .replace("Z", " UTC");
  }

  private static void append(
      StringBuilder html, Scale scale, RecordedTrace.Line line, boolean opens) {
    SpanData span = line.span();
    double from = scale.share(span.getStartEpochNanos()) * 100;
    double width = Math.max(0, scale.share(span.getEndEpochNanos()) * 100 - from);
    String service = span.getResource().getAttribute(SERVICE);
    html.append("<details class=\"wf-row")
        .append(RecordedTrace.isFailed(span) ? " wf-failed" : "")
        .append(opens ? "\" open" : "\"")
        .append("><summary><span class=\"wf-name\" style=\"--wf-depth:")
        .append(line.depth())
        .append("\">")
        .append(escaped(span.getName()))
        .append(span.getKind() == SpanKind.INTERNAL ? "" : " <em>" + kind(span.getKind()) + "</em>")
        .append("</span><span class=\"wf-track\"><i style=\"left:")
        .append(percent(from))
        .append(";width:")
        .append(percent(width))
        .append("\"></i><b style=\"")
        .append(
            from + width > 85 ? "right:" + percent(100 - from) : "left:" + percent(from + width))
        .append("\">")
        .append(duration(span))
        .append("</b></span></summary><dl>");
    if (RecordedTrace.isFailed(span)) {
      entry(html, "failed", failure(span));
    }
    if (service != null) {
      entry(html, "service", service);
    }
    entries(html, span.getAttributes());
    for (EventData event : span.getEvents()) {
      entry(
          html,
          event.getName() + " after " + duration(event.getEpochNanos() - span.getStartEpochNanos()),
          "");
      entries(html, event.getAttributes());
    }
    for (LinkData link : span.getLinks()) {
      entry(
          html,
          "linked to",
          link.getSpanContext().getTraceId() + " " + link.getSpanContext().getSpanId());
    }
    InstrumentationScopeInfo by = span.getInstrumentationScopeInfo();
    entry(html, "made by", by.getName() + (by.getVersion() == null ? "" : " " + by.getVersion()));
    entry(html, "span", span.getSpanId());
    html.append("</dl></details>");
  }

  private static String kind(SpanKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static void entries(StringBuilder html, Attributes attributes) {
    Map<String, String> sorted = new TreeMap<>();
    attributes.forEach((key, value) -> sorted.put(key.getKey(), String.valueOf(value)));
    sorted.forEach((key, value) -> entry(html, key, value));
  }

  private static void entry(StringBuilder html, String name, String value) {
    html.append("<dt>")
        .append(escaped(name))
        .append("</dt><dd>")
        .append(escaped(value))
        .append("</dd>");
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f%%", value);
  }

  /** For text and attributes of HTML. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.chars().forEach(c -> {
      switch (c) {
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '&' -> escaped.append("&amp;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append((char) c);
      }
    });
    return escaped.toString();
  }

  private static final String STYLE = """
      <style>
      .wf{--wf-bar:#3f6fd8;--wf-bad:#c8372d;--wf-line:#8883;--wf-dim:#7a8594;font-variant-numeric:tabular-nums}
      .wf h2{margin:0;font-size:1.25rem}
      .wf-sum{margin:.1rem 0 1rem;color:var(--wf-dim)}
      .wf-bad{color:var(--wf-bad)}
      .wf-scale,.wf summary{display:grid;grid-template-columns:minmax(9rem,32%) 1fr;gap:0 1rem;align-items:center}
      .wf-scale{color:var(--wf-dim);font-size:.8rem;border-bottom:1px solid var(--wf-line);padding:0 .5rem .2rem;margin-bottom:.3rem}
      .wf-scale p{display:flex;justify-content:space-between;margin:0}
      .wf summary{cursor:pointer;list-style:none;padding:.18rem .5rem;border-radius:6px}
      .wf summary::-webkit-details-marker{display:none}
      .wf summary:hover{background:#8881}
      .wf-name{padding-left:calc(var(--wf-depth)*14px);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
      .wf-name em{font-style:normal;font-size:.75rem;color:var(--wf-dim)}
      .wf-track{position:relative;height:1.25rem}
      .wf-track i{position:absolute;top:.2rem;bottom:.2rem;min-width:2px;border-radius:3px;background:var(--wf-bar)}
      .wf-track b{position:absolute;padding:0 .4rem;font-weight:400;font-size:.8rem;color:var(--wf-dim);white-space:nowrap}
      .wf-failed .wf-track i{background:var(--wf-bad)}
      .wf-failed .wf-name{color:var(--wf-bad)}
      .wf dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.1rem 1rem;margin:.2rem .5rem .8rem 1.5rem;padding:.5rem .8rem;border-left:3px solid var(--wf-line);font-size:.85rem}
      .wf dt{color:var(--wf-dim)}
      .wf dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap;tab-size:2;max-height:12rem;overflow-y:auto}
      @media(max-width:40rem){.wf-name{padding-left:calc(var(--wf-depth)*6px)}.wf-name em{display:none}}
      </style>
      """;
}
