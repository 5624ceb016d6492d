package dev.chasqui.hierarchicalconfig;

import dev.chasqui.hierarchicalconfig.FleetDevices.Numbers;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the devices of a fleet in the order of their keys, and finds what comes out for each
 * once for all that stand below the same profiles that matter (and say the same of themselves, where
 * that matters). Holds a bounded number of results. For one thread, for one walk.
 *
 * @param <O> what comes out
 */
final class FleetWalk<O> {
  /** What is asked of each device. */
  interface Question<O> {
    /** Whether the profile of the scope with this number has a say. */
    boolean concerns(int scope);

    /** Whether what these profiles come to depends on what a device says of itself. */
    boolean asksFacts(int[] scopes);

    /** What comes out below these profiles that have a say. */
    O answer(int[] scopes, DeviceContext facts);
  }

  /** Takes what comes out for a device. */
  interface Visitor<O> {
    void visit(String device, O answer);
  }

  private static final int MOST_HELD = 1 << 15;

  private final FleetDevices devices;
  private final Question<O> question;
  /** Numbers of scopes; devices below none of them are passed over. */
  private final @Nullable BitSet below;
  /** By number, of scopes above devices. */
  private final BitSet concerned;

  private final @Nullable Stand<?>[] standOf;
  private final Map<Numbers, Stand<O>> stands = new HashMap<>();
  private int held;

  /** A set of scopes that have a say. */
  private static final class Stand<O> {
    final int[] scopes;
    final boolean asksFacts;
    final boolean below;
    /** For all devices, if it does not ask for facts. */
    @Nullable
    O answer;

    /** Facts that are equal are one object in an index. */
    final IdentityHashMap<DeviceContext, O> answers = new IdentityHashMap<>(0);

    Stand(int[] scopes, boolean asksFacts, boolean below) {
      this.scopes = scopes;
      this.asksFacts = asksFacts;
      this.below = below;
    }
  }

  /** Visits devices below {@code below}, all of which the question concerns; all if it is null. */
  FleetWalk(FleetDevices devices, Question<O> question, @Nullable BitSet below) {
    this.devices = devices;
    this.question = question;
    this.below = below;
    this.standOf = new Stand<?>[devices.paths()];
    this.concerned = new BitSet(devices.above());
    for (int scope = 0; scope < devices.above(); scope++) {
      concerned.set(scope, question.concerns(scope));
    }
  }

  void forEach(Visitor<O> visitor) {
    for (int device = 0; device < devices.size(); device++) {
      Stand<O> stand = stand(devices.pathOf(device));
      int own = devices.own(device);
      if (stand.below || (below != null && below.get(own))) {
        visitor.visit(
            devices.key(device),
            question.concerns(own)
                ? question.answer(and(stand.scopes, own), devices.facts(device))
                : answer(stand, devices.facts(device)));
      }
    }
  }

  @SuppressWarnings("unchecked") // only this puts them in
  private Stand<O> stand(int path) {
    Stand<?> known = standOf[path];
    if (known != null) {
      return (Stand<O>) known;
    }
    int[] scopes = Arrays.stream(devices.path(path)).filter(concerned::get).toArray();
    Stand<O> stand = stands.computeIfAbsent(
        new Numbers(scopes),
        any -> new Stand<>(
            scopes,
            question.asksFacts(scopes),
            below == null || Arrays.stream(scopes).anyMatch(below::get)));
    standOf[path] = stand;
    return stand;
  }

  private O answer(Stand<O> stand, DeviceContext facts) {
    O known = stand.asksFacts ? stand.answers.get(facts) : stand.answer;
    if (known != null) {
      return known;
    }
    if (held == MOST_HELD) { // rare; what is needed again is found again
      for (Stand<O> each : stands.values()) {
        each.answer = null;
        each.answers.clear();
      }
      held = 0;
    }
    held++;
    O found = question.answer(stand.scopes, facts);
    if (stand.asksFacts) {
      stand.answers.put(facts, found);
    } else {
      stand.answer = found;
    }
    return found;
  }

  private static int[] and(int[] scopes, int own) {
    int[] all = Arrays.copyOf(scopes, scopes.length + 1);
    all[scopes.length] = own;
    return all;
  }
}
