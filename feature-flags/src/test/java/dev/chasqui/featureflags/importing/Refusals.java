package dev.chasqui.featureflags.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What tables of refusals say of each. */
final class Refusals {
  private Refusals() {}

  /**
   * Asserts that a flag is refused once, at a place and for a reason.
   *
   * @param at where the flag is
   * @param pointer from there, or from the root after a {@code !}
   */
  static void assertRefused(
      List<RefusedFlag> all, String flag, String at, String pointer, String reason) {
    assertThat(all)
        .filteredOn(refused -> refused.flag().equals(flag))
        .singleElement()
        .satisfies(refused -> {
          assertThat(refused.pointer())
              .isEqualTo(pointer.startsWith("!") ? pointer.substring(1) : at + pointer);
          assertThat(refused.reason()).contains(reason);
        });
  }
}
