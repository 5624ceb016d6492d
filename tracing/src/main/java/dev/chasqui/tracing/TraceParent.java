package dev.chasqui.tracing;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code traceparent}, of <a href="https://www.w3.org/TR/trace-context-2/#traceparent-header">W3C Trace Context
 * level 2</a>: {@code 00-<trace id>-<span id>-<flags>}.
 */
final class TraceParent {
  private static final int LENGTH = 55;
  private static final int TRACE_ID = 3;
  private static final int SPAN_ID = TRACE_ID + 32 + 1;
  private static final int FLAGS = SPAN_ID + 16 + 1;
  /** Sampled, and that the trace id is random; all others are to be written as zero. */
  private static final int KNOWN_FLAGS = 0x03;

  private static final List<String> FLAGS_AS_TEXT = List.of("00", "01", "02", "03");

  private TraceParent() {}

  static String write(SpanContext span) {
    String flags = FLAGS_AS_TEXT.get(span.getTraceFlags().asByte() & KNOWN_FLAGS);
    return "00-" + span.getTraceId() + '-' + span.getSpanId() + '-' + flags;
  }

  /** Returns what it says, without a state; null if it is none, or of a version that cannot be. */
  static @Nullable SpanContext read(String text) {
    String value = text.length() == LENGTH ? text : withoutBlanks(text);
    int length = value.length();
    if (length < LENGTH
        || value.charAt(TRACE_ID - 1) != '-'
        || value.charAt(SPAN_ID - 1) != '-'
        || value.charAt(FLAGS - 1) != '-') {
      return null;
    }
    int version = number(value, 0);
    int flags = number(value, FLAGS);
    if (version < 0 || version == 0xff || flags < 0) {
      return null;
    }
    // What later versions add comes after another dash.
    if (length > LENGTH && (version == 0 || value.charAt(LENGTH) != '-')) {
      return null;
    }
    SpanContext span = SpanContext.createFromRemoteParent(
        value.substring(TRACE_ID, SPAN_ID - 1),
        value.substring(SPAN_ID, FLAGS - 1),
        TraceFlags.fromByte((byte) (flags & KNOWN_FLAGS)),
        TraceState.getDefault());
    return span.isValid() ? span : null;
  }

  /** Two hexadecimal digits in lower case; -1 if they are not. */
  private static int number(String text, int at) {
    int high = digit(text.charAt(at));
    int low = digit(text.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  /** HTTP's optional white space: blanks and tabulators. */
  static String withoutBlanks(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
