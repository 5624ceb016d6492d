package dev.chasqui.featureflags.tracing;

import dev.chasqui.featureflags.internal.WeakIdentityMap;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.HookContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.Reason;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes into the current span what each flag came to, as an event {@code feature_flag.evaluation} by <a
 * href="https://opentelemetry.io/docs/specs/semconv/feature-flags/">OpenTelemetry's conventions</a>. Works with any provider.
 *
 * <pre>{@code
 * OpenFeatureAPI.getInstance().addHooks(new TracingHook());
 * }</pre>
 *
 * <p>An event has {@code feature_flag.key}, {@code feature_flag.provider.name}, {@code feature_flag.result.reason} and {@code
 * feature_flag.result.variant}; where there is no variant, {@code feature_flag.result.value}, if that is a boolean, a number or a
 * text. From the flag's metadata {@code flagSetId} and {@code version} come {@code feature_flag.set.id} and {@code
 * feature_flag.version}. Errors have {@code error.type} and {@code feature_flag.error.message}.
 *
 * <p>A span gets at most {@link TracingHookConfig#maximumEvents()}. Evaluations after that are counted in its attribute {@code
 * chasqui.feature_flag.unrecorded}. Where no span records, nothing is done.
 *
 * <p><b>Threads:</b> safe for any number.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class TracingHook implements Hook<Object> {
  static final String EVENT = "feature_flag.evaluation";

  private static final AttributeKey<String> KEY = AttributeKey.stringKey("feature_flag.key");
  private static final AttributeKey<String> PROVIDER =
      AttributeKey.stringKey("feature_flag.provider.name");
  private static final AttributeKey<String> REASON =
      AttributeKey.stringKey("feature_flag.result.reason");
  private static final AttributeKey<String> VARIANT =
      AttributeKey.stringKey("feature_flag.result.variant");
  private static final String VALUE = "feature_flag.result.value";
  private static final AttributeKey<String> CONTEXT_ID =
      AttributeKey.stringKey("feature_flag.context.id");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> ERROR_MESSAGE =
      AttributeKey.stringKey("feature_flag.error.message");
  private static final AttributeKey<Long> UNRECORDED =
      AttributeKey.longKey("chasqui.feature_flag.unrecorded");

  private final TracingHookConfig config;
  private final WeakIdentityMap<Span, AtomicInteger> evaluations = new WeakIdentityMap<>();

  /** Makes one by {@link TracingHookConfig#DEFAULT}. */
  public TracingHook() {
    this(TracingHookConfig.DEFAULT);
  }

  public TracingHook(TracingHookConfig config) {
    this.config = config;
  }

  @Override
  public void finallyAfter(
      HookContext<Object> context,
      FlagEvaluationDetails<Object> details,
      Map<String, Object> hints) {
    Span span = Span.current();
    if (!span.isRecording()) {
      return;
    }
    int before = evaluations.get(span, unused -> new AtomicInteger()).getAndIncrement();
    if (before < config.maximumEvents()) {
      span.addEvent(EVENT, attributes(context, details));
    } else {
      span.setAttribute(UNRECORDED, (long) before - config.maximumEvents() + 1);
    }
  }

  private Attributes attributes(
      HookContext<Object> context, FlagEvaluationDetails<Object> details) {
    AttributesBuilder attributes = Attributes.builder()
        .put(KEY, context.getFlagKey())
        .put(REASON, lower(details.getReason(), Reason.UNKNOWN));
    put(attributes, PROVIDER, context.getProviderMetadata().getName());
    if (details.getVariant() != null) {
      attributes.put(VARIANT, details.getVariant());
    } else {
      putValue(attributes, details.getValue());
    }
    ImmutableMetadata metadata = details.getFlagMetadata();
    put(attributes, FlagStamp.SET_ID, metadata.getString("flagSetId"));
    put(attributes, FlagStamp.VERSION, metadata.getString("version"));
    if (config.contextId()) {
      put(attributes, CONTEXT_ID, context.getCtx().getTargetingKey());
    }
    if (details.getErrorCode() != null || Reason.ERROR.name().equals(details.getReason())) {
      ErrorCode code = details.getErrorCode();
      attributes.put(ERROR_TYPE, lower(code == null ? null : code.name(), ErrorCode.GENERAL));
      put(attributes, ERROR_MESSAGE, details.getErrorMessage());
    }
    return attributes.build();
  }

  private static void put(
      AttributesBuilder attributes, AttributeKey<String> key, @Nullable String value) {
    if (value != null) {
      attributes.put(key, value);
    }
  }

  private static void putValue(AttributesBuilder attributes, @Nullable Object value) {
    if (value instanceof Boolean known) {
      attributes.put(VALUE, known);
    } else if (value instanceof Integer || value instanceof Long) {
      attributes.put(VALUE, ((Number) value).longValue());
    } else if (value instanceof Double known) {
      attributes.put(VALUE, known);
    } else if (value instanceof String known) {
      attributes.put(VALUE, known);
    }
  }

  private static String lower(@Nullable String name, Enum<?> otherwise) {
    return (name == null ? otherwise.name() : name).toLowerCase(Locale.ROOT);
  }
}
