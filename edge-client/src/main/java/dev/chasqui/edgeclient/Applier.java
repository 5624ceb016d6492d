package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes over what was received: stores it, resolves it, switches, tells the listeners. Used on the client's thread; only
 * {@link #config()} is for every thread.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  private final String owner;
  private final Resolver resolver;
  private final EdgeStore store;
  private final Actor actor;
  private final Listeners<ConfigChange> listeners;

  private Stored stored;
  private long receivedAt;
  private long effectiveAt;
  private String fingerprint;
  private @Nullable Refusal refusal;
  private volatile EffectiveConfig config;

  /** Starts with what the store held: that is no change, so no listener hears of it. */
  Applier(
      String owner,
      Resolver resolver,
      EdgeStore store,
      Stored held,
      Actor actor,
      Listeners<ConfigChange> listeners) {
    this.owner = owner;
    this.resolver = resolver;
    this.store = store;
    this.actor = actor;
    this.listeners = listeners;
    EffectiveConfig received = resolveHeld(held.received());
    if (received == null) {
      this.stored = Stored.NOTHING; // so the gateway sends all
      this.config = resolve(List.of());
    } else if (isSound(received)) {
      this.stored = new Stored(held.received(), held.received());
      this.config = received;
    } else {
      EffectiveConfig good = resolveHeld(held.effective());
      this.stored = good == null ? new Stored(held.received(), ProfileSet.EMPTY) : held;
      this.config = good == null ? resolve(List.of()) : good;
      this.refusal = refused(held.received().revision(), received);
    }
    this.fingerprint = config.fingerprint();
    this.receivedAt = actor.nanos();
    this.effectiveAt = receivedAt;
  }

  private EffectiveConfig resolve(Collection<Profile> profiles) {
    return resolver.resolve(profiles, DeviceContext.NONE, Instant.now());
  }

  private static boolean isSound(EffectiveConfig config) {
    return config.violations().stream().allMatch(violation -> violation.rule().isConflict());
  }

  private @Nullable EffectiveConfig resolveHeld(ProfileSet set) {
    try {
      return resolve(set.profiles().values());
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          owner + ": stored profiles of revision " + set.revision()
              + " do not fit this software, going without: " + e.getMessage());
      return null;
    }
  }

  EffectiveConfig config() {
    return config;
  }

  ProfileSet received() {
    return stored.received();
  }

  long effectiveRevision() {
    return stored.effective().revision();
  }

  String fingerprint() {
    return fingerprint;
  }

  @Nullable
  Refusal refusal() {
    return refusal;
  }

  String ack() {
    long now = actor.nanos();
    return DeviceFrame.ack(
        stored.received().revision(),
        stored.effective().revision(),
        (now - receivedAt) / 1_000_000,
        (now - effectiveAt) / 1_000_000,
        fingerprint,
        refusal);
  }

  /**
   * Takes over a whole transfer; one that was taken over before changes nothing.
   *
   * @throws IllegalArgumentException if the profiles do not fit the hierarchy; nothing changed
   * @throws IOException if they cannot be stored; nothing changed
   */
  void take(ProfileSet next) throws IOException {
    if (next.equals(stored.received())) {
      return;
    }
    boolean sameProfiles = next.profiles().equals(stored.received().profiles());
    if (sameProfiles && refusal == null) {
      keep(new Stored(next, next));
      effectiveAt = receivedAt;
      return;
    }
    EffectiveConfig resolved = resolve(next.profiles().values());
    if (isSound(resolved)) {
      keep(new Stored(next, next));
      refusal = null;
      switchTo(resolved, next.revision());
    } else {
      keep(new Stored(next, stored.effective()));
      refusal = refused(next.revision(), resolved);
    }
  }

  private void keep(Stored now) throws IOException {
    store.save(now);
    stored = now;
    receivedAt = actor.nanos();
  }

  private void switchTo(EffectiveConfig now, long revision) {
    EffectiveConfig before = config;
    config = now;
    fingerprint = now.fingerprint();
    SortedSet<String> keys = before.differingKeys(now);
    if (!keys.isEmpty()) {
      listeners.tell(new ConfigChange(before, now, keys, revision));
    }
    effectiveAt = actor.nanos();
  }

  private Refusal refused(long revision, EffectiveConfig resolved) {
    Refusal made = new Refusal(revision, resolved.violations());
    LOG.log(
        System.Logger.Level.WARNING,
        owner + ": revision " + revision + " is refused, " + stored.effective().revision()
            + " stays in force: " + made.violations());
    return made;
  }
}
