package dev.chasqui.tracing;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
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
  /** Much longer than the parts may be together. */
  private static final int LONGEST_TOKEN = 32_768;

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
          Iterable<String> values = fields == null ? null : fields.apply(name);
          return values == null ? List.<String>of().iterator() : values.iterator();
        }
      };

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
      if (to != null) {
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
    return carried.isEmpty() ? context : withFields(context, GETTER.getAll(fields, BAGGAGE));
  }

  /** All of it as one text; empty if there is no trace. */
  String token(Context context) {
    SpanContext span = Span.fromContext(context).getSpanContext();
    if (!span.isValid()) {
      return "";
    }
    String parent = TraceParent.write(span);
    String state = TraceContextPropagator.state(context, span);
    String fields = carried.isEmpty() ? "" : fields(Baggage.fromContext(context));
    if (state.isEmpty() && fields.isEmpty()) {
      return parent;
    }
    return fields.isEmpty()
        ? parent + SEPARATOR + escaped(state)
        : parent + SEPARATOR + escaped(state) + SEPARATOR + escaped(fields);
  }

  /** What a token says; nothing if it is none. */
  Context read(String token) {
    if (token.length() > LONGEST_TOKEN) {
      return Context.root();
    }
    int first = token.indexOf(SEPARATOR);
    String parent = first < 0 ? token : token.substring(0, first);
    SpanContext span = TraceParent.read(parent, TraceState.getDefault());
    if (span == null) {
      return Context.root();
    }
    if (first < 0) {
      return Context.root().with(Span.wrap(span));
    }
    int second = token.indexOf(SEPARATOR, first + 1);
    String state = token.substring(first + 1, second < 0 ? token.length() : second);
    Context context = TraceContextPropagator.with(
        Context.root(), span, List.of(unescaped(state)).iterator());
    return second < 0
        ? context
        : withFields(context, List.of(unescaped(token.substring(second + 1))).iterator());
  }

  private static String escaped(String part) {
    return part.replace("%", "%25").replace("~", "%7E").replace(" ", "%20");
  }

  private static String unescaped(String part) {
    return part.replace("%20", " ").replace("%7E", "~").replace("%25", "%");
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
    int bytes = 0;
    while (headers.hasNext()) {
      for (String member : headers.next().split(",", -1)) {
        String field = TraceParent.withoutBlanks(member.split(";", 2)[0]); // no properties
        int equals = field.indexOf('=');
        String key = equals < 0 ? "" : TraceParent.withoutBlanks(field.substring(0, equals));
        bytes += config.carried().contains(key) ? field.length() : 0;
        if (config.carried().contains(key) && bytes <= config.maximumCarriedBytes()) {
          String value = decoded(TraceParent.withoutBlanks(field.substring(equals + 1)));
          if (value != null) {
            baggage.put(key, value);
          }
        }
      }
    }
    return context.with(baggage.build());
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
