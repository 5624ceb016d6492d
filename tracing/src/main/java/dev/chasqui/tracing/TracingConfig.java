package dev.chasqui.tracing;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * How a {@link Tracing} does what it does.
 *
 * @param carried keys of the fields that {@link Tracing#carry} may let travel, and that are taken from others; no others are
 * @param maximumCarriedBytes how much of them goes into a header or message at most, as they are encoded there, from 0 to
 *     8192; the fields that come first alphabetically go first, and one that does not fit is left out
 * @param carriedTo hosts that HTTP requests take carried fields to, such as {@code api.acme.com}, or {@code .acme.com} for
 *     all below it; messages always take them
 * @param outcomes exceptions that are no errors but how a step may end, with all their subclasses; {@link
 *     CancellationException} and {@link InterruptedException} always are some
 * @param exceptions where exceptions are recorded
 * @param skipsUnsampled whether no spans are made below one that is neither sampled nor recorded, which costs nothing then;
 *     what samplers and processors would have done with them is not done
 * @param freshness how old a message may be for its processing to be a part of the trace it was sent in; that of older ones
 *     is a trace of its own, linked to it. Not negative
 */
public record TracingConfig(
    Set<String> carried,
    int maximumCarriedBytes,
    Set<String> carriedTo,
    Set<Class<? extends Throwable>> outcomes,
    ExceptionSignal exceptions,
    boolean skipsUnsampled,
    Duration freshness) {
  private static final int MOST_BYTES = 8192; // of a baggage header (W3C)

  /** Nothing is carried, exceptions are events, messages are fresh for a minute. */
  public static final TracingConfig DEFAULT = new TracingConfig(
      Set.of(), 1024, Set.of(), Set.of(), ExceptionSignal.SPAN_EVENT, false, Duration.ofMinutes(1));

  /** Refuses what cannot be. */
  public TracingConfig {
    carried = Set.copyOf(carried);
    carriedTo = Set.copyOf(carriedTo);
    outcomes = Set.copyOf(outcomes);
    for (String key : carried) {
      if (!isToken(key)) {
        throw new IllegalArgumentException(
            "carried must be names as HTTP has them (letters, digits and !#$%&'*+-.^_`|~), was '"
                + key + "'");
      }
    }
    for (String host : carriedTo) {
      if (!host.matches("\\.?[a-z0-9-]+(\\.[a-z0-9-]+)*")) {
        throw new IllegalArgumentException("carriedTo must be hosts in lower case without scheme"
            + " and port, a dot before those whose hosts below are meant, was '" + host + "'");
      }
    }
    if (maximumCarriedBytes < 0 || maximumCarriedBytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "maximumCarriedBytes must be 0 to 8192, was " + maximumCarriedBytes);
    }
    if (freshness.isNegative()) {
      throw new IllegalArgumentException("freshness must not be negative, was " + freshness);
    }
  }

  private static boolean isToken(String key) {
    return !key.isEmpty()
        && key.chars()
            .allMatch(c -> (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
  }

  /** Returns the same with other carried keys. */
  public TracingConfig withCarried(String... keys) {
    return new TracingConfig(
        Set.of(keys),
        maximumCarriedBytes,
        carriedTo,
        outcomes,
        exceptions,
        skipsUnsampled,
        freshness);
  }

  /** Returns the same with another limit to what is carried. */
  public TracingConfig withMaximumCarriedBytes(int bytes) {
    return new TracingConfig(
        carried, bytes, carriedTo, outcomes, exceptions, skipsUnsampled, freshness);
  }

  /** Returns the same with other hosts that carried fields go to. */
  public TracingConfig withCarriedTo(String... hosts) {
    return new TracingConfig(
        carried,
        maximumCarriedBytes,
        Set.of(hosts),
        outcomes,
        exceptions,
        skipsUnsampled,
        freshness);
  }

  /** Returns the same with other exceptions that are no errors. */
  public TracingConfig withOutcomes(Set<Class<? extends Throwable>> types) {
    return new TracingConfig(
        carried, maximumCarriedBytes, carriedTo, types, exceptions, skipsUnsampled, freshness);
  }

  /** Returns the same with exceptions recorded elsewhere. */
  public TracingConfig withExceptions(ExceptionSignal signal) {
    return new TracingConfig(
        carried, maximumCarriedBytes, carriedTo, outcomes, signal, skipsUnsampled, freshness);
  }

  /** Returns the same with or without spans below those that are not sampled. */
  public TracingConfig withSkipsUnsampled(boolean skips) {
    return new TracingConfig(
        carried, maximumCarriedBytes, carriedTo, outcomes, exceptions, skips, freshness);
  }

  /** Returns the same with another age at which messages are old. */
  public TracingConfig withFreshness(Duration age) {
    return new TracingConfig(
        carried, maximumCarriedBytes, carriedTo, outcomes, exceptions, skipsUnsampled, age);
  }

  /** Whether HTTP requests to this host take carried fields along. */
  boolean carriesTo(String host) {
    return carriedTo.contains(host)
        || carriedTo.stream().anyMatch(end -> end.startsWith(".") && host.endsWith(end));
  }
}
