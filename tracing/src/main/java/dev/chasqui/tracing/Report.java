package dev.chasqui.tracing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * What somebody did who makes no spans, as told by themselves: a device, a script, a program without OpenTelemetry. {@link
 * Tracing#report} makes spans of it. Their clock need not be set as ours is: it says only how long things took.
 *
 * <p>Little of it is taken on trust. Texts are cut after 64 characters, and what is no character to be read, such as a line
 * break, is replaced by U+FFFD.
 *
 * @param token of the span that it came of, as {@link Tracing#token()} wrote it
 * @param asked when it was sent to them, by our clock
 * @param answered when their answer came, by our clock; not before {@code asked}
 * @param elapsed from getting it until sending the answer, by their clock; not negative
 * @param failure why it failed, a word of few; empty if it did not
 * @param parts what it consisted of, all done by one thread; at most 64, and here in the order that they began
 */
public record Report(
    String token,
    Instant asked,
    Instant answered,
    Duration elapsed,
    String failure,
    List<Part> parts) {
  /**
   * A part of it.
   *
   * @param name what was done; not empty
   * @param start when that began, since they got it; not negative
   * @param took how long it took; not negative
   * @param failure why it failed, a word of few; empty if it did not
   */
  public record Part(String name, Duration start, Duration took, String failure) {
    /** Refuses what cannot be, and cleans the texts. */
    public Part {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("name must not be empty");
      }
      notNegative("start", start);
      notNegative("took", took);
      name = clean(name);
      failure = clean(failure);
    }
  }

  /** A part as a span, by our clock; {@code depth} is 1 below the whole, 2 below a part of that. */
  record Placed(Part part, Instant start, Instant end, int depth) {}

  private static final int MOST_PARTS = 64;
  private static final int LONGEST_TEXT = 64;
  private static final int REPLACEMENT = 0xfffd;
  /** 292 years: what a long has room for. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** Refuses what cannot be, cleans the text and sorts the parts. */
  public Report {
    if (answered.isBefore(asked)) {
      throw new IllegalArgumentException(
          "answered must not be before asked (" + asked + "), was " + answered);
    }
    notNegative("elapsed", elapsed);
    if (parts.size() > MOST_PARTS) {
      throw new IllegalArgumentException(
          "parts must be at most " + MOST_PARTS + ", were " + parts.size());
    }
    failure = clean(failure);
    parts = parts.stream().sorted(Comparator.comparing(Part::start)).toList();
  }

  private static void notNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, was " + duration);
    }
  }

  private static String clean(String text) {
    StringBuilder clean = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int character = text.codePointAt(at);
      int length = Character.charCount(character);
      if (clean.length() + length > LONGEST_TEXT) {
        break;
      }
      clean.appendCodePoint(isReadable(character) ? character : REPLACEMENT);
      at += length;
    }
    return clean.toString();
  }

  private static boolean isReadable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT, // such as what turns the direction of what follows
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE -> false;
      default -> true;
    };
  }

  /** When they got it, by our clock. */
  Instant start() {
    return at(0);
  }

  /** When they sent their answer, by our clock. */
  Instant end() {
    return at(nanos(elapsed));
  }

  /**
   * Where the parts are, all within the whole, and each within the part that it began in: one thread is done with the inner
   * one first, whatever was said.
   */
  List<Placed> placed() {
    List<Placed> placed = new ArrayList<>();
    Deque<Long> ends = new ArrayDeque<>(); // of what is around, the innermost first
    ends.push(nanos(elapsed));
    for (Part part : parts) {
      long start = Math.min(nanos(part.start()), nanos(elapsed));
      while (ends.size() > 1 && ends.element() <= start) {
        ends.pop();
      }
      long end = start + Math.min(nanos(part.took()), ends.element() - start);
      placed.add(new Placed(part, at(start), at(end), ends.size()));
      ends.push(end);
    }
    return placed;
  }

  /**
   * A time of theirs by our clock. What is left of the time until the answer was on the way, half of it there and half
   * back, as NTP takes it. If nothing is left, or less, theirs is scaled down: it cannot have been before we asked.
   *
   * @param nanos since they got it, up to {@code elapsed}
   */
  private Instant at(long nanos) {
    long ours = nanos(Duration.between(asked, answered));
    long theirs = nanos(elapsed);
    if (theirs <= ours) {
      return asked.plusNanos((ours - theirs) / 2 + nanos);
    }
    // Rounding keeps the order, but might reach a little beyond the end.
    long scaled = (long) (nanos * ((double) ours / theirs));
    return asked.plusNanos(Math.min(scaled, ours));
  }

  private static long nanos(Duration duration) {
    return duration.compareTo(LONGEST) < 0 ? duration.toNanos() : Long.MAX_VALUE;
  }
}
