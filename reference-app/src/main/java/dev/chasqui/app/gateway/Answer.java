package dev.chasqui.app.gateway;

import dev.chasqui.app.store.Profiles;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a device gets when it says what it holds.
 *
 * @param revision whatever this change and those before it did is in
 * @param path the scopes above the device and itself
 * @param profiles those to send
 */
record Answer(Mode mode, String reason, long revision, Set<Scope> path, List<Profile> profiles) {
  enum Mode {
    NONE,
    CHANGES,
    FULL;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Decides by rule 4 of the protocol. */
  static Answer to(Map<Scope, Long> held, Profiles.OnPath now) {
    Map<Scope, Long> there = new HashMap<>();
    now.profiles().forEach(profile -> there.put(profile.scope(), profile.revision()));
    if (held.isEmpty()) {
      return full("first contact", now);
    }
    if (!held.keySet().equals(there.keySet())) {
      return full("path changed", now);
    }
    for (Map.Entry<Scope, Long> entry : there.entrySet()) {
      if (held.getOrDefault(entry.getKey(), 0L) > entry.getValue()) {
        return full("ahead of server", now);
      }
    }
    return changes(
        now,
        now.profiles().stream()
            .filter(profile -> held.getOrDefault(profile.scope(), -1L) < profile.revision())
            .toList());
  }

  /** For a device that has all there was at {@code revision} on {@code path}. */
  static Answer since(long revision, Set<Scope> path, Profiles.OnPath now) {
    if (!path.equals(pathOf(now))) {
      return full("path changed", now);
    }
    return changes(
        now,
        now.profiles().stream().filter(profile -> profile.revision() > revision).toList());
  }

  private static Answer changes(Profiles.OnPath now, List<Profile> behind) {
    return behind.isEmpty()
        ? new Answer(Mode.NONE, "up to date", now.revision(), pathOf(now), List.of())
        : new Answer(Mode.CHANGES, "behind", now.revision(), pathOf(now), behind);
  }

  private static Answer full(String reason, Profiles.OnPath now) {
    return new Answer(Mode.FULL, reason, now.revision(), pathOf(now), now.profiles());
  }

  private static Set<Scope> pathOf(Profiles.OnPath now) {
    return now.profiles().stream().map(Profile::scope).collect(Collectors.toUnmodifiableSet());
  }
}
