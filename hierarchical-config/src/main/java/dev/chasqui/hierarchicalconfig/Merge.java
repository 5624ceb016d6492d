package dev.chasqui.hierarchicalconfig;

import java.util.Locale;

/** How the entries of one setting combine. SPEC.md, section 6, says it exactly. */
public enum Merge {
  /** The nearest wins. */
  FIRST,
  /** Lists, the widest first, after the default. */
  APPEND,
  /** As {@link #APPEND}, each element once. */
  UNION,
  /** Members of objects, over those of the default; the nearest wins for each. */
  HASH,
  /** As {@link #HASH}, also inside members that are objects. */
  DEEP,
  /** As {@link #DEEP}; lists inside are appended. */
  DEEP_APPEND,
  /** As {@link #DEEP}; lists inside are united. */
  DEEP_UNION,
  /** The least wins. */
  MIN,
  /** The greatest wins. */
  MAX,
  /** True where all are. */
  AND,
  /** True where one is. */
  OR;

  /** Its name on the wire: lower-case words joined by hyphens. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether what comes out is put together of several entries. */
  boolean structural() {
    return ofLists() || ofObjects();
  }

  boolean ofLists() {
    return this == APPEND || this == UNION;
  }

  boolean ofObjects() {
    return this == HASH || this == DEEP || this == DEEP_APPEND || this == DEEP_UNION;
  }

  /** Whether the least of all values wins, false being less than true. */
  boolean ofLeast() {
    return this == MIN || this == AND;
  }

  /** Whether values of {@code type} can be combined so. */
  boolean fits(SettingType<?> type) {
    return switch (this) {
      case FIRST -> true;
      case APPEND, UNION -> type.kind() == SettingType.Kind.LIST;
      case HASH, DEEP, DEEP_APPEND, DEEP_UNION -> type.kind() == SettingType.Kind.OBJECT;
      case MIN, MAX -> type.ordered();
      case AND, OR -> type.kind() == SettingType.Kind.BOOLEAN;
    };
  }
}
