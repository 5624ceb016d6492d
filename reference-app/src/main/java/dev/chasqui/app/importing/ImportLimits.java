package dev.chasqui.app.importing;

/** What an import file may have; docs/import-format.md names the same numbers. */
final class ImportLimits {
  /** Bytes of a file. */
  static final long FILE = 1L << 30;

  /** Objects and lists in each other. */
  static final int DEPTH = 50;

  /** Characters of a string. */
  static final int TEXT = 1 << 20;

  /** Characters of a member's name. */
  static final int NAME = 1_000;

  /** Characters of a number. */
  static final int NUMBER = 100;

  /** Characters of all names and strings of one declaration, node or profile. */
  static final int ITEM = 4 << 20;

  /** Values in one declaration, node or profile, those inside others too. */
  static final int VALUES = 200_000;

  /** Problems that a report lists. */
  static final int PROBLEMS = 1_000;

  private ImportLimits() {}
}
