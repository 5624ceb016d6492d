package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Entry;
import dev.chasqui.hierarchicalconfig.LiveConfig;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes over what was received: stores it, resolves it, switches, tells the listeners; and resolves it again when time
 * changes it. Used on the client's thread; only {@link #config()} is for every thread.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());
  /** The wall clock may be set meanwhile, which no timer notices. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  /** Why a step failed that the gateway asked about. */
  private static final String REFUSED = "refused";

  private final String owner;
  private final Resolver resolver;
  private final DeviceContext facts;
  private final EdgeStore store;
  private final Actor actor;
  private final LiveConfig config;

  private Stored stored;
  private long receivedAt;
  private long effectiveAt;
  private @Nullable Refusal refusal;
  /** For whoever asked about what is being taken over. */
  private StepTimes times = StepTimes.NONE;

  /** When what is held was last resolved, by the wall clock. */
  private Instant seenTo;
  /** When to resolve it again, or null if time changes nothing of it. */
  private @Nullable Instant turn;

  private Runnable onTimeChange = () -> {};
  private @Nullable Future<?> timer;
  private boolean closed;
  /** Whether time came and what it changes could not be stored: tried again, but not at once. */
  private boolean failed;

  /** Starts with what the store held: that is no change, so no listener hears of it. */
  Applier(
      String owner,
      Resolver resolver,
      DeviceContext facts,
      EdgeStore store,
      Stored held,
      Actor actor) {
    this.owner = owner;
    this.resolver = resolver;
    this.facts = facts;
    this.store = store;
    this.actor = actor;
    this.seenTo = actor.now();
    EffectiveConfig received = resolveHeld(held.received(), seenTo);
    List<Violation> broken = received == null ? List.of() : brokenRules(received);
    if (broken.isEmpty() && !held.objection().isEmpty()) {
      broken = List.of(objection(held.objection()));
    }
    if (received != null && broken.isEmpty()) {
      this.stored = new Stored(held.received(), held.received());
      this.config = new LiveConfig(received);
    } else {
      EffectiveConfig good = lastGood(held);
      ProfileSet effective = good == null ? ProfileSet.EMPTY : held.effective();
      // Without profiles that can be read the gateway sends all.
      this.stored = received == null
          ? new Stored(ProfileSet.EMPTY, effective)
          : new Stored(held.received(), effective, held.objection());
      this.config = new LiveConfig(good == null ? resolve(ProfileSet.EMPTY, seenTo) : good);
      if (received != null) {
        refuse(held.received().revision(), broken);
      }
    }
    this.receivedAt = actor.nanos();
    this.effectiveAt = receivedAt;
  }

  /** From now on resolves again when time comes, and calls {@code changed} each time that it did. */
  void followClock(Runnable changed) {
    onTimeChange = changed;
    planTurn();
    look();
  }

  void close() {
    closed = true;
    lookLater();
  }

  private EffectiveConfig resolve(ProfileSet set, Instant at) {
    return resolver.resolve(set.profiles().values(), facts, at);
  }

  private static List<Violation> brokenRules(EffectiveConfig config) {
    List<Violation> violations = config.violations();
    return violations.stream().allMatch(violation -> violation.rule().isConflict())
        ? List.of()
        : violations;
  }

  private static Violation objection(String message) {
    return new Violation(Violation.Rule.INVARIANT, "", null, message);
  }

  /**
   * What was in force. Where time alone has made it bad, as it was before: before the last instant at which an entry
   * began or ended and nothing was broken yet.
   */
  private @Nullable EffectiveConfig lastGood(Stored held) {
    ProfileSet set = held.effective();
    EffectiveConfig good = resolveHeld(set, seenTo);
    boolean refusedByTime = set.equals(held.received());
    if (good == null || (!refusedByTime && brokenRules(good).isEmpty())) {
      return good;
    }
    List<Instant> past = turns(set)
        .filter(instant -> !instant.isAfter(seenTo))
        .sorted(Comparator.reverseOrder())
        .toList();
    for (Instant instant : past) {
      EffectiveConfig before = resolve(set, instant.minusMillis(1));
      if (brokenRules(before).isEmpty()) {
        return before;
      }
    }
    return good;
  }

  private @Nullable EffectiveConfig resolveHeld(ProfileSet set, Instant at) {
    try {
      return resolve(set, at);
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          owner + ": stored profiles of revision " + set.revision()
              + " do not fit this software, going without: " + e.getMessage());
      return null;
    }
  }

  LiveConfig config() {
    return config;
  }

  ProfileSet received() {
    return stored.received();
  }

  long effectiveRevision() {
    return stored.effective().revision();
  }

  String fingerprint() {
    return config.now().fingerprint();
  }

  @Nullable
  Refusal refusal() {
    return refusal;
  }

  String ack(StepTimes told) {
    long now = actor.nanos();
    return DeviceFrame.ack(
        stored.received().revision(),
        stored.effective().revision(),
        (now - receivedAt) / 1_000_000,
        (now - effectiveAt) / 1_000_000,
        fingerprint(),
        refusal,
        told);
  }

  /**
   * Takes over a whole transfer. One that was taken over before changes nothing, unless a rule refused it: it is tried
   * again. What a view refused stays so until other profiles come: at a start there is no view to ask.
   *
   * @param asked gets the steps of it
   * @throws IllegalArgumentException if the profiles do not fit the hierarchy; nothing changed
   * @throws IOException if they cannot be stored; nothing changed
   */
  void take(ProfileSet next, StepTimes asked) throws IOException {
    times = asked;
    try {
      take(next);
    } finally {
      times = StepTimes.NONE;
    }
  }

  private void take(ProfileSet next) throws IOException {
    if (refusal == null && next.equals(stored.received())) {
      return;
    }
    if (refusal == null && next.profiles().equals(stored.received().profiles())) {
      keep(new Stored(next, next));
      effectiveAt = receivedAt;
      return;
    }
    if (!stored.objection().isEmpty()
        && next.profiles().equals(stored.received().profiles())) {
      keep(new Stored(next, stored.effective(), stored.objection())); // views would say the same
      refuse(next.revision(), List.of(objection(stored.objection())));
      return;
    }
    apply(next);
    failed = false;
    planTurn();
    lookLater();
  }

  /** Puts {@code next} in force as of now; or says why not, and goes on with what was good. */
  private void apply(ProfileSet next) throws IOException {
    Instant now = actor.now();
    times.begin("resolve");
    EffectiveConfig resolved = resolve(next, now);
    ProfileSet good = stored.effective();
    List<Violation> broken = brokenRules(resolved);
    if (!broken.isEmpty()) {
      times.fail(REFUSED);
      keep(new Stored(next, good));
      seenTo = now;
      refuse(next.revision(), broken);
      stayWith(good);
      return;
    }
    Violation objection =
        switchTo(resolved, new Stored(next, next)); // stored before anybody sees it
    seenTo = now;
    if (objection == null) {
      refusal = null;
      if (!next.equals(good)) {
        effectiveAt = actor.nanos();
      }
      return;
    }
    keep(new Stored(next, good, objection.message()));
    refuse(next.revision(), List.of(objection));
    stayWith(good);
  }

  /**
   * What a view has against {@code next}, and nothing changed; null if {@code now} is stored, {@code next} in force and
   * every listener told.
   *
   * @throws IOException if it cannot be stored; nothing changed
   */
  private @Nullable Violation switchTo(EffectiveConfig next, Stored now) throws IOException {
    try {
      config.set(next, () -> {
        try {
          keep(now);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        times.begin("switch"); // until now its views were asked, which is a part of resolving
      });
      times.end();
      return null;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (RuntimeException e) {
      times.fail(REFUSED);
      return objection("a view of the software refuses it: "
          + Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
  }

  /** The good profiles as of now, too; but where time has made them bad, they stay in force as they were. */
  private void stayWith(ProfileSet good) throws IOException {
    if (good.equals(stored.received())) {
      return; // refused a moment ago
    }
    times.begin("resolve");
    EffectiveConfig resolved = resolve(good, seenTo);
    if (brokenRules(resolved).isEmpty()) {
      switchTo(resolved, stored);
    } else {
      times.fail(REFUSED);
    }
  }

  private void keep(Stored next) throws IOException {
    if (next.equals(stored)) {
      return;
    }
    times.begin("store");
    store.save(next);
    times.end();
    if (!next.received().equals(stored.received())) {
      receivedAt = actor.nanos();
    }
    stored = next;
  }

  private void refuse(long revision, List<Violation> broken) {
    Refusal made = new Refusal(revision, broken);
    if (!made.equals(refusal)) {
      LOG.log(
          System.Logger.Level.WARNING,
          owner + ": revision " + revision + " is refused, what was in force stays so: "
              + made.violations());
    }
    refusal = made;
  }

  // Following the wall clock

  /** When an entry begins or ends next: that may change a value, or what is wrong. */
  private void planTurn() {
    turn = turns()
        .filter(instant -> instant.isAfter(seenTo))
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  private Stream<Instant> turns() {
    return Stream.of(stored.received(), stored.effective()).flatMap(Applier::turns);
  }

  private static Stream<Instant> turns(ProfileSet set) {
    return set.profiles().values().stream()
        .flatMap(profile -> profile.entries().values().stream())
        .map(Entry::term)
        .flatMap(term -> Stream.of(term.from(), term.until()))
        .filter(Objects::nonNull);
  }

  private void look() {
    if (closed) {
      return; // the timer went off before it could be cancelled
    }
    Instant now = actor.now();
    try {
      if (now.isBefore(seenTo) || (turn != null && !now.isBefore(turn))) {
        failed = true; // unless it comes to the end
        apply(stored.received());
        failed = false;
        planTurn();
        if (!closed) { // by a listener
          onTimeChange.run();
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, owner + ": cannot store what time has changed", e);
    } finally {
      lookLater();
    }
  }

  private void lookLater() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    if (closed || turns().findAny().isEmpty()) {
      return;
    }
    Duration wait = LONGEST_WAIT;
    if (turn != null && !failed) {
      Duration left = Duration.between(actor.now(), turn);
      if (left.compareTo(wait) < 0) {
        wait = left.isNegative() ? Duration.ZERO : left;
      }
    }
    timer = actor.after(wait.toNanos(), this::look);
  }
}
