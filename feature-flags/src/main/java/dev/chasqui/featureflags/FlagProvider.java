package dev.chasqui.featureflags;

import dev.chasqui.featureflags.internal.Worker;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderEventDetails;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.Reason;
import dev.openfeature.sdk.TrackingEventDetails;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.FatalError;
import dev.openfeature.sdk.exceptions.GeneralError;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers OpenFeature's clients from flags that are held in the process.
 *
 * <pre>{@code
 * FlagProvider flags = FlagProvider.builder().source(new FileSource(Path.of("flags.json"))).build();
 * OpenFeatureAPI.getInstance().setProviderAndWait(flags);
 * }</pre>
 *
 * <p><b>Threads:</b> asked by any number; an answer takes no lock and waits for nothing. <b>Start:</b> waits for the first
 * document up to {@link Builder#startWithin}. If none comes, it goes on with what {@link Builder#lastGood} kept, and says
 * {@code STALE}; with nothing kept it says {@code ERROR}, and {@code READY} by itself when a document comes. <b>Staleness:</b>
 * while the source is out of touch, flags stay what they are, and {@code STALE} is told after {@link Builder#staleAfter}.
 * <b>Events:</b> each change of state is told once and in order, though OpenFeature runs each handler on a thread of its own;
 * {@code PROVIDER_CONFIGURATION_CHANGED} names the flags that changed, and its metadata has the document's {@code revision}. <b>Killed flags</b> are off as soon as the source says so, and
 * stay off, also over a restart with {@code lastGood}, until there is a document as new as the kill, or one of a source without
 * revisions.
 *
 * <p>It may be bound to several domains. Once it is shut down it does not start again.
 */
public final class FlagProvider extends EventProvider {
  private static final System.Logger LOG = System.getLogger(FlagProvider.class.getName());
  private static final Metadata METADATA = () -> "chasqui";
  private static final int MOST_EVENTS = 100;
  private static final int MOST_LOGGED = 20;
  private static final Duration TICK = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final FlagSource source;
  private final @Nullable LastGood lastGood;
  private final FlagSet none;
  private final Duration startWithin;
  private final Duration staleAfter;
  private final Consumer<? super List<FlagProblem>> onProblem;
  private final Tracker tracker;
  private final @Nullable FlagHistory history;
  private final LintOnLoad lint;

  @SuppressWarnings("rawtypes") // as OpenFeature has them
  private final List<Hook> hooks;

  private final InstantSource clock;
  private final Worker teller = new Worker("chasqui-flags-events", this::tellEvents);

  /** Null until there are some, and after shutdown. */
  private volatile @Nullable FlagSet flags;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // All from here on is guarded by lock.
  private boolean opened;
  private boolean shutDown;
  /** The last state that OpenFeature was told, or is about to be; {@code NOT_READY} before it has called. */
  private ProviderState told = ProviderState.NOT_READY;

  private Instant since;
  private @Nullable FlagDocument document; // that is in force, but for kills
  private @Nullable FlagDocument loaded; // last, as the source has it
  private Map<String, Long> kills = Map.of(); // up to which revision
  private boolean fromSource; // else the document is what was kept
  private boolean stale;
  private @Nullable Long outOfTouchSince; // nanoseconds; null: in touch, or told as stale
  private @Nullable String lastError;
  private @Nullable Instant lastContact;
  private List<FlagProblem> problems = List.of();
  private final ArrayDeque<Event> events = new ArrayDeque<>();
  private @Nullable Thread initializing;

  private record Event(ProviderEvent type, Set<String> keys, String message, long revision) {}

  private FlagProvider(Builder builder, FlagSource source) {
    this.source = source;
    this.lastGood = builder.lastGood == null ? null : new LastGood(builder.lastGood);
    this.none = FlagSet.empty(builder.clock, builder.staticContext);
    this.startWithin = builder.startWithin;
    this.staleAfter = builder.staleAfter;
    this.onProblem = builder.onProblem;
    this.tracker = builder.tracker;
    this.history = builder.history;
    this.lint = new LintOnLoad(builder.onLint, builder.clock);
    this.hooks = List.copyOf(builder.hooks);
    this.clock = builder.clock;
    this.since = clock.instant();
  }

  /** Returns a builder; only the source must be given. */
  public static Builder builder() {
    return new Builder();
  }

  /** What is tracked, such as a purchase, by {@code Client.track}. */
  @FunctionalInterface
  public interface Tracker {
    /**
     * Takes note. Called by whoever tracks, so it should not take long; what it throws reaches them.
     *
     * @param event its name
     * @param context whose it is
     * @param details null if none were given
     */
    void track(String event, EvaluationContext context, @Nullable TrackingEventDetails details);
  }

  @Override
  public Metadata getMetadata() {
    return METADATA;
  }

  @Override
  @SuppressWarnings("rawtypes") // as OpenFeature has them
  public List<Hook> getProviderHooks() {
    return hooks;
  }

  /** The flags that count now, as one snapshot; none before there are any, and after shutdown. */
  public FlagSet flags() {
    FlagSet held = flags;
    return held == null ? none : held;
  }

  /** How it is now. */
  public FlagProviderStatus status() {
    lock.lock();
    try {
      return new FlagProviderStatus(
          told,
          document == null ? 0 : document.revision(),
          since,
          lastError,
          lastContact,
          kills.keySet());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ProviderEvaluation<Boolean> getBooleanEvaluation(
      String key, Boolean defaultValue, @Nullable EvaluationContext context) {
    FlagSet held = flags;
    return held == null
        ? notReady(defaultValue)
        : held.evaluateBoolean(key, defaultValue, context == null ? FlagContext.EMPTY : context);
  }

  @Override
  public ProviderEvaluation<String> getStringEvaluation(
      String key, String defaultValue, @Nullable EvaluationContext context) {
    return evaluate(FlagType.STRING, key, defaultValue, context);
  }

  @Override
  public ProviderEvaluation<Integer> getIntegerEvaluation(
      String key, Integer defaultValue, @Nullable EvaluationContext context) {
    return evaluate(FlagType.INTEGER, key, defaultValue, context);
  }

  @Override
  public ProviderEvaluation<Long> getLongEvaluation(
      String key, Long defaultValue, @Nullable EvaluationContext context) {
    return evaluate(FlagType.LONG, key, defaultValue, context);
  }

  @Override
  public ProviderEvaluation<Double> getDoubleEvaluation(
      String key, Double defaultValue, @Nullable EvaluationContext context) {
    return evaluate(FlagType.DOUBLE, key, defaultValue, context);
  }

  @Override
  public ProviderEvaluation<Value> getObjectEvaluation(
      String key, Value defaultValue, @Nullable EvaluationContext context) {
    return evaluate(FlagType.OBJECT, key, defaultValue, context);
  }

  private <T> ProviderEvaluation<T> evaluate(
      FlagType<T> type, String key, @Nullable T otherwise, @Nullable EvaluationContext context) {
    FlagSet held = flags;
    return held == null
        ? notReady(otherwise)
        : held.evaluate(type, key, otherwise, context == null ? FlagContext.EMPTY : context);
  }

  private static <T> ProviderEvaluation<T> notReady(@Nullable T otherwise) {
    return ProviderEvaluation.<T>builder()
        .value(otherwise)
        .reason(Reason.ERROR.name())
        .errorCode(ErrorCode.PROVIDER_NOT_READY)
        .errorMessage("there are no flags yet, or not any more")
        .build();
  }

  @Override
  public void track(
      String eventName, EvaluationContext context, @Nullable TrackingEventDetails details) {
    tracker.track(eventName, context, details);
  }

  /**
   * Opens the source, and waits for flags as long as {@link Builder#startWithin} says.
   *
   * @throws GeneralError if there are none; it goes on trying
   * @throws FatalError if it was shut down
   */
  @Override
  public void initialize(@Nullable EvaluationContext global) {
    if (begin()) {
      teller.start();
      lint.start();
      if (lastGood != null) {
        lastGood.start();
      }
      source.open(new FromSource());
    }
    lock.lock();
    try {
      long left = startWithin.toNanos();
      while (left > 0 && !fromSource && !shutDown) {
        left = changed.awaitNanos(left);
      }
      if (shutDown) {
        throw new FatalError("the provider was shut down while it started");
      }
      // OpenFeature says so itself, once we have returned.
      become(document == null ? ProviderState.ERROR : ProviderState.READY);
      initializing = Thread.currentThread();
      changed.signalAll();
      stale |= !fromSource;
      tellState();
      if (document == null) {
        throw new GeneralError(
            "no flags within " + startWithin + (lastError == null ? "" : ": " + lastError));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GeneralError("interrupted while waiting for flags", e);
    } finally {
      lock.unlock();
    }
  }

  /** Returns true the first time. */
  private boolean begin() {
    lock.lock();
    try {
      if (shutDown) {
        throw new FatalError(
            "a provider that was shut down does not start again: make another one");
      }
      if (opened) {
        return false;
      }
      opened = true;
      LastGood.Kept kept = lastGood == null ? null : lastGood.read();
      if (kept != null) {
        apply(kept.document(), kept.kills());
        loaded = kept.document();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all that it does. It has no flags any more. Doing so twice is harmless. */
  @Override
  public void shutdown() {
    lock.lock();
    try {
      if (shutDown) {
        return;
      }
      shutDown = true;
      flags = null;
      become(ProviderState.NOT_READY);
      events.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    source.close();
    teller.close();
    lint.close();
    if (lastGood != null) {
      lastGood.close();
    }
    super.shutdown();
  }

  /** From now on it is this document that counts, with these flags killed. */
  private void apply(FlagDocument newer, Map<String, Long> killed) {
    FlagSet before = flags;
    FlagSet now = (before == null ? none : before)
        .next(killed.isEmpty() ? newer : newer.killed(killed.keySet()));
    if (history != null) {
      history.add(now);
    }
    flags = now;
    document = newer;
    kills = Map.copyOf(killed);
    Set<String> keys = now.changedFrom(before == null ? none : before);
    if (before != null && told != ProviderState.NOT_READY) {
      if (!keys.isEmpty()) {
        tell(new Event(
            ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, keys, "flags changed", newer.revision()));
      }
    }
    lint.look(now, keys);
  }

  private void keep() {
    if (lastGood != null && loaded != null) {
      lastGood.keep(new LastGood.Kept(loaded, kills));
    }
  }

  private void become(ProviderState state) {
    if (told != state) {
      told = state;
      since = clock.instant();
    }
  }

  /** Tells if the state is another one than was told last. */
  private void tellState() {
    if (told == ProviderState.NOT_READY) {
      return; // nobody has called
    }
    ProviderState state =
        document == null ? ProviderState.ERROR : stale ? ProviderState.STALE : ProviderState.READY;
    if (state == told) {
      return;
    }
    become(state);
    long revision = document == null ? 0 : document.revision();
    if (state == ProviderState.READY) {
      tell(new Event(ProviderEvent.PROVIDER_READY, Set.of(), "flags are up to date", revision));
    } else { // never ERROR: what is held once is not given up
      tell(new Event(
          ProviderEvent.PROVIDER_STALE,
          Set.of(),
          lastError == null ? "the source has not answered yet" : lastError,
          revision));
    }
  }

  private void tell(Event event) {
    if (events.size() >= MOST_EVENTS) { // nobody has listened for long: tell the sum of it
      Set<String> keys = new TreeSet<>();
      Event state = null;
      for (Event waiting : events) {
        keys.addAll(waiting.keys());
        state = waiting.type() == ProviderEvent.PROVIDER_CONFIGURATION_CHANGED ? state : waiting;
      }
      events.clear();
      events.add(new Event(
          ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, keys, "flags changed", event.revision()));
      if (state != null) {
        events.add(state);
      }
    }
    events.add(event);
    changed.signalAll();
  }

  private void tellEvents() throws InterruptedException {
    while (!teller.isClosed()) {
      Event event = nextEvent();
      ProviderEventDetails details = ProviderEventDetails.builder()
          .message(event.message())
          .flagsChanged(event.keys().isEmpty() ? null : List.copyOf(new TreeSet<>(event.keys())))
          .eventMetadata(
              ImmutableMetadata.builder().addLong("revision", event.revision()).build())
          .build();
      try {
        emit(event.type(), details).await(); // else OpenFeature's threads might turn them around
      } catch (RejectedExecutionException e) {
        return; // it is being shut down
      }
    }
  }

  private Event nextEvent() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        if (teller.isClosed()) {
          throw new InterruptedException("closed");
        }
        long wait = LONG.toNanos();
        if (outOfTouchSince != null) {
          wait = outOfTouchSince + staleAfter.toNanos() - System.nanoTime();
          if (wait <= 0) {
            outOfTouchSince = null;
            stale = true;
            tellState();
            continue;
          }
        }
        if (initializing != null && !isInitializing(initializing)) {
          initializing = null;
        }
        if (initializing != null) {
          wait = Math.min(wait, TICK.toNanos());
        } else if (!events.isEmpty()) {
          return events.remove();
        }
        long unused = changed.awaitNanos(wait);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether OpenFeature has yet to say what our start came to. It does so on the thread that called us, after we have returned;
   * what we told before would be undone by that, and nothing tells us when it is done.
   */
  private static boolean isInitializing(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().startsWith("dev.openfeature.sdk.")
          && frame.getMethodName().contains("nitialize")) {
        return true;
      }
    }
    return false;
  }

  /** What the source tells, on its thread. */
  private final class FromSource implements FlagSource.Listener {
    @Override
    public void loaded(FlagDocument newer) {
      take(newer, true);
    }

    @Override
    public void amended(FlagDocument newer) {
      take(newer, false);
    }

    private void take(FlagDocument newer, boolean isContact) {
      List<FlagProblem> now;
      lock.lock();
      try {
        if (shutDown) {
          return;
        }
        apply(newer, killsAfter(newer));
        if (isContact) {
          fromSource = true;
          loaded = newer;
          touched();
        }
        keep();
        now = problemsIfOthers();
      } catch (RuntimeException | StackOverflowError e) { // else the source would end with it
        LOG.log(System.Logger.Level.ERROR, "Flags cannot be compiled and stay what they were", e);
        outOfTouch("cannot be compiled: " + e);
        return;
      } finally {
        lock.unlock();
      }
      tellProblems(now);
    }

    /** Those that the document is not as new as. Where its source has no order, nothing would ever end them. */
    private Map<String, Long> killsAfter(FlagDocument newer) {
      Map<String, Long> still = new HashMap<>(kills);
      still.values().removeIf(revision -> newer.revision() == 0 || revision <= newer.revision());
      return still;
    }

    @Override
    public void killed(Set<String> keys, long revision) {
      lock.lock();
      try {
        if (shutDown || (fromSource && document != null && document.revision() >= revision)) {
          return;
        }
        Map<String, Long> more = new HashMap<>(kills);
        keys.forEach(key -> more.merge(key, revision, Math::max));
        lastContact = clock.instant();
        if (document == null) {
          kills = Map.copyOf(more); // for the first that comes
        } else {
          apply(document, more);
          keep();
        }
      } catch (RuntimeException | StackOverflowError e) { // else the source would end with it
        LOG.log(System.Logger.Level.ERROR, "Flags " + keys + " cannot be killed", e);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void inTouch() {
      lock.lock();
      try {
        touched();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void outOfTouch(String why) {
      lock.lock();
      try {
        if (shutDown) {
          return;
        }
        lastError = why;
        if (outOfTouchSince == null && !stale) {
          outOfTouchSince = System.nanoTime();
          changed.signalAll(); // whoever tells has to wait for less
        }
      } finally {
        lock.unlock();
      }
      LOG.log(System.Logger.Level.DEBUG, "Flags may be old: {0}", why);
    }

    private void touched() {
      lastContact = clock.instant();
      lastError = null;
      outOfTouchSince = null;
      if (fromSource) {
        stale = false;
      }
      tellState();
      changed.signalAll();
    }

    /** Those of the newest document if they are not what was told last; else null. */
    private @Nullable List<FlagProblem> problemsIfOthers() {
      List<FlagProblem> now = flags().problems();
      if (now.equals(problems)) {
        return null;
      }
      problems = now;
      return now;
    }

    private void tellProblems(@Nullable List<FlagProblem> now) {
      if (now == null) {
        return;
      }
      try {
        onProblem.accept(now);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "Who is told of problems with flags has failed", e);
      }
    }
  }

  /** What a {@link FlagProvider} is made of. */
  public static final class Builder {
    private @Nullable FlagSource source;
    private @Nullable Path lastGood;
    private EvaluationContext staticContext = FlagContext.EMPTY;
    private Duration startWithin = Duration.ofSeconds(5);
    private Duration staleAfter = Duration.ofSeconds(5);
    private Consumer<? super List<FlagProblem>> onProblem = Builder::log;
    private Tracker tracker = (event, context, details) -> {};
    private @Nullable FlagHistory history;
    private Consumer<? super List<LintFinding>> onLint = Builder::logSome;

    @SuppressWarnings("rawtypes") // as OpenFeature has them
    private final List<Hook> hooks = new ArrayList<>();

    private InstantSource clock = InstantSource.system();

    private Builder() {}

    private static void log(Collection<FlagProblem> problems) {
      problems.forEach(problem -> LOG.log(
          System.Logger.Level.WARNING,
          "Flag {0}, {1}: {2}{3}",
          problem.flag(),
          problem.pointer(),
          problem.message(),
          problem.keptLastGood() ? "; it stays what it was" : ""));
    }

    private static void logSome(List<LintFinding> findings) {
      findings.stream()
          .limit(MOST_LOGGED)
          .forEach(finding -> LOG.log(
              System.Logger.Level.WARNING,
              "Flags, {0}: {1}",
              finding.pointer(),
              finding.message()));
      if (findings.size() > MOST_LOGGED) {
        LOG.log(
            System.Logger.Level.WARNING, "Flags: {0} more warnings", findings.size() - MOST_LOGGED);
      }
    }

    /** Where flags come from. The provider opens it when it starts, and closes it. */
    public Builder source(FlagSource source) {
      this.source = source;
      return this;
    }

    /**
     * A file that keeps the newest flags, and what is killed, for a start without the source; none if not given. It is made, with
     * its directory, when there are flags. A damaged one is named in the log, not used, and set aside as {@code ….damaged}.
     */
    public Builder lastGood(Path file) {
      this.lastGood = file;
      return this;
    }

    /**
     * Attributes of this process, such as its region. They win over those of who asks, a structure whole, and what rules say of them
     * is worked out once. {@link #build} refuses a targeting key among them.
     */
    public Builder staticContext(EvaluationContext context) {
      this.staticContext = FlagContext.copyOf(context);
      return this;
    }

    /** How long the start waits for the first document; 5 seconds if not given; zero: not at all. */
    public Builder startWithin(Duration deadline) {
      this.startWithin = notNegative("startWithin", deadline);
      return this;
    }

    /** How long the source may be out of touch before {@code STALE} is told; 5 seconds if not given; zero: at once. */
    public Builder staleAfter(Duration patience) {
      this.staleAfter = notNegative("staleAfter", patience);
      return this;
    }

    private static Duration notNegative(String name, Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException(name + " must not be negative, was " + duration);
      }
      return duration;
    }

    /**
     * Who is told what is wrong with the flags, whenever that is something else than before; an empty list if all is well again.
     * Called on the source's thread. If not given, problems are logged.
     */
    public Builder onProblem(Consumer<? super List<FlagProblem>> listener) {
      this.onProblem = listener;
      return this;
    }

    /**
     * Who is told what {@link FlagLint} warns of among flags that are new or changed. Called on a thread of its own, {@code
     * chasqui-flags-lint}, after they have come into force. If not given, the first few are logged.
     */
    public Builder onLint(Consumer<? super List<LintFinding>> listener) {
      this.onLint = listener;
      return this;
    }

    /** Who is told what {@code Client.track} is given; nobody if not given. */
    public Builder onTrack(Tracker tracker) {
      this.tracker = tracker;
      return this;
    }

    /**
     * Keeps the sets of flags that are in force, so that decisions can be explained later; none if not given. Each new set costs as
     * long as writing its document, on the source's thread.
     */
    public Builder history(FlagHistory history) {
      this.history = history;
      return this;
    }

    /** A hook that runs with each evaluation by this provider. May be given several times. */
    @SuppressWarnings("rawtypes") // as OpenFeature has them
    public Builder hook(Hook hook) {
      this.hooks.add(hook);
      return this;
    }

    Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Makes it. It does nothing before OpenFeature initializes it.
     *
     * @throws NullPointerException if there is no source
     * @throws IllegalArgumentException if the static context has a targeting key
     */
    public FlagProvider build() {
      return new FlagProvider(
          this, Objects.requireNonNull(source, "a FlagProvider must have a source"));
    }
  }
}
