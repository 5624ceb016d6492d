package dev.chasqui.tracing;

import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import io.opentelemetry.context.ContextKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came in the header {@code tracestate}, of <a href="https://www.w3.org/TR/trace-context-2/#tracestate-header">W3C
 * Trace Context level 2</a>. OpenTelemetry's {@link TraceState} takes the keys of level 1 only and drops all if one is
 * another, so what came is kept beside it and goes on as it came.
 *
 * @param traceId the trace that it belongs to
 * @param members values by key, in the order that they came in
 * @param known those that OpenTelemetry takes
 * @param text all of them
 */
record TraceStateList(String traceId, Map<String, String> members, TraceState known, String text) {
  static final ContextKey<TraceStateList> KEY = ContextKey.named("dev.chasqui.tracing.tracestate");

  private static final int MOST_MEMBERS = 32;
  private static final int LONGEST_KEY = 256;
  private static final int LONGEST_VALUE = 256;

  /**
   * Reads all that came: several headers are one list. Of members with the same key the first stays.
   *
   * @return null if there are none, too many, or one that is wrong
   */
  static @Nullable TraceStateList read(String traceId, Iterator<String> headers) {
    Map<String, String> members = new LinkedHashMap<>();
    while (headers.hasNext()) {
      String header = headers.next();
      for (int from = 0; from <= header.length(); ) {
        int comma = header.indexOf(',', from);
        int to = comma < 0 ? header.length() : comma;
        String member = TraceParent.withoutBlanks(header.substring(from, to));
        if (!member.isEmpty() && (members.size() > MOST_MEMBERS || !add(member, members))) {
          return null;
        }
        from = to + 1;
      }
    }
    if (members.isEmpty() || members.size() > MOST_MEMBERS) {
      return null;
    }
    TraceStateBuilder known = TraceState.builder();
    String[] keys =
        members.keySet().toArray(new String[0]); // it puts each before those that it has
    for (int i = keys.length - 1; i >= 0; i--) {
      known.put(keys[i], members.get(keys[i]));
    }
    return new TraceStateList(traceId, members, known.build(), text(members));
  }

  private static boolean add(String member, Map<String, String> members) {
    int equals = member.indexOf('=');
    if (equals < 0) {
      return false;
    }
    String key = member.substring(0, equals);
    String value = member.substring(equals + 1);
    if (!isKey(key) || !isValue(value)) {
      return false;
    }
    members.putIfAbsent(key, value);
    return true;
  }

  private static boolean isKey(String key) {
    if (key.isEmpty() || key.length() > LONGEST_KEY || !isLetterOrDigit(key.charAt(0))) {
      return false;
    }
    return key.chars().allMatch(c -> isLetterOrDigit(c) || "_-*/@".indexOf(c) >= 0);
  }

  private static boolean isLetterOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  /** All that is printable, but no equals sign; there is none without a value. */
  private static boolean isValue(String value) {
    return !value.isEmpty()
        && value.length() <= LONGEST_VALUE
        && value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '=');
  }

  /**
   * What goes on with a span of this trace: all that came, less what was taken out of {@code state} meanwhile, and first
   * what was put in.
   *
   * @param came what came with the trace that {@code state} may belong to
   */
  static String write(String traceId, TraceState state, @Nullable TraceStateList came) {
    if (came == null || !came.traceId.equals(traceId)) {
      return state.isEmpty() ? "" : text(state.asMap());
    }
    if (state.equals(came.known)) {
      return came.text;
    }
    Map<String, String> members = new LinkedHashMap<>();
    state.forEach((key, value) -> {
      if (!value.equals(came.known.get(key))) {
        members.put(key, value);
      }
    });
    came.members.forEach((key, value) -> {
      boolean isOut = came.known.get(key) != null && state.get(key) == null;
      if (!isOut && members.size() < MOST_MEMBERS) {
        members.putIfAbsent(key, value);
      }
    });
    return text(members);
  }

  private static String text(Map<String, String> members) {
    StringBuilder text = new StringBuilder();
    members.forEach((key, value) -> {
      if (!text.isEmpty()) {
        text.append(',');
      }
      text.append(key).append('=').append(value);
    });
    return text.toString();
  }
}
