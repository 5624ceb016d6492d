package dev.chasqui.app.flags;

import java.util.Set;

/** Told of what happens to sets of flags, in its order, by one thread at a time; must not block. */
public interface FlagListener {
  /**
   * Flags were killed; the document that says so is yet to come.
   *
   * @param revision of that document
   * @param event that tells clients
   */
  void killed(FlagSnapshot now, Set<String> keys, long revision, String event);

  /** There is a newer document. */
  void changed(FlagSnapshot before, FlagSnapshot now);

  /** The documents of a set began anew, as after a backup, or are gone: what clients have means nothing any more. */
  void reset(String set);
}
