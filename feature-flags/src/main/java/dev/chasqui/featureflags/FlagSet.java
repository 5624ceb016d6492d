package dev.chasqui.featureflags;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Reason;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Flags that are compiled: what a {@link FlagDocument} means (SPEC.md, 2). A snapshot: whoever holds one sees the whole of one
 * document.
 *
 * <p><b>Threads:</b> immutable; evaluated by any number.
 */
public final class FlagSet {
  /** Without a flag. */
  public static final FlagSet EMPTY = new FlagSet(FlagDocument.EMPTY);

  private final FlagDocument document;

  private FlagSet(FlagDocument document) {
    this.document = document;
  }

  /** Compiles a document. Flags that are wrong are among its {@link #problems()}; they spoil no others. */
  public static FlagSet of(FlagDocument document) {
    return EMPTY.next(document);
  }

  /**
   * Compiles what comes after this: what has not changed is taken over, and a flag that is wrong stays what it is here, if it is
   * here.
   */
  public FlagSet next(FlagDocument newer) {
    return new FlagSet(newer);
  }

  /** What it was compiled from. */
  public FlagDocument document() {
    return document;
  }

  /** Keys of its flags, those that are wrong among them. */
  public Set<String> keys() {
    return document.keys();
  }

  /** What is wrong with the document. */
  public List<FlagProblem> problems() {
    return List.of();
  }

  /** Keys that are here or in {@code other} and differ. */
  public Set<String> changedFrom(FlagSet other) {
    return Set.of();
  }

  /** What the flag is for {@code context}, of whatever type. Never throws. */
  public FlagEvaluation evaluate(String key, EvaluationContext context) {
    return new FlagEvaluation(
        key,
        null,
        null,
        Reason.ERROR.name(),
        ErrorCode.FLAG_NOT_FOUND,
        "there is no flag " + key,
        Map.of());
  }

  /** What OpenFeature's client is told. Its default is not in it where {@code otherwise} is null. */
  <T> ProviderEvaluation<T> evaluate(
      FlagType<T> type, String key, @Nullable T otherwise, EvaluationContext context) {
    FlagEvaluation evaluation = evaluate(key, context);
    return ProviderEvaluation.<T>builder()
        .value(otherwise)
        .reason(evaluation.reason())
        .errorCode(evaluation.errorCode())
        .errorMessage(evaluation.errorMessage())
        .build();
  }
}
