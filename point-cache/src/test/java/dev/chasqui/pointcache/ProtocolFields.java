package dev.chasqui.pointcache;

import java.util.List;

/** Gives each field of a state its place in a {@code long}. */
final class ProtocolFields {
  private int used;

  /** A field for the numbers from 0 that fit into so many bits. */
  Field bits(int width) {
    Field field = new Field(used, (1L << width) - 1);
    used += width;
    if (used > Long.SIZE) {
      throw new IllegalStateException("a state must fit into 64 bits, has " + used);
    }
    return field;
  }

  /** A field for the constants of an enum; the first is what a state of 0 has. */
  <E extends Enum<E>> OneOf<E> oneOf(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    return new OneOf<>(
        bits(Integer.SIZE - Integer.numberOfLeadingZeros(constants.size() - 1)), constants);
  }

  record Field(int shift, long mask) {
    int of(long state) {
      return (int) ((state >>> shift) & mask);
    }

    long with(long state, int value) {
      if ((value & ~mask) != 0) {
        throw new IllegalArgumentException("a field must be from 0 to " + mask + ", was " + value);
      }
      return (state & ~(mask << shift)) | ((long) value << shift);
    }
  }

  record OneOf<E extends Enum<E>>(Field field, List<E> constants) {
    E of(long state) {
      return constants.get(field.of(state));
    }

    @SuppressWarnings("EnumOrdinal") // it is kept no longer than the walk
    long with(long state, E constant) {
      return field.with(state, constant.ordinal());
    }
  }
}
