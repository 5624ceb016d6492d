package dev.chasqui.edgeclient;

/**
 * What a device keeps over a restart.
 *
 * @param received the newest profiles it got whole
 * @param effective the newest that its software accepted; the same ones unless something is refused
 */
record Stored(ProfileSet received, ProfileSet effective) {
  static final Stored NOTHING = new Stored(ProfileSet.EMPTY, ProfileSet.EMPTY);
}
