package dev.chasqui.hierarchicalconfig;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Profiles by the number of their scope, most of which have none. Immutable: a changed copy shares
 * all but one chunk, so that it costs microseconds whatever the size.
 */
final class ProfileTable {
  private static final int BITS = 10;
  private static final int MASK = (1 << BITS) - 1;
  /** Stands for every chunk without profiles; never written to. */
  private static final Chunk EMPTY = new Chunk(new Profile[1 << BITS]);

  private final Chunk[] chunks;

  private static final class Chunk {
    final @Nullable Profile[] profiles;

    Chunk(@Nullable Profile[] profiles) {
      this.profiles = profiles;
    }
  }

  private ProfileTable(Chunk[] chunks) {
    this.chunks = chunks;
  }

  /** Of numbers below {@code size}, without profiles. */
  static ProfileTable empty(int size) {
    Chunk[] chunks = new Chunk[(size + MASK) >> BITS];
    Arrays.fill(chunks, EMPTY);
    return new ProfileTable(chunks);
  }

  @Nullable
  Profile get(int number) {
    return chunks[number >> BITS].profiles[number & MASK];
  }

  ProfileTable with(int number, Profile profile) {
    ProfileTable changed = new ProfileTable(chunks.clone());
    Chunk chunk = new Chunk(chunks[number >> BITS].profiles.clone());
    chunk.profiles[number & MASK] = profile;
    changed.chunks[number >> BITS] = chunk;
    return changed;
  }

  /** Puts a profile in. Only by who made this, before anybody else sees it. */
  void fill(int number, Profile profile) {
    int chunk = number >> BITS;
    if (chunks[chunk].equals(EMPTY)) {
      chunks[chunk] = new Chunk(new Profile[1 << BITS]);
    }
    chunks[chunk].profiles[number & MASK] = profile;
  }
}
