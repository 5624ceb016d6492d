package dev.chasqui.app.pipeline;

/** Gets the changes from a {@link ChangeTail}, on its one thread. */
public interface ChangeListener {
  /** The next change: revisions come one after the other, none twice, none left out. */
  void changed(ChangeEvent change);

  /** The order of changes was set back, as by a restored backup: what was told before is void. */
  void reset();
}
