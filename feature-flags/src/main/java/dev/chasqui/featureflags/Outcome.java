package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One of the things a flag can come to: made once, and given to all who ask. OpenFeature's client copies out of what it is given and
 * keeps none of it.
 *
 * <p><b>Threads:</b> immutable.
 */
final class Outcome {
  private static final long GREATEST_SAFE = 9_007_199_254_740_991L;

  private final FlagEvaluation evaluation;
  private final ImmutableMetadata metadata;

  // What it is as each type, null where it is not of that.
  private final @Nullable ProviderEvaluation<Boolean> asBoolean;
  private final @Nullable ProviderEvaluation<String> asString;
  private final @Nullable ProviderEvaluation<Integer> asInteger;
  private final @Nullable ProviderEvaluation<Long> asLong;
  private final @Nullable ProviderEvaluation<Double> asDouble;
  private final @Nullable ProviderEvaluation<Value> asObject;

  Outcome(FlagEvaluation evaluation, ImmutableMetadata metadata) {
    this.evaluation = evaluation;
    this.metadata = metadata;
    JsonNode value = evaluation.value();
    double number =
        value != null && value.isNumber() ? value.numberValue().doubleValue() : Double.NaN;
    boolean isWhole = number == Math.rint(number) && Math.abs(number) <= GREATEST_SAFE;
    this.asBoolean = value != null && value.isBoolean() ? of(value.booleanValue()) : null;
    this.asString = value != null && value.isString() ? of(value.stringValue()) : null;
    this.asInteger = isWhole && number == (int) number ? of((int) number) : null;
    this.asLong = isWhole ? of((long) number) : null;
    this.asDouble = value != null && isDouble(value, number) ? of(number) : null;
    this.asObject = value == null ? null : of(value(value));
  }

  /** Whether the number is one of 64 bits; NaN stands for no number. */
  private static boolean isDouble(JsonNode json, double number) {
    return Double.isFinite(number)
        && (!json.isIntegralNumber()
            || Math.abs(number) <= GREATEST_SAFE
            || json.bigIntegerValue().equals(new BigDecimal(number).toBigInteger()));
  }

  private <T> ProviderEvaluation<T> of(T value) {
    return new Shared<>(value, evaluation.variant(), evaluation.reason(), metadata);
  }

  /** OpenFeature's has setters: whoever called one would change what all others get. */
  private static final class Shared<T> extends ProviderEvaluation<T> {
    Shared(T value, @Nullable String variant, String reason, ImmutableMetadata metadata) {
      super(value, variant, reason, null, null, metadata);
    }

    private static UnsupportedOperationException refused() {
      return new UnsupportedOperationException("all who ask are given this answer: copy it first");
    }

    @Override
    public void setValue(T value) {
      throw refused();
    }

    @Override
    public void setVariant(String variant) {
      throw refused();
    }

    @Override
    public void setReason(String reason) {
      throw refused();
    }

    @Override
    public void setErrorCode(ErrorCode errorCode) {
      throw refused();
    }

    @Override
    public void setErrorMessage(String errorMessage) {
      throw refused();
    }

    @Override
    public void setFlagMetadata(ImmutableMetadata flagMetadata) {
      throw refused();
    }
  }

  FlagEvaluation evaluation() {
    return evaluation;
  }

  /** What the client is told that asks for {@code type}, and would have {@code otherwise} where there is no such value. */
  @SuppressWarnings("unchecked") // each type has its field
  <T> ProviderEvaluation<T> as(FlagType<T> type, @Nullable T otherwise) {
    ProviderEvaluation<?> made = switch (type.kind) {
      case BOOLEAN -> asBoolean;
      case STRING -> asString;
      case INTEGER -> asInteger;
      case LONG -> asLong;
      case DOUBLE -> asDouble;
      case OBJECT -> asObject;
    };
    return made != null ? (ProviderEvaluation<T>) made : without(type, otherwise);
  }

  /** For the most frequent question. */
  ProviderEvaluation<Boolean> asBoolean(@Nullable Boolean otherwise) {
    return asBoolean != null ? asBoolean : without(FlagType.BOOLEAN, otherwise);
  }

  private <T> ProviderEvaluation<T> without(FlagType<T> type, @Nullable T otherwise) {
    ProviderEvaluation<T> answer = ProviderEvaluation.<T>builder()
        .value(otherwise)
        .reason(evaluation.reason())
        .errorCode(evaluation.errorCode())
        .errorMessage(evaluation.errorMessage())
        .flagMetadata(metadata)
        .build();
    if (evaluation.value() != null) {
      answer.setReason("ERROR");
      answer.setErrorCode(ErrorCode.TYPE_MISMATCH);
      answer.setErrorMessage("flag " + evaluation.key() + " is " + evaluation.value() + " (variant "
          + evaluation.variant() + "), which is no " + type.name);
    }
    return answer;
  }

  private static Value value(JsonNode json) {
    return switch (json.getNodeType()) {
      case BOOLEAN -> new Value(json.booleanValue());
      case STRING -> new Value(json.stringValue());
      case NUMBER -> numberValue(json);
      case ARRAY -> {
        List<Value> elements = new ArrayList<>(json.size());
        json.forEach(element -> elements.add(value(element)));
        yield new Value(List.copyOf(elements));
      }
      case OBJECT -> {
        Map<String, Value> members = new LinkedHashMap<>();
        json.properties().forEach(member -> members.put(member.getKey(), value(member.getValue())));
        yield new Value(new ImmutableStructure(members));
      }
      default -> new Value();
    };
  }

  private static Value numberValue(JsonNode json) {
    double number = json.numberValue().doubleValue();
    if (number == (int) number && json.isIntegralNumber()) {
      return new Value((int) number);
    }
    return json.isIntegralNumber() && json.canConvertToLong()
        ? new Value(json.longValue())
        : new Value(number);
  }
}
