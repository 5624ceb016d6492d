package dev.chasqui.tracing;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the spans of one library or program, each around a piece of its code. The spans are OpenTelemetry's, and so is the
 * context in which they are current: what others make nests with them.
 *
 * <p>Without an SDK nothing is made, and nothing is paid for it. A trace that came from elsewhere goes on all the same.
 *
 * <p><b>Errors:</b> what a body throws reaches the caller unchanged, a checked exception with its type; of several
 * types that is the one they have in common. The span has the
 * status, {@code error.type} and, once per exception, its stack trace; see {@link TracingConfig#outcomes()} for what is no
 * error. Nothing is thrown for tracing's own sake, but for wrong arguments.
 *
 * <p><b>Threads:</b> safe for any number. One for a library or program is enough.
 */
public final class Tracing {
  /** What is done in a step. */
  @FunctionalInterface
  public interface Call<T extends @Nullable Object, X extends Throwable> {
    /** Does it. */
    T call() throws X;
  }

  /** What is done in a step, without a result. */
  @FunctionalInterface
  public interface Action<X extends Throwable> {
    /** Does it. */
    void run() throws X;

    /** Returns the same, with a result that says nothing. */
    default Call<@Nullable Void, X> asCall() {
      return () -> {
        run();
        return null;
      };
    }
  }

  /** After so many calls without an SDK it is looked for in one of so many only: that takes a lock. */
  private static final int CALLS_BETWEEN_LOOKS = 1024;

  private final String name;
  private final @Nullable String version;
  private final TracingConfig config;
  private final @Nullable OpenTelemetry given;
  private final Supplier<Attributes> stamp;
  private final InstantSource clock;
  private final Failures failures;
  private final Wire wire;
  private volatile @Nullable Bound bound;
  private int callsUnbound; // may lose some

  private record Bound(Tracer tracer, Logger logger) {}

  private Tracing(Builder builder) {
    name = builder.name;
    version = builder.version;
    config = builder.config;
    given = builder.openTelemetry;
    stamp = builder.stamp;
    clock = builder.clock;
    failures = new Failures(config);
    wire = new Wire(builder.propagator, config);
    if (given != null) {
      bound = bind(given);
    }
  }

  /**
   * Makes one for the library or program of this name, such as {@code com.acme.checkout}, that uses {@link
   * GlobalOpenTelemetry} once somebody has set it. Whoever sets it late may miss the first thousand steps that come then.
   */
  public static Tracing of(String name) {
    return builder(name).build();
  }

  /** Makes one for the library or program of this name. */
  public static Tracing of(String name, OpenTelemetry openTelemetry) {
    return builder(name).openTelemetry(openTelemetry).build();
  }

  /** Begins one for the library or program of this name. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** How a {@link Tracing} is made. */
  public static final class Builder {
    private final String name;
    private @Nullable String version;
    private @Nullable OpenTelemetry openTelemetry;
    private TracingConfig config = TracingConfig.DEFAULT;
    private TextMapPropagator propagator = new TraceContextPropagator();
    private Supplier<Attributes> stamp = Attributes::empty;
    private InstantSource clock = InstantSource.system();

    private Builder(String name) {
      this.name = name;
    }

    /** Says which version of the library or program it is. */
    public Builder version(String version) {
      this.version = version;
      return this;
    }

    /** Takes this OpenTelemetry in place of the global one. */
    public Builder openTelemetry(OpenTelemetry openTelemetry) {
      this.openTelemetry = openTelemetry;
      return this;
    }

    /** Sets values in place of {@link TracingConfig#DEFAULT}. */
    public Builder config(TracingConfig config) {
      this.config = config;
      return this;
    }

    /**
     * Writes and reads traces in other fields than W3C's, such as B3's. Tokens stay as they are. It need not care about
     * baggage: carried fields go by themselves.
     */
    public Builder propagator(TextMapPropagator propagator) {
      this.propagator = propagator;
      return this;
    }

    /**
     * Sets fields on each span that is the first of its trace in this process, such as the revision of the
     * configuration. Is asked each time, on the thread that makes the span; if it fails, there are none.
     */
    public Builder stamp(Supplier<Attributes> stamp) {
      this.stamp = stamp;
      return this;
    }

    /** Tells how old messages are by another clock than the system's. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /** Makes it. */
    public Tracing build() {
      return new Tracing(this);
    }
  }

  private Bound bind(OpenTelemetry openTelemetry) {
    TracerBuilder builder = openTelemetry.tracerBuilder(name);
    if (version != null) {
      builder.setInstrumentationVersion(version);
    }
    return new Bound(builder.build(), openTelemetry.getLogsBridge().get(name));
  }

  /** Null if nobody wants spans. */
  private @Nullable Bound live() {
    Bound now = bound;
    if (now == null) {
      now = look();
    }
    return now != null && now.tracer.isEnabled() ? now : null;
  }

  private @Nullable Bound look() {
    int calls = ++callsUnbound;
    if (calls > CALLS_BETWEEN_LOOKS) {
      if (calls < 2 * CALLS_BETWEEN_LOOKS) {
        return null;
      }
      callsUnbound = CALLS_BETWEEN_LOOKS;
    }
    if (!GlobalOpenTelemetry.isSet()) { // get() would set one that does nothing, for good
      return null;
    }
    Bound found = bind(GlobalOpenTelemetry.get());
    bound = found;
    return found;
  }

  /** Does something in a span of this name, a child of the current one. */
  public <X extends Throwable> void run(String step, Action<X> body) throws X {
    step(step).run(body);
  }

  /** Does something in a span of this name, a child of the current one, and returns what it returns. */
  public <T extends @Nullable Object, X extends Throwable> T call(String step, Call<T, X> body)
      throws X {
    return step(step).call(body);
  }

  /**
   * Begins something in a span of this name that ends when the stage does. The stage is the one that {@code body} returns,
   * so that whoever cancels it cancels that.
   */
  public <S extends CompletionStage<?>, X extends Throwable> S async(String step, Call<S, X> body)
      throws X {
    return step(step).async(body);
  }

  /** Prepares a child of the current span, with more than a name. */
  public Step step(String name) {
    Bound live = live();
    return live == null ? Step.none() : step(live, name, Context.current());
  }

  /** Prepares a span that is the first of its trace, whatever is current. */
  public Step root(String name) {
    return step(name, Context.root());
  }

  /** Prepares a child of the span in {@code parent}, which is a context of here or one that was {@link #extract}ed. */
  public Step step(String name, Context parent) {
    Bound live = live();
    return live == null ? Step.none(parent) : step(live, name, parent);
  }

  private Step step(Bound live, String name, Context given) {
    Context current = Context.current();
    boolean isElsewhere = !given.equals(current);
    Trace.Mark mark = Trace.mark(current);
    if (mark == null && isElsewhere) {
      mark = Trace.mark(given);
    }
    if (mark == Trace.Mark.MUTED) {
      return Step.none();
    }
    Span above = Span.fromContext(given);
    SpanContext span = above.getSpanContext();
    boolean isUnsampled = span.isValid() && !span.isSampled();
    if (isUnsampled
        && config.skipsUnsampled()
        && mark != Trace.Mark.FORCED
        && !above.isRecording()) { // what is recorded may yet be kept
      return isElsewhere ? Step.none(given) : Step.none();
    }
    Context parent = mark == Trace.Mark.FORCED ? Trace.forced(given) : given;
    SpanBuilder builder = live.tracer.spanBuilder(name).setParent(parent);
    if (!span.isValid() || span.isRemote()) {
      builder.setAllAttributes(stamped());
    }
    if (!config.carried().isEmpty()) {
      Baggage.fromContext(parent).forEach((key, entry) -> {
        if (config.carried().contains(key)) {
          builder.setAttribute(key, entry.getValue());
        }
      });
    }
    return Step.of(this, builder, parent);
  }

  private Attributes stamped() {
    try {
      return stamp.get();
    } catch (RuntimeException e) {
      return Attributes.empty();
    }
  }

  /** Wraps what is done again and again, such as by a scheduler: each time is a trace of its own. */
  public Runnable tick(String step, Runnable body) {
    return () -> root(step).run(body::run);
  }

  /**
   * Does something with a field on the current span and all that are made meanwhile: here, on threads that keep the
   * context, and wherever messages and requests go.
   *
   * @throws IllegalArgumentException if the key is none that {@link TracingConfig#carried()} names
   */
  public <T extends @Nullable Object, X extends Throwable> T carry(
      String key, String value, Call<T, X> body) throws X {
    if (!config.carried().contains(key)) {
      throw new IllegalArgumentException("'" + key + "' must be one of the carried keys of " + name
          + ", which are " + config.carried().stream().sorted().toList());
    }
    Context context = Context.current();
    Span.fromContext(context).setAttribute(key, value);
    Baggage baggage = Baggage.fromContext(context).toBuilder().put(key, value).build();
    return Trace.within(context.with(baggage), body);
  }

  /** Does the same with something that has no result. */
  public <X extends Throwable> void carry(String key, String value, Action<X> body) throws X {
    this.<@Nullable Void, X>carry(key, value, body.asCall());
  }

  /**
   * Messages over a destination.
   *
   * @param system what they go over, such as {@code redis}, {@code mqtt} or {@code kafka}
   * @param destination which of its streams, topics or queues; its template if there are many
   */
  public Messages messages(String system, String destination) {
    return new Messages(this, system, destination);
  }

  /**
   * Writes the current trace and the carried fields, by any setter: as {@code traceparent}, {@code tracestate} and {@code
   * baggage}, unless another propagator was given. Calls it for what there is only.
   */
  public void inject(BiConsumer<String, String> field) {
    wire.write(Context.current(), true, field);
  }

  /** Writes the same for an HTTP request to a host: carried fields only if {@link TracingConfig#carriedTo()} has it. */
  public void injectTo(@Nullable String host, BiConsumer<String, String> field) {
    wire.write(Context.current(), wire.carriesTo(host), field);
  }

  /** Returns all names that {@link #inject} may write: for carriers that others may have written to before. */
  public Set<String> fields() {
    return wire.names();
  }

  /**
   * Reads what {@link #inject} wrote, by any getter: all values of a field, none if there is no such field. What cannot be
   * read is as if it were not there.
   *
   * @param fields is asked in lower case by W3C's propagator
   */
  public Context extract(Function<String, ? extends Iterable<String>> fields) {
    return wire.read(fields);
  }

  /** Reads what {@link #inject} wrote into a map, under the names as it wrote them. */
  public Context extract(Map<String, String> fields) {
    return wire.read(name -> {
      String value = fields.get(name);
      return value == null ? List.<String>of() : List.of(value);
    });
  }

  /**
   * Returns the current trace and the carried fields as one text without blanks, for whatever takes one: a column, an
   * argument, an event of a stream. 55 characters if nothing but a trace is current, none if not even that.
   */
  public String token() {
    return wire.token(Context.current());
  }

  /** Prepares a child of the span that {@link #token} told of; the first of a trace if it is none. */
  public Step resume(String name, String token) {
    return step(name, told(token));
  }

  /**
   * Makes spans of what somebody did who makes none: one of this name for all of it, a child of the span that the token
   * tells of, and one for each part, below the part that it began in. The first of a trace if the token tells of none.
   *
   * <p>They are between the asking and the answer, by our clock. What is left of that time was on the way, half of it each
   * there and back. If it is said to have taken longer than that, all of it is scaled down to fit, and what a part is said
   * to have done outside of it is cut off.
   *
   * @param fields of the first
   */
  public void report(String name, Report report, Attributes fields) {
    Step whole = resume(name, report.token()).kind(SpanKind.CONSUMER).setAll(fields);
    Context context = whole.begun(report.start());
    if (context == null) {
      return;
    }
    List<Reported> around = new ArrayList<>(); // the outermost first
    around.add(new Reported(whole, context, report.end(), report.failure()));
    for (Report.Placed placed : report.placed()) {
      endInner(around, placed.depth());
      Report.Part part = placed.part();
      Context parent = around.get(around.size() - 1).context;
      Step step = step(part.name(), parent);
      Context own = step.begun(placed.start());
      around.add(new Reported(step, own == null ? parent : own, placed.end(), part.failure()));
    }
    endInner(around, 0);
  }

  private record Reported(Step step, Context context, Instant end, String failure) {}

  /** Before what they are in, as those do that are done here. */
  private static void endInner(List<Reported> around, int left) {
    while (around.size() > left) {
      Reported inner = around.remove(around.size() - 1);
      inner.step.ended(inner.end, inner.failure);
    }
  }

  /** What a {@link #token} tells. */
  Context told(String token) {
    return wire.read(token);
  }

  /** The current context, with the fields that came along from elsewhere. */
  Context withCarriedOf(Context sender) {
    Baggage came = Baggage.fromContext(sender);
    Context current = Context.current();
    if (came.isEmpty()) {
      return current;
    }
    BaggageBuilder baggage = Baggage.fromContext(current).toBuilder();
    came.forEach((key, entry) -> baggage.put(key, entry.getValue()));
    return current.with(baggage.build());
  }

  InstantSource clock() {
    return clock;
  }

  TracingConfig config() {
    return config;
  }

  void failed(Span span, Context context, Throwable failure) {
    Bound now = bound;
    if (now == null) {
      return;
    }
    try {
      failures.record(span, context, now.logger, failure);
    } catch (RuntimeException e) {
      // Of an exception that cannot say what it is; the one of the caller goes on.
    }
  }

  @Override
  public String toString() {
    return "Tracing of " + name;
  }
}
