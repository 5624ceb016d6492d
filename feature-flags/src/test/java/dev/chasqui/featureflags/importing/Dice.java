package dev.chasqui.featureflags.importing;

import java.util.List;
import java.util.Random;

/** What falls by chance, always the same for a seed. */
final class Dice {
  private final Random random;

  Dice(long seed) {
    random = new Random(seed);
  }

  int nextInt(int bound) {
    return random.nextInt(bound);
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** True one time in so many. */
  boolean chance(int of) {
    return random.nextInt(of) == 0;
  }
}
