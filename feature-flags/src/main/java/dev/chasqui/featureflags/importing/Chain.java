package dev.chasqui.featureflags.importing;

import java.util.LinkedHashSet;
import java.util.Set;

/** What is being read, each for the sake of the one before. Refuses circles and long chains, for which no stack is deep enough. */
final class Chain {
  private static final int LONGEST = 100; // as of flags here

  private final String what;
  private final Set<String> above = new LinkedHashSet<>();

  /** {@code what}, in the plural. */
  Chain(String what) {
    this.what = what;
  }

  /** Before one is read. {@code pointer} is of what asks for it. */
  void enter(String name, String pointer) {
    if (above.contains(name)) {
      throw Members.wrong(pointer, what + " must not lead back, but do: " + above + " to " + name);
    }
    if (above.size() >= LONGEST) {
      throw Members.wrong(
          pointer, "a chain of " + what + " must have at most " + LONGEST + " of them");
    }
    above.add(name);
  }

  /** After that. */
  void leave(String name) {
    above.remove(name);
  }
}
