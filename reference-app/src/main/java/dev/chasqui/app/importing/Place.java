package dev.chasqui.app.importing;

import dev.chasqui.app.store.Problem;
import tools.jackson.core.TokenStreamLocation;

/** Where in a file something stands; lines and columns count from 1. */
record Place(int line, int column) {
  static Place of(TokenStreamLocation location) {
    return new Place(location.getLineNr(), location.getColumnNr());
  }

  Problem problem(String pointer, String rule, String message) {
    return new Problem(pointer, rule, message + " (" + this + ')');
  }

  @Override
  public String toString() {
    return "line " + line + ", column " + column;
  }
}
