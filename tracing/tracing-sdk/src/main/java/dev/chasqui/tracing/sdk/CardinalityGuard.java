package dev.chasqui.tracing.sdk;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Finds names of spans and keys of fields that are too many, which makes whatever counts or lists traces by them useless. An id
 * in a name becomes {@code {id}} when the span begins: a number, a UUID, or 8 hexadecimal digits and more with a letter and a
 * digit among them, each by itself; so {@code GET /v1/users/17} is {@code GET /v1/users/{id}}. All else stays as it is, and is
 * warned of once: more different names of one instrumentation scope than there may be, more different keys of fields, an id in a
 * key; and so is each name that was changed. A warning says where the span was made or ended, as far as it is known: the file and
 * line outside OpenTelemetry, this library and the JDK.
 *
 * <p>Give it to an SDK before other processors, so that they see the names as they became. Samplers see them as they were.
 *
 * <p><b>Limits:</b> it knows the names of 1,000 scopes and warns 1,000 times at most. <b>Costs:</b> a look into a set for each name
 * and each key, if they are known. <b>Threads:</b> safe for any number. <b>Errors:</b> what the receiver of warnings throws is
 * dropped.
 */
public final class CardinalityGuard implements SpanProcessor {
  /**
   * How many are too many.
   *
   * @param maximumNames of spans, different ones of one instrumentation scope, at least 1
   * @param maximumKeys of fields, different ones in all, at least 1
   */
  public record Limits(int maximumNames, int maximumKeys) {
    /** 200 names of a scope, 1,000 keys. */
    public static final Limits DEFAULT = new Limits(200, 1_000);

    /** Refuses what cannot be. */
    public Limits {
      if (maximumNames < 1) {
        throw new IllegalArgumentException("maximumNames must be at least 1, was " + maximumNames);
      }
      if (maximumKeys < 1) {
        throw new IllegalArgumentException("maximumKeys must be at least 1, was " + maximumKeys);
      }
    }
  }

  private static final System.Logger LOG = System.getLogger(CardinalityGuard.class.getName());
  private static final int MOST_SCOPES = 1_000;
  private static final int MOST_WARNINGS = 1_000;
  private static final List<String> NOT_CALLERS =
      List.of("io.opentelemetry.", "dev.chasqui.tracing.", "java.", "jdk.");

  private final Limits limits;
  private final Consumer<String> warnings;
  private final Set<Name> names = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> namesOfScopes = new HashMap<>(); // guarded by this
  private final Set<String> keys = ConcurrentHashMap.newKeySet(); // grows guarded by this
  private final Set<Problem> told = ConcurrentHashMap.newKeySet(); // grows guarded by this

  private record Name(String scope, String name) {}

  private record Problem(String what, String scope, String name) {}

  /** Makes one of the usual limits that warns by {@link System.Logger}. */
  public CardinalityGuard() {
    this(Limits.DEFAULT, warning -> LOG.log(System.Logger.Level.WARNING, warning));
  }

  /** Makes one. The receiver of warnings is called on the threads that begin and end spans, each time with one sentence. */
  public CardinalityGuard(Limits limits, Consumer<String> warnings) {
    this.limits = limits;
    this.warnings = warnings;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    String scope = span.getInstrumentationScopeInfo().getName();
    String name = span.getName();
    if (names.contains(new Name(scope, name))) {
      return;
    }
    String without = Ids.without(name);
    if (!without.equals(name)) {
      span.updateName(without);
      if (isNew(new Problem("id in a name", scope, without))) {
        warn("the name '" + name + "' of a span of " + scope + " has an id in it, and became '"
            + without + "'");
      }
    }
    if (!isKnown(new Name(scope, without)) && isNew(new Problem("names", scope, ""))) {
      warn("spans of " + scope + " have more than " + limits.maximumNames
          + " different names, of which '" + without + "' is one");
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  /** Says whether it was known, or is so from now on. */
  private boolean isKnown(Name name) {
    if (names.contains(name)) {
      return true;
    }
    synchronized (this) {
      Integer before = namesOfScopes.getOrDefault(name.scope, 0);
      if (before == 0 && namesOfScopes.size() >= MOST_SCOPES) {
        return true; // as nothing is known of the others of its scope
      }
      if (before >= limits.maximumNames) {
        return names.contains(name);
      }
      if (names.add(name)) {
        namesOfScopes.put(name.scope, before + 1);
      }
      return true;
    }
  }

  @Override
  public void onEnd(ReadableSpan span) {
    span.getAttributes().forEach((key, value) -> {
      if (!keys.contains(key.getKey())) {
        see(key, span.getInstrumentationScopeInfo().getName());
      }
    });
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  private void see(AttributeKey<?> found, String scope) {
    String key = found.getKey();
    String without = Ids.without(key);
    if (!without.equals(key)) {
      if (isNew(new Problem("id in a key", "", without))) {
        warn("the key '" + key + "' of a field of a span of " + scope + " has an id in it");
      }
    } else if (!isKnown(key) && isNew(new Problem("keys", "", ""))) {
      warn("fields have more than " + limits.maximumKeys + " different keys, of which '" + key
          + "' of a span of " + scope + " is one");
    }
  }

  /** Says whether it was known, or is so from now on. */
  private synchronized boolean isKnown(String key) {
    return keys.contains(key) || (keys.size() < limits.maximumKeys && keys.add(key));
  }

  private boolean isNew(Problem problem) {
    if (told.contains(problem)) {
      return false;
    }
    synchronized (this) {
      return told.size() < MOST_WARNINGS && told.add(problem);
    }
  }

  private void warn(String sentence) {
    try {
      warnings.accept(sentence + ", at " + caller());
    } catch (RuntimeException e) {
      // Whom a warning fails can be told of nothing, and who makes a span has no part in it.
    }
  }

  private static String caller() {
    return StackWalker.getInstance()
        .walk(frames -> frames
            .filter(frame ->
                NOT_CALLERS.stream().noneMatch(name -> frame.getClassName().startsWith(name)))
            .findFirst()
            .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
            .orElse("an unknown place"));
  }
}
