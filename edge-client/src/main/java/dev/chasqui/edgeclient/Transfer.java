package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/** Profiles that come in, aside from those in use until the transfer is whole. */
final class Transfer {
  /** Bytes of all frames of one transfer. */
  static final int LIMIT = 16 * 1024 * 1024;

  private final Map<Scope, Profile> profiles;
  private final boolean answer;
  private long bytes;

  private Transfer(Map<Scope, Profile> base, boolean answer) {
    this.profiles = new LinkedHashMap<>(base);
    this.answer = answer;
  }

  /** A live change: edits of what is held. */
  static Transfer live(ProfileSet held) {
    return new Transfer(held.profiles(), false);
  }

  /** What a {@code begin} opens. */
  static Transfer begun(boolean full, ProfileSet held) {
    return new Transfer(full ? Map.of() : held.profiles(), true);
  }

  /** False if the transfer is larger than allowed. */
  boolean weigh(String frame) {
    bytes += Utf8.length(frame);
    return bytes <= LIMIT;
  }

  void put(Profile profile) {
    profiles.put(profile.scope(), profile);
  }

  /** False if something before the edits is missing. Edits that are made already are skipped. */
  boolean make(ProfileEdits edits) {
    Profile profile = profiles.get(edits.scope());
    if (profile != null && profile.revision() >= edits.revision()) {
      return true;
    }
    if (profile == null || profile.revision() != edits.from()) {
      return false;
    }
    profiles.put(edits.scope(), profile.with(edits));
    return true;
  }

  /**
   * What the device holds once the transfer is whole. After a {@code begin}, that is where the server's order stands, even if it
   * was set back; a live change only moves it on.
   */
  ProfileSet complete(long revision, ProfileSet held) {
    return new ProfileSet(answer ? revision : Math.max(revision, held.revision()), profiles);
  }
}
