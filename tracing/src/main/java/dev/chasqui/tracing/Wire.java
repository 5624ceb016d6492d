package dev.chasqui.tracing;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What goes from process to process: a trace, and the fields that are carried along. */
final class Wire {
  static final String BAGGAGE = "baggage";

  /** Of a token: neither in a trace parent nor, once written, in what follows it. */
  private static final char SEPARATOR = '~';
  /** More than its parts may have. */
  private static final int LONGEST_TOKEN = 32_768;
  /** As it is written in a token, which is to fit into a column; a longer one is left out. */
  private static final int LONGEST_STATE = 512;
  /** Of all headers together, as W3C has it. */
  private static final int LONGEST_BAGGAGE = 8192;

  private static final TextMapGetter<Function<String, ? extends Iterable<String>>> GETTER =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(
            @Nullable Function<String, ? extends Iterable<String>> fields, String name) {
          Iterator<String> values = getAll(fields, name);
          return values.hasNext() ? values.next() : null;
        }

        @Override
        public Iterator<String> getAll(
            @Nullable Function<String, ? extends Iterable<String>> fields, String name) {
          // Carried fields are ours to read, whatever propagator was given.
          return name.equals(BAGGAGE) ? List.<String>of().iterator() : values(fields, name);
        }
      };

  private static Iterator<String> values(
      @Nullable Function<String, ? extends Iterable<String>> fields, String name) {
    Iterable<String> values = fields == null ? null : fields.apply(name);
    if (values == null) {
      return List.<String>of().iterator();
    }
    List<String> found = new ArrayList<>(1);
    for (String value : values) {
      if (Objects.nonNull(value)) { // some getters know no better
        found.add(value);
      }
    }
    return found.iterator();
  }

  private final TextMapPropagator propagator;
  private final TracingConfig config;
  private final List<String> carried; // in the order that they go
  private final Set<String> names;

  Wire(TextMapPropagator propagator, TracingConfig config) {
    this.propagator = propagator;
    this.config = config;
    this.carried = config.carried().stream().sorted().toList();
    this.names = Stream.concat(propagator.fields().stream(), Stream.of(BAGGAGE))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Of all that may be written. */
  Set<String> names() {
    return names;
  }

  void write(Context context, boolean withCarried, BiConsumer<String, String> field) {
    propagator.inject(context, field, (to, name, value) -> {
      if (to != null && !name.equals(BAGGAGE)) { // which is ours to write
        to.accept(name, value);
      }
    });
    if (withCarried && !carried.isEmpty()) {
      String fields = fields(Baggage.fromContext(context));
      if (!fields.isEmpty()) {
        field.accept(BAGGAGE, fields);
      }
    }
  }

  /** A trace that came from elsewhere, and nothing of here. */
  Context read(Function<String, ? extends Iterable<String>> fields) {
    Context context = propagator.extract(Context.root(), fields, GETTER);
    return carried.isEmpty() ? context : withFields(context, values(fields, BAGGAGE));
  }

  /** All of it as one text; empty if there is no trace. */
  String token(Context context) {
    SpanContext span = Span.fromContext(context).getSpanContext();
    if (!span.isValid()) {
      return "";
    }
    String parent = TraceParent.write(span);
    String state = escaped(TraceContextPropagator.state(context, span));
    if (state.length() > LONGEST_STATE) {
      state = "";
    }
    String fields = carried.isEmpty() ? "" : fields(Baggage.fromContext(context));
    if (state.isEmpty() && fields.isEmpty()) {
      return parent;
    }
    return fields.isEmpty()
        ? parent + SEPARATOR + state
        : parent + SEPARATOR + state + SEPARATOR + escaped(fields);
  }

  /** What a token says; nothing if it is none. */
  Context read(String token) {
    if (token.length() > LONGEST_TOKEN) {
      return Context.root();
    }
    int first = token.indexOf(SEPARATOR);
    String parent = first < 0 ? token : token.substring(0, first);
    SpanContext span = TraceParent.read(parent);
    if (span == null) {
      return Context.root();
    }
    if (first < 0) {
      return Context.root().with(Span.wrap(span));
    }
    int second = token.indexOf(SEPARATOR, first + 1);
    String state = unescaped(token.substring(first + 1, second < 0 ? token.length() : second));
    String fields = second < 0 ? null : unescaped(token.substring(second + 1));
    Context context =
        TraceContextPropagator.with(Context.root(), span, orNone(state).iterator());
    return withFields(context, orNone(fields).iterator());
  }

  private static List<String> orNone(@Nullable String value) {
    if (value == null) {
      return List.of();
    }
    return List.of(value);
  }

  /** Of printable ASCII: harmless in JSON, in quotes, to a shell, in a URL's path. */
  private static String escaped(String part) {
    StringBuilder escaped = null;
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      boolean isHarmless = (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || "-._=,@:/+".indexOf(c) >= 0;
      if (!isHarmless && escaped == null) {
        escaped = new StringBuilder(part.length() + 16).append(part, 0, i);
      }
      if (escaped != null) {
        escaped.append(isHarmless ? String.valueOf(c) : "%" + HexFormat.of().toHexDigits((byte) c));
      }
    }
    return escaped == null ? part : escaped.toString();
  }

  /** Null if it was not written so. */
  private static @Nullable String unescaped(String part) {
    return part.indexOf('%') < 0 ? part : decoded(part);
  }

  /** As the header {@code baggage} has them (W3C Baggage). */
  private String fields(Baggage baggage) {
    if (baggage.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (String key : carried) {
      String value = baggage.getEntryValue(key);
      if (value == null) {
        continue;
      }
      String field =
          key + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
      int separator = text.isEmpty() ? 0 : 1;
      if (text.length() + separator + field.length() <= config.maximumCarriedBytes()) {
        text.append(separator == 0 ? "" : ",").append(field);
      }
    }
    return text.toString();
  }

  private Context withFields(Context context, Iterator<String> headers) {
    if (carried.isEmpty() || !headers.hasNext()) {
      return context;
    }
    BaggageBuilder baggage = Baggage.builder();
    int read = 0;
    int taken = 0;
    while (headers.hasNext()) {
      String header = headers.next();
      for (int from = 0; from < header.length(); ) {
        int comma = header.indexOf(',', from);
        int to = comma < 0 ? header.length() : comma;
        read += to - from + 1;
        if (read > LONGEST_BAGGAGE) {
          break;
        }
        taken += take(header.substring(from, to), config.maximumCarriedBytes() - taken, baggage);
        from = to + 1;
      }
    }
    return context.with(baggage.build());
  }

  /** Takes a field if it is declared and short enough, and says how long it was. */
  private int take(String member, int mostBytes, BaggageBuilder baggage) {
    int properties = member.indexOf(';'); // which nobody has a use for
    String field =
        TraceParent.withoutBlanks(properties < 0 ? member : member.substring(0, properties));
    int equals = field.indexOf('=');
    String key = equals < 0 ? "" : TraceParent.withoutBlanks(field.substring(0, equals));
    if (!config.carried().contains(key) || field.length() > mostBytes) {
      return 0;
    }
    String value = decoded(TraceParent.withoutBlanks(field.substring(equals + 1)));
    if (value == null) {
      return 0;
    }
    baggage.put(key, value);
    return field.length() + 1;
  }

  private static @Nullable String decoded(String value) {
    try {
      return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether carried fields go to this host over HTTP. */
  boolean carriesTo(@Nullable String host) {
    return host != null && config.carriesTo(host.toLowerCase(Locale.ROOT));
  }
}
