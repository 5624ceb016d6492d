package dev.chasqui.tracing;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Messages over one stream, topic or queue, as <a href="https://opentelemetry.io/docs/specs/semconv/messaging/">OpenTelemetry's
 * conventions</a> name their spans. A message needs room for fields of text; what has none can take a {@linkplain
 * Tracing#token() token}. Made by {@link Tracing#messages}.
 *
 * <p>Whoever processes a message is linked to whoever sent it; and is a part of the same trace if the message is not older
 * than {@link TracingConfig#freshness()} and nothing else is current. How old it is says a field {@code tracesent}, by the clocks
 * of both sides; without it, a message is fresh.
 *
 * <p><b>Threads:</b> safe for any number. Make one for each destination, once.
 */
public final class Messages {
  /** What is done with the fields of a message, without a result. */
  @FunctionalInterface
  public interface FieldsAction<X extends Throwable> {
    /** Does it. */
    void run(Map<String, String> fields) throws X;
  }

  /** What is done with the fields of a message. */
  @FunctionalInterface
  public interface FieldsCall<T extends @Nullable Object, X extends Throwable> {
    /** Does it. */
    T call(Map<String, String> fields) throws X;
  }

  /** When a message was sent, as milliseconds since 1970; not of a standard. */
  private static final String SENT = "tracesent";

  /** Most that one span is linked to, as SDKs take no more. */
  private static final int MOST_LINKS = 128;

  private final Tracing tracing;
  private final String send;
  private final String process;
  private final String receive;
  private final Attributes ofSend;
  private final Attributes ofProcess;
  private final Attributes ofReceive;

  Messages(Tracing tracing, String system, String destination) {
    this.tracing = tracing;
    send = "send " + destination;
    process = "process " + destination;
    receive = "receive " + destination;
    AttributesBuilder all = Attributes.builder()
        .put(Conventions.MESSAGING_SYSTEM, system)
        .put(Conventions.MESSAGING_DESTINATION, destination);
    ofSend = operation(all, "send");
    ofProcess = operation(all, "process");
    ofReceive = operation(all, "receive");
  }

  private static Attributes operation(AttributesBuilder all, String operation) {
    return all.put(Conventions.MESSAGING_OPERATION, operation)
        .put(Conventions.MESSAGING_OPERATION_TYPE, operation)
        .build();
  }

  /**
   * Sends a message.
   *
   * @param fields of the message; not changed
   * @param body takes them with those that carry the trace
   */
  public <T extends @Nullable Object, X extends Throwable> T send(
      Map<String, String> fields, FieldsCall<T, X> body) throws X {
    return sending().call(() -> body.call(withTrace(fields)));
  }

  /** Begins to send a message, which it is once the stage ends that {@code body} returns. */
  public <S extends CompletionStage<?>, X extends Throwable> S sendAsync(
      Map<String, String> fields, FieldsCall<S, X> body) throws X {
    return sending().async(() -> body.call(withTrace(fields)));
  }

  private Step sending() {
    return tracing.step(send).kind(SpanKind.PRODUCER).setAll(ofSend);
  }

  private Map<String, String> withTrace(Map<String, String> fields) {
    Map<String, String> all = withoutTrace(fields);
    Map<String, String> trace = new LinkedHashMap<>();
    tracing.inject(trace::put);
    if (!trace.isEmpty()) {
      all.putAll(trace);
      all.put(SENT, Long.toString(tracing.clock().millis()));
    }
    return all;
  }

  /**
   * Processes a message.
   *
   * @param fields of the message; not changed
   * @param body takes them without those that carry the trace, so that whoever hands them on begins anew
   */
  public <X extends Throwable> void process(Map<String, String> fields, FieldsAction<X> body)
      throws X {
    Map<String, String> others = withoutTrace(fields);
    processing(fields).run(() -> body.run(others));
  }

  /** Begins to process a message, which it is once the stage ends that {@code body} returns. */
  public <S extends CompletionStage<?>, X extends Throwable> S processAsync(
      Map<String, String> fields, FieldsCall<S, X> body) throws X {
    Map<String, String> others = withoutTrace(fields);
    return processing(fields).async(() -> body.call(others));
  }

  private Step processing(Map<String, String> fields) {
    Context sender = tracing.extract(fields);
    boolean isAlone = !Span.current().getSpanContext().isValid();
    Context parent =
        !isAlone ? tracing.withCarriedOf(sender) : isFresh(fields) ? sender : old(sender);
    return tracing
        .step(process, parent)
        .kind(SpanKind.CONSUMER)
        .setAll(ofProcess)
        .link(Span.fromContext(sender).getSpanContext());
  }

  /** What came, less the trace: carried fields are true of old messages too. */
  private static Context old(Context sender) {
    return sender.with(Span.getInvalid());
  }

  private boolean isFresh(Map<String, String> fields) {
    String sent = fields.get(SENT);
    if (sent == null) {
      return true;
    }
    try {
      Instant then = Instant.ofEpochMilli(Long.parseLong(sent));
      return Duration.between(then, tracing.clock().instant())
              .compareTo(tracing.config().freshness())
          <= 0;
    } catch (NumberFormatException | ArithmeticException e) {
      return true; // as if it did not say
    }
  }

  private Map<String, String> withoutTrace(Map<String, String> fields) {
    Map<String, String> others = new LinkedHashMap<>(fields);
    others.keySet().removeAll(tracing.fields());
    others.remove(SENT);
    return others;
  }

  /**
   * Processes messages together, in one span that is linked to all who sent them, the first 128.
   *
   * @param batch the messages
   * @param fields of each
   */
  public <M, X extends Throwable> void processAll(
      Collection<? extends M> batch,
      Function<? super M, Map<String, String>> fields,
      Tracing.Action<X> body)
      throws X {
    Step step = tracing
        .step(process)
        .kind(SpanKind.CONSUMER)
        .setAll(ofProcess)
        .set(Conventions.MESSAGING_BATCH_COUNT, (long) batch.size());
    Set<SpanContext> senders = new HashSet<>();
    for (M message : batch) {
      SpanContext sender =
          Span.fromContext(tracing.extract(fields.apply(message))).getSpanContext();
      if (sender.isValid() && senders.size() < MOST_LINKS && senders.add(sender)) {
        step.link(sender);
      }
    }
    step.run(body);
  }

  /**
   * Asks for messages. There is a span only if some came, or if it failed: who asks again and again should not fill traces
   * with that. Whatever is done meanwhile makes no spans.
   *
   * @param body waits for messages
   * @param count how many came; not asked about null, which is none
   */
  public <T extends @Nullable Object, X extends Throwable> T poll(
      Tracing.Call<T, X> body, ToIntFunction<? super T> count) throws X {
    Instant start = tracing.clock().instant();
    T came;
    try {
      came = Trace.mute(body);
    } catch (Throwable e) {
      receiving(start).failed(e);
      throw e;
    }
    int messages = came == null ? 0 : counted(came, count);
    if (messages > 0) {
      receiving(start).set(Conventions.MESSAGING_BATCH_COUNT, (long) messages).run(() -> {});
    }
    return came;
  }

  /** What came is not to be lost over it. */
  private static <T> int counted(T came, ToIntFunction<? super T> count) {
    try {
      return count.applyAsInt(came);
    } catch (RuntimeException e) {
      return 0;
    }
  }

  private Step receiving(Instant start) {
    return tracing.step(receive).kind(SpanKind.CLIENT).setAll(ofReceive).since(start);
  }
}
