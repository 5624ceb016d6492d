package dev.chasqui.benchmarks.pointcache.load;

import java.util.SplittableRandom;

/** What one thread does, in order. The same seed and thread give the same, whatever comes of it. */
final class Operations {
  private final SplittableRandom random;
  private final Zipf keys;
  private final int writes;

  /** @param writes per cent */
  Operations(Zipf keys, int writes, long seed, int thread) {
    this.random = new SplittableRandom(new SplittableRandom(seed + thread).nextLong());
    this.keys = keys;
    this.writes = writes;
  }

  /** Whether the next one writes, to be had before its key. */
  boolean nextWrites() {
    return random.nextInt(100) < writes;
  }

  int nextKey() {
    return keys.next(random);
  }
}
