package dev.chasqui.edgeclient;

/**
 * What a device keeps over a restart.
 *
 * @param received the newest profiles it got whole
 * @param effective the newest that its software accepted; the same ones unless something is refused
 * @param objection what a view of the software had against those received, empty if none had: views come only once
 *     the client runs, so at the next start they cannot be asked
 */
record Stored(ProfileSet received, ProfileSet effective, String objection) {
  static final Stored NOTHING = new Stored(ProfileSet.EMPTY, ProfileSet.EMPTY);

  Stored(ProfileSet received, ProfileSet effective) {
    this(received, effective, "");
  }
}
