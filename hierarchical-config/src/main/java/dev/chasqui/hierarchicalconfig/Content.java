package dev.chasqui.hierarchicalconfig;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What entries came to: SPEC.md, rule 11.1. Immutable; configs that come to the same can share it. Two
 * are equal if they have the same values and were read by the same catalogue.
 */
final class Content {
  private final Catalogue catalogue;

  /** Of declared and unknown keys. */
  final KeyMap<JsonNode> json;

  /** What the values of declared keys stand for: a {@link SettingTable}. */
  final @Nullable Object[] values;

  /** A tree that {@link #fingerprintTree} is made from, and what differs from it. */
  private final FingerprintTree base;

  private final Map<String, ? extends @Nullable JsonNode> sinceBase;
  private volatile @Nullable FingerprintTree tree;

  private Content(
      Catalogue catalogue,
      KeyMap<JsonNode> json,
      @Nullable Object[] values,
      FingerprintTree base,
      Map<String, ? extends @Nullable JsonNode> sinceBase) {
    this.catalogue = catalogue;
    this.json = json;
    this.values = values;
    this.base = base;
    this.sinceBase = sinceBase;
  }

  static Content of(Catalogue catalogue, ResolvedUnits units) {
    KeyMap<JsonNode> none = KeyMap.empty();
    return new Content(catalogue, none, SettingTable.of(Map.of()), FingerprintTree.EMPTY, none)
        .with(units);
  }

  /** This content with other values of some units. */
  Content with(ResolvedUnits changes) {
    KeyMap<JsonNode> changed = json.with(changes.json);
    @Nullable Object[] changedValues = SettingTable.with(values, changes.read);
    FingerprintTree made = tree;
    if (made != null) {
      return new Content(catalogue, changed, changedValues, made, changes.json);
    }
    if (base.equals(FingerprintTree.EMPTY)) { // nothing to make it from
      return new Content(catalogue, changed, changedValues, base, changed);
    }
    Map<String, @Nullable JsonNode> since = new HashMap<>(sinceBase);
    since.putAll(changes.json);
    return since.size() < changed.size()
        ? new Content(catalogue, changed, changedValues, base, since)
        : new Content(catalogue, changed, changedValues, FingerprintTree.EMPTY, changed);
  }

  /** Made when it is first asked for, out of that of the content this one was made from. */
  FingerprintTree fingerprintTree() {
    FingerprintTree made = tree;
    if (made == null) {
      made = base.with(sinceBase);
      tree = made; // two threads may both make it: they are equal
    }
    return made;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Content content
        && content.catalogue == catalogue
        && content.json.equals(json);
  }

  @Override
  public int hashCode() {
    return json.hashCode();
  }
}
