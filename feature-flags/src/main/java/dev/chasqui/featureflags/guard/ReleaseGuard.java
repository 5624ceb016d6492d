package dev.chasqui.featureflags.guard;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import dev.chasqui.featureflags.FlagProblem;
import dev.chasqui.featureflags.FlagSource;
import dev.chasqui.featureflags.internal.Worker;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.HookContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Counts what calls come to under each variant of a flag, and acts when a candidate is found to do more harm than a rule tolerates.
 *
 * <pre>{@code
 * ReleaseGuard guard = ReleaseGuard.builder()
 *     .guard(GuardRule.errors("new-checkout", "off", "on", 0.01).withAction(GuardAction.KILL))
 *     .onDecision(decision -> log.warn(decision.toJson()))
 *     .build();
 * FlagProvider flags = FlagProvider.builder().source(guard.source(source)).build();
 * …
 * Receipt receipt = guard.call(
 *     client.getBooleanDetails("new-checkout", false, context),
 *     on -> on ? newCheckout(cart) : oldCheckout(cart));
 * }</pre>
 *
 * <p><b>What is promised:</b> a rule acts on a candidate that it should not act on with a probability of at most its {@code alpha},
 * however often and long it is looked at; with rates that change, as long as they change for both variants. A call counts in the
 * period in which it began, which is about from one look to the next, and a period is compared when all its calls have ended (or are
 * older than {@link Builder#longestCall}, or slow): so it does not matter that some calls fail fast and others succeed slowly. <b>What
 * is assumed:</b> which calls get which variant, and how many begin in a period, has nothing to do with how the calls of that period
 * end, as with {@code fractional}, but not with a rule that gives testers the candidate; and calls end independently of one another: a
 * subject that calls ten times counts ten times, so count what is retried as one call, with its retries. <b>Of a fleet</b> each process
 * tests by itself: where all follow the first of <i>n</i> that decides, false alarms add up to at most <i>n</i> · {@code alpha}.
 *
 * <p><b>Threads:</b> safe for any number. A call is counted without a lock. One daemon thread of its own, {@code
 * chasqui-flags-guard}, looks each {@link Builder#interval}; it ends with {@link #close()}. <b>Errors:</b> what a call throws reaches
 * the caller unchanged; what a listener throws is logged. <b>Delay:</b> a decision waits for calls that began before; for one that
 * never ends, as long as {@link Builder#longestCall}.
 *
 * <p>A rule decides once, until the flag is written anew in a document that {@link #follow} gets: then its counts begin at 0.
 */
public final class ReleaseGuard implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ReleaseGuard.class.getName());
  private static final int MOST_FLAGS = 1_000;

  private final Map<String, List<GuardRule>> given;
  private final Consumer<? super GuardDecision> onDecision;
  private final Predicate<? super Throwable> errors;
  private final LongSupplier nanoClock;
  private final InstantSource clock;
  private final long longestNanos;
  private final Duration interval;
  private final @Nullable Worker looking;

  @SuppressWarnings(
      "ThreadLocalUsage") // one guard's calls are not another's, and each is taken out again
  private final ThreadLocal<@Nullable CallScope> scopes = new ThreadLocal<>();

  /** Replaced as a whole. */
  private volatile Map<String, GuardedFlag> flags;

  private final ReentrantLock lock = new ReentrantLock();
  // All from here on is guarded by lock.
  private List<FlagProblem> problems = List.of();
  private long revision;
  private @Nullable GuardedSource source;
  private boolean closed;

  private ReleaseGuard(Builder builder) {
    Map<String, List<GuardRule>> rules = new LinkedHashMap<>();
    for (GuardRule rule : builder.rules) {
      rules.computeIfAbsent(rule.flag(), flag -> new ArrayList<>()).add(rule);
    }
    given = rules;
    onDecision = builder.onDecision;
    errors = builder.errors;
    nanoClock = builder.nanoClock;
    clock = builder.clock;
    longestNanos = builder.longestCall.toNanos();
    Map<String, GuardedFlag> guarded = new HashMap<>();
    given.forEach((flag, of) -> guarded.put(flag, guarded(null, of)));
    flags = Map.copyOf(guarded);
    interval = builder.interval;
    looking = interval.isZero() ? null : new Worker("chasqui-flags-guard", this::lookOnAndOn);
    if (looking != null) {
      looking.start();
    }
  }

  /** Returns a builder. Without a rule, only flags are guarded that ask for it in a document that is followed. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What is done under a flag.
   *
   * @param <T> type of the flag
   * @param <R> what comes of it
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface Call<
      T extends @Nullable Object, R extends @Nullable Object, E extends Exception> {
    /** Does it, as the flag's value says. */
    R call(T value) throws E;
  }

  /**
   * What is done, with flags asked for meanwhile.
   *
   * @param <R> what comes of it
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface Work<R extends @Nullable Object, E extends Exception> {
    /** Does it. */
    R run() throws E;
  }

  /**
   * Does what the flag's value says, and counts what it comes to for the variant that was decided: an error if it throws (see
   * {@link Builder#errors}), and how long it takes. Nothing is counted of a flag without a rule, or of one that is the code's
   * default.
   */
  public <T extends @Nullable Object, R extends @Nullable Object, E extends Exception> R call(
      FlagEvaluationDetails<T> decided, Call<? super T, R, E> call) throws E {
    Period.Tally tally = tally(decided);
    if (tally == null) {
      return call.call(decided.getValue());
    }
    long began = nanoClock.getAsLong();
    boolean failed = false;
    try {
      return call.call(decided.getValue());
    } catch (Throwable e) {
      failed = isError(e);
      throw e;
    } finally {
      tally.end(failed, nanosSince(began));
    }
  }

  /** As {@link #call}, for what ends on another thread, or fails without an exception. The time begins now. */
  public GuardedCall begin(FlagEvaluationDetails<?> decided) {
    return new GuardedCall(tally(decided), this, nanoClock.getAsLong());
  }

  /**
   * Runs {@code work}, and counts what it comes to for each flag that is asked for meanwhile, by this thread, of a client (or
   * provider, or API) that has {@link #hook()}. For a whole request, say. It counts in the period in which the flag is asked for. A flag that is two variants meanwhile is not counted, and
   * of flags with a rule only the first 16 are. If it is called again from within, flags count for the innermost.
   */
  public <R extends @Nullable Object, E extends Exception> R during(Work<R, E> work) throws E {
    CallScope outer = scopes.get();
    CallScope scope = new CallScope();
    scopes.set(scope);
    long began = nanoClock.getAsLong();
    boolean failed = false;
    try {
      return work.run();
    } catch (Throwable e) {
      failed = isError(e);
      throw e;
    } finally {
      if (outer == null) {
        scopes.remove();
      } else {
        scopes.set(outer);
      }
      scope.end(failed, nanosSince(began));
    }
  }

  /** Notes flags for {@link #during}; without that it does nothing. */
  public Hook<Object> hook() {
    return new Hook<>() {
      @Override
      public void after(
          HookContext<Object> context,
          FlagEvaluationDetails<Object> details,
          Map<String, Object> hints) {
        CallScope scope = scopes.get();
        if (scope != null) {
          GuardedFlag flag = flags.get(details.getFlagKey());
          if (flag != null) {
            String variant = details.getVariant();
            scope.note(flag, variant == null ? null : flag.arm(variant));
          }
        }
      }
    };
  }

  /** A call begins; null if it is not counted. */
  private Period.@Nullable Tally tally(FlagEvaluationDetails<?> decided) {
    GuardedFlag flag = flags.get(decided.getFlagKey());
    String variant = decided.getVariant();
    if (flag == null || variant == null) {
      return null;
    }
    GuardedFlag.Arm arm = flag.arm(variant);
    return arm == null ? null : flag.begin(arm);
  }

  long nanosSince(long began) {
    return nanoClock.getAsLong() - began;
  }

  boolean isError(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    try {
      return errors.test(cause == null ? failure : cause);
    } catch (RuntimeException e) { // the caller must get what was thrown first
      LOG.log(
          System.Logger.Level.WARNING, "It cannot be told whether this is an error: " + failure, e);
      return true;
    }
  }

  /**
   * Looks at the periods that can be compared since it last did, ends the present one, and acts. Called by its own thread; by hand where {@link Builder#interval} is zero,
   * at least once for two thousand million calls of a variant.
   *
   * @return what was decided
   */
  public List<GuardDecision> look() {
    List<GuardDecision> decisions = new ArrayList<>();
    List<GuardedFlag> of = new ArrayList<>();
    GuardedSource tripped;
    lock.lock();
    try {
      if (closed) {
        return List.of();
      }
      tripped = source;
      long nanos = nanoClock.getAsLong();
      for (GuardedFlag flag : flags.values()) {
        for (GuardEvidence evidence : flag.look(nanos)) {
          decisions.add(new GuardDecision(evidence, revision, clock.instant()));
          of.add(flag);
        }
      }
    } finally {
      lock.unlock();
    }
    for (int i = 0; i < decisions.size(); i++) {
      GuardDecision decision = decisions.get(i);
      if (tripped != null && decision.action() != GuardAction.HOLD) {
        tripped.trip(decision, of.get(i).source());
      }
      try {
        onDecision.accept(decision);
      } catch (RuntimeException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "A listener failed on this decision: " + decision.toJson(),
            e);
      }
    }
    return List.copyOf(decisions);
  }

  private void lookOnAndOn() throws InterruptedException {
    while (looking != null) {
      looking.pause(interval);
      try {
        List<GuardDecision> unused = look();
      } catch (RuntimeException e) { // else nobody would look any more
        LOG.log(System.Logger.Level.ERROR, "The guard could not look, and goes on", e);
      }
    }
  }

  /** What is known of each candidate as of the last look. */
  public List<GuardEvidence> evidence() {
    lock.lock();
    try {
      return flags.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .flatMap(flag -> flag.getValue().evidence().stream())
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Rules that are not in force, as of the last document that was followed. */
  public List<FlagProblem> problems() {
    lock.lock();
    try {
      return problems;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The same source, with what is decided here put in force at once on this process: a flag is rolled back or killed, until the
   * source has the flag otherwise than it was when that was decided. That is not kept over a restart; the fleet follows if {@link
   * Builder#onDecision} has the document changed. Closing it closes {@code upstream} and leaves the guard open.
   *
   * <p>What it is then: {@link GuardAction#applyTo}.
   *
   * @throws IllegalStateException if it was called before
   */
  public FlagSource source(FlagSource upstream) {
    lock.lock();
    try {
      if (source != null) {
        throw new IllegalStateException("a guard has one source: make another guard");
      }
      GuardedSource made = new GuardedSource(upstream, this);
      source = made;
      return made;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Guards the flags of this document from now on: by the builder's rules, and by the one that a flag may have in its own metadata.
   * What was counted of flags that have not changed stays. {@link #source} calls it. Members of metadata:
   *
   * <ul>
   *   <li>{@code guard.metric}: {@code errors} or {@code slowCalls}, and {@code guard.slowMillis} with the latter
   *   <li>{@code guard.max}: the {@link GuardRule#margin()}
   *   <li>{@code guard.baseline}: a variant; if not given, {@code x-off}, else {@code defaultVariant}
   *   <li>{@code guard.candidate}: a variant; if not given, all but the baseline
   *   <li>{@code guard.action}: {@code hold}, which it is if not given, {@code rollBack} or {@code kill}
   *   <li>{@code guard.alpha}, 0.001 if not given; {@code guard.minimumCalls}, 100 if not given
   * </ul>
   *
   * <p>A rule that is wrong is among the {@link #problems()}, as is any other name that begins with {@code guard.}.
   */
  public void follow(FlagDocument document) {
    lock.lock();
    try {
      Map<String, GuardedFlag> before = flags;
      Map<String, GuardedFlag> now = new HashMap<>();
      List<FlagProblem> wrong = new ArrayList<>();
      for (String key : document.keys()) {
        JsonNode written = Objects.requireNonNull(document.flag(key));
        GuardedFlag earlier = before.get(key);
        boolean same = earlier != null && written.equals(earlier.source());
        List<GuardRule> rules = rules(key, written, wrong);
        if (!rules.isEmpty() && now.size() >= MOST_FLAGS) {
          wrong.add(new FlagProblem(
              key,
              GuardRuleReader.pointer(key),
              "at most " + MOST_FLAGS + " flags can be guarded, and this comes after them",
              false));
        } else if (!rules.isEmpty()) {
          now.put(key, same ? earlier : guarded(written, rules));
        }
      }
      given.keySet().stream()
          .filter(key -> !document.keys().contains(key))
          .forEach(key -> wrong.add(new FlagProblem(
              key, GuardRuleReader.pointer(key), "there is no flag to be guarded", false)));
      flags = Map.copyOf(now);
      revision = document.revision();
      if (!wrong.isEmpty() && !wrong.equals(problems)) {
        LOG.log(System.Logger.Level.WARNING, "Flags are not guarded as they should be: {0}", wrong);
      }
      problems = List.copyOf(wrong);
    } finally {
      lock.unlock();
    }
  }

  private List<GuardRule> rules(String key, JsonNode flag, List<FlagProblem> wrong) {
    List<GuardRule> rules = new ArrayList<>();
    for (GuardRule rule : given.getOrDefault(key, List.of())) {
      List<String> missing = new ArrayList<>(rule.candidates());
      missing.add(rule.baseline());
      missing.removeIf(flag.path("variants")::has);
      if (missing.isEmpty()) {
        rules.add(rule);
      } else {
        wrong.add(new FlagProblem(
            key,
            GuardRuleReader.pointer(key) + "/variants",
            "a guard compares variants that are not there: " + missing,
            false));
      }
    }
    try {
      GuardRule own = GuardRuleReader.read(key, flag);
      if (own != null) {
        rules.add(own);
      }
    } catch (FlagFormatException e) {
      wrong.add(new FlagProblem(key, e.pointer(), e.problem(), false));
    }
    return rules;
  }

  private GuardedFlag guarded(@Nullable JsonNode source, List<GuardRule> rules) {
    return new GuardedFlag(source, rules, clock.instant(), nanoClock.getAsLong(), longestNanos);
  }

  /** Nothing is decided any more. What was put in force stays, and calls go through. May be called again. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    if (looking != null) {
      looking.close();
    }
  }

  /** Makes a guard. */
  public static final class Builder {
    private final List<GuardRule> rules = new ArrayList<>();
    private Consumer<? super GuardDecision> onDecision = decision ->
        LOG.log(System.Logger.Level.WARNING, "A release does harm: {0}", decision.toJson());
    private Predicate<? super Throwable> errors = failure -> true;
    private Duration interval = Duration.ofSeconds(1);
    private Duration longestCall = Duration.ofSeconds(90);
    private LongSupplier nanoClock = System::nanoTime;
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /**
     * One more rule. A flag may have several; each decides by itself, with its own {@code alpha}.
     *
     * @throws IllegalArgumentException if it is one of more than a thousand
     */
    public Builder guard(GuardRule rule) {
      if (rules.size() >= MOST_FLAGS) {
        throw new IllegalArgumentException("a guard must have at most " + MOST_FLAGS + " rules");
      }
      rules.add(rule);
      return this;
    }

    /**
     * Who is told what is decided, after it is in force here; not twice, so it must keep what it is told. Called by the guard's own
     * thread, which does not look meanwhile, or by whoever looks by hand. If not given, decisions are logged.
     */
    public Builder onDecision(Consumer<? super GuardDecision> listener) {
      this.onDecision = listener;
      return this;
    }

    /** Which exceptions are errors of a call, and not what it is meant to throw; all if not given. */
    public Builder errors(Predicate<? super Throwable> predicate) {
      this.errors = predicate;
      return this;
    }

    /** How long after one look the next begins; a second if not given; zero: only by {@link ReleaseGuard#look}. */
    public Builder interval(Duration between) {
      if (between.isNegative()) {
        throw new IllegalArgumentException("interval must not be negative, was " + between);
      }
      this.interval = between;
      return this;
    }

    /**
     * How long it is waited whether a call comes to an error; 90 seconds if not given, so that what is given up after a minute is
     * one. A call that goes on for longer counts as one without an error, however it ends. Calls that began later are not looked at
     * meanwhile. What rules of slow calls count does not depend on it: they wait for what is slow, and no longer.
     *
     * @throws IllegalArgumentException if it is not positive, or more than a day
     */
    public Builder longestCall(Duration longest) {
      if (longest.isNegative() || longest.isZero() || longest.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException(
            "longestCall must be positive and at most a day, was " + longest);
      }
      this.longestCall = longest;
      return this;
    }

    /** Nanoseconds since any fixed moment, never going back; tests move it by hand. */
    public Builder nanoClock(LongSupplier nanos) {
      this.nanoClock = nanos;
      return this;
    }

    /** When decisions are made; tests move it by hand. */
    public Builder clock(InstantSource instants) {
      this.clock = instants;
      return this;
    }

    /** Makes it, and begins to look. */
    public ReleaseGuard build() {
      return new ReleaseGuard(this);
    }
  }
}
