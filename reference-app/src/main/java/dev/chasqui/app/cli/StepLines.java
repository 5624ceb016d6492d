package dev.chasqui.app.cli;

import java.time.Duration;
import java.util.Locale;

/** A line for each step of a start. */
record StepLines(Screen screen) {
  void done(String what, Duration took) {
    screen.line(String.format(Locale.ROOT, "✓ %s (%.1f s)", what, took.toMillis() / 1000.0));
  }
}
