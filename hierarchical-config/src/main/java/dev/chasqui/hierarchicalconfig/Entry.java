package dev.chasqui.hierarchicalconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a profile says of one setting.
 *
 * @param value the value; JSON {@code null} is one that only {@linkplain Setting#nullable() nullable}
 *     settings allow: a setting that is not set has no entry. Kept in one form, so that entries of
 *     equal content are equal: {@code 15.0} becomes {@code 15}
 * @param remove what goes of the value inherited before this one is merged in: elements of a list,
 *     JSON pointers to members of an object; at most 1,000. Empty where settings do not merge
 * @param binding how far it binds nearer entries
 * @param term when it holds
 * @param when the targeting rule that a device's facts must match, in the language of the {@link
 *     Targeting} it is resolved with; or null if it holds for every device
 * @param variants values of which each device keeps one in place of {@code value}, or null
 * @param revision of the change that set it, at least 0
 * @param author who made that change, empty where nobody is known
 */
public record Entry(
    JsonNode value,
    List<JsonNode> remove,
    Binding binding,
    Term term,
    @Nullable JsonNode when,
    @Nullable Variants variants,
    long revision,
    String author) {
  private static final int MOST_REMOVED = 1_000;

  /**
   * Copies what could change.
   *
   * @throws IllegalArgumentException if JSON cannot be written as text and read back (a number that
   *     is not finite as 64-bit floating point, half a surrogate pair, nesting deeper than 64), too
   *     much is removed, or the revision is negative
   */
  public Entry {
    if (revision < 0) {
      throw new IllegalArgumentException("revision must be at least 0, was " + revision);
    }
    if (remove.size() > MOST_REMOVED) {
      throw new IllegalArgumentException(
          "\"remove\" must be at most " + MOST_REMOVED + " values, was " + remove.size());
    }
    value = PlainJson.named("the value of an entry", value);
    remove = remove.stream()
        .map(each -> PlainJson.named("\"remove\" of an entry", each))
        .toList();
    when = when == null ? null : PlainJson.named("\"when\" of an entry", when);
  }

  /** A recommended value that always holds, everywhere. */
  public Entry(JsonNode value, long revision, String author) {
    this(value, List.of(), Binding.recommended(), Term.ALWAYS, null, null, revision, author);
  }

  /** As {@link #Entry(JsonNode, long, String)}, of no known change. */
  public static Entry of(JsonNode value) {
    return new Entry(value, 0, "");
  }

  /** This entry, taking out what {@code elements} name. */
  public Entry withRemove(List<JsonNode> elements) {
    return new Entry(value, elements, binding, term, when, variants, revision, author);
  }

  /** This entry, binding so. */
  public Entry withBinding(Binding other) {
    return new Entry(value, remove, other, term, when, variants, revision, author);
  }

  /** This entry, holding then. */
  public Entry withTerm(Term other) {
    return new Entry(value, remove, binding, other, when, variants, revision, author);
  }

  /** This entry, holding where {@code rule} matches. */
  public Entry withWhen(@Nullable JsonNode rule) {
    return new Entry(value, remove, binding, term, rule, variants, revision, author);
  }

  /** This entry, with these values to draw from. */
  public Entry withVariants(@Nullable Variants other) {
    return new Entry(value, remove, binding, term, when, other, revision, author);
  }

  /** This entry, of that change. */
  public Entry withChange(long newRevision, String newAuthor) {
    return new Entry(value, remove, binding, term, when, variants, newRevision, newAuthor);
  }

  /** A copy for objects and lists, so that an entry never changes. */
  @Override
  public JsonNode value() {
    return value.deepCopy();
  }

  /** Copies, so that an entry never changes. */
  @Override
  public List<JsonNode> remove() {
    return remove.stream().<JsonNode>map(JsonNode::deepCopy).toList();
  }

  /** A copy, so that an entry never changes. */
  @Override
  public @Nullable JsonNode when() {
    return when == null ? null : when.deepCopy();
  }

  /** Whether what it offers depends on what a device says of itself. */
  boolean asksFacts() {
    return when != null || variants != null;
  }

  /** Not copied: for reading only. */
  JsonNode plainValue() {
    return value;
  }

  /** Not copied: for reading only. */
  List<JsonNode> plainRemove() {
    return remove;
  }

  /** Not copied: for reading only. */
  @Nullable
  JsonNode plainWhen() {
    return when;
  }
}
