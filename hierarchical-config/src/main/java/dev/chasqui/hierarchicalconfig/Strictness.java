package dev.chasqui.hierarchicalconfig;

import java.util.Locale;

/** Which of two values of a setting binds more: what {@link Binding#narrowOnly()} goes by. */
public enum Strictness {
  /** The lower number or shorter time; of booleans false. */
  LOWER,
  /** The higher number or longer time; of booleans true. */
  HIGHER,
  /** The list with fewer elements: nothing may be added. */
  FEWER,
  /** The list with more elements: nothing may be taken out. */
  MORE;

  /** Its name on the wire: lower-case. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether values of {@code type} can be compared so. */
  boolean fits(SettingType<?> type) {
    return switch (this) {
      case LOWER, HIGHER -> type.ordered() || type.kind() == SettingType.Kind.BOOLEAN;
      case FEWER, MORE -> type.kind() == SettingType.Kind.LIST;
    };
  }
}
