package dev.chasqui.tracing;

import dev.chasqui.tracing.internal.Conventions;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that is a span while it is done: what is known of it before, then the work itself, then what comes
 * out. Made by {@link Tracing#step(String)}, for doing it once: done again, it is a span without what was said of it before.
 *
 * <p>Where nobody wants spans, all but the work is left out. <b>Threads:</b> for one before the work; then for any number.
 */
public final class Step {
  /** What is done in a step that it says more of meanwhile. */
  @FunctionalInterface
  public interface StepCall<T extends @Nullable Object, X extends Throwable> {
    /** Does it. */
    T call(Step step) throws X;
  }

  /** What is done in a step that it says more of meanwhile, without a result. */
  @FunctionalInterface
  public interface StepAction<X extends Throwable> {
    /** Does it. */
    void run(Step step) throws X;
  }

  private static final Step NONE = new Step(null, null, null);

  private final @Nullable Tracing tracing;
  private final @Nullable SpanBuilder builder;
  /** In which the work is done; null if in the current one. */
  private final @Nullable Context parent;

  private @Nullable Span span;

  private Step(@Nullable Tracing tracing, @Nullable SpanBuilder builder, @Nullable Context parent) {
    this.tracing = tracing;
    this.builder = builder;
    this.parent = parent;
  }

  static Step of(Tracing tracing, SpanBuilder builder, Context parent) {
    return new Step(tracing, builder, parent);
  }

  /** Without a span, in the current context. */
  static Step none() {
    return NONE;
  }

  /** Without a span, in this context. */
  @SuppressWarnings("ReferenceEquality") // contexts have no other
  static Step none(Context parent) {
    return parent == Context.current() ? NONE : new Step(null, null, parent);
  }

  /** Sets a field; null sets nothing. */
  public Step set(String key, @Nullable String value) {
    return builder == null ? this : set(AttributeKey.stringKey(key), value);
  }

  /** Sets a field. */
  public Step set(String key, long value) {
    return builder == null ? this : set(AttributeKey.longKey(key), value);
  }

  /** Sets a field. */
  public Step set(String key, double value) {
    return builder == null ? this : set(AttributeKey.doubleKey(key), value);
  }

  /** Sets a field. */
  public Step set(String key, boolean value) {
    return builder == null ? this : set(AttributeKey.booleanKey(key), value);
  }

  /** Sets a field whose key is a constant, which is faster than by its name; null sets nothing. */
  public <T> Step set(AttributeKey<T> key, @Nullable T value) {
    if (value != null) {
      if (span != null) {
        span.setAttribute(key, value);
      } else if (builder != null) {
        builder.setAttribute(key, value);
      }
    }
    return this;
  }

  /** Says which side of which conversation it is. */
  public Step kind(SpanKind kind) {
    if (builder != null) {
      builder.setSpanKind(kind);
    }
    return this;
  }

  /** Links it to another span that it came of, and is no child of. */
  public Step link(SpanContext other) {
    if (other.isValid()) {
      if (span != null) {
        span.addLink(other);
      } else if (builder != null) {
        builder.addLink(other);
      }
    }
    return this;
  }

  /** Says that it began before now, as what it is called may only be known later. */
  Step since(Instant start) {
    if (builder != null) {
      builder.setStartTimestamp(start);
    }
    return this;
  }

  Step setAll(Attributes attributes) {
    if (builder != null) {
      builder.setAllAttributes(attributes);
    }
    return this;
  }

  /** Gives the span another name, which is known only meanwhile. */
  public Step rename(String name) {
    if (span != null) {
      span.updateName(name);
    }
    return this;
  }

  /** Says meanwhile that it failed, of an exception that is not thrown on. */
  public Step fail(Throwable failure) {
    if (tracing != null && span != null) {
      tracing.failed(span, Context.current(), failure);
    }
    return this;
  }

  /** Says meanwhile that it failed though nothing was thrown. The type is a word of few, such as {@code 404} or {@code timeout}. */
  public Step fail(String type) {
    if (span != null) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute(Conventions.ERROR_TYPE, type);
    }
    return this;
  }

  /** Does it. */
  public <X extends Throwable> void run(Tracing.Action<X> body) throws X {
    this.<@Nullable Void, X>call(body.asCall());
  }

  /** Does it, and says more of it meanwhile. */
  public <X extends Throwable> void run(StepAction<X> body) throws X {
    this.<@Nullable Void, X>call(step -> {
      body.run(step);
      return null;
    });
  }

  /** Does it. */
  public <T extends @Nullable Object, X extends Throwable> T call(Tracing.Call<T, X> body)
      throws X {
    return call(step -> body.call());
  }

  /** Does it, and says more of it meanwhile. */
  public <T extends @Nullable Object, X extends Throwable> T call(StepCall<T, X> body) throws X {
    if (tracing == null || builder == null) {
      return withoutSpan(body);
    }
    Context context = start(builder);
    if (context == null) {
      return withoutSpan(body);
    }
    Span started = Span.fromContext(context);
    Scope scope = context.makeCurrent();
    try {
      return body.call(this);
    } catch (Throwable e) {
      tracing.failed(started, context, e);
      throw e;
    } finally {
      scope.close();
      end(started);
    }
  }

  private <T extends @Nullable Object, X extends Throwable> T withoutSpan(StepCall<T, X> body)
      throws X {
    return parent == null ? body.call(this) : Trace.within(parent, () -> body.call(this));
  }

  /**
   * Begins it. It ends when the stage does that {@code body} returns, or at once if that throws.
   *
   * @return that stage itself
   */
  public <S extends CompletionStage<?>, X extends Throwable> S async(Tracing.Call<S, X> body)
      throws X {
    return async(step -> body.call());
  }

  /** Begins it, and says more of it meanwhile. */
  public <S extends CompletionStage<?>, X extends Throwable> S async(StepCall<S, X> body) throws X {
    if (tracing == null || builder == null) {
      return call(body);
    }
    Context context = start(builder);
    if (context == null) {
      return withoutSpan(body);
    }
    Span started = Span.fromContext(context);
    Scope scope = context.makeCurrent();
    try {
      S stage = body.call(this);
      endWith(stage, tracing, started, context);
      return stage;
    } catch (Throwable e) {
      tracing.failed(started, context, e);
      end(started);
      throw e;
    } finally {
      scope.close();
    }
  }

  /** The work has begun: whatever the stage is or does, the caller gets it. */
  private static void endWith(
      @Nullable CompletionStage<?> stage, Tracing tracing, Span started, Context context) {
    if (stage == null) {
      end(started);
      return;
    }
    try {
      stage.whenComplete((result, failure) -> {
        if (failure != null) {
          tracing.failed(started, context, failure);
        }
        end(started);
      });
    } catch (RuntimeException e) {
      end(started);
    }
  }

  /** Was done, and failed. */
  void failed(Throwable failure) {
    if (tracing != null && builder != null) {
      Context context = start(builder);
      if (context != null) {
        Span started = Span.fromContext(context);
        tracing.failed(started, context, failure);
        end(started);
      }
    }
  }

  /**
   * Was begun by somebody else.
   *
   * @return the context that it was done in; null if nobody wants a span of it
   */
  @Nullable
  Context begun(Instant start) {
    return builder == null ? null : since(start).start(builder);
  }

  /** Was ended by somebody else. */
  void ended(Instant end, String failure) {
    Span begun = span;
    if (begun != null) {
      if (!failure.isEmpty()) {
        fail(failure);
      }
      try {
        begun.end(end);
      } catch (RuntimeException e) {
        // Of a processor; what it is in ends all the same.
      }
    }
  }

  /** Null if a sampler or processor fails: the work is done all the same. */
  private @Nullable Context start(SpanBuilder builder) {
    try {
      Span started = builder.startSpan();
      span = started;
      return (parent == null ? Context.current() : parent).with(started);
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static void end(Span started) {
    try {
      started.end();
    } catch (RuntimeException e) {
      // Of a processor; the work is done.
    }
  }
}
