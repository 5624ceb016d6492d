package dev.chasqui.pointcache;

import java.util.function.Supplier;

/** How long to wait for the database. */
interface Patience {
  /** As long as it takes. */
  Patience ENDLESS = new Patience() {
    @Override
    public <T> T ask(Supplier<T> database) {
      return database.get();
    }
  };

  /**
   * Returns what the database says, and throws what it throws.
   *
   * @throws NoAnswerException instead, from those whose patience ends
   */
  <T> T ask(Supplier<T> database);

  /** The database failed, or took too long. */
  final class NoAnswerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoAnswerException(String why, Throwable cause) {
      super(why, cause);
    }
  }
}
