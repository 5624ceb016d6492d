package dev.chasqui.hierarchicalconfig;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why a setting has the value it has.
 *
 * @param key of the setting
 * @param value the effective one
 * @param winner the entry it comes from, or null if it is the declared default; of a setting whose
 *     entries are put together, the nearest of them
 * @param merged the other entries that the value is put together of, the nearest first
 * @param losers every other entry on the path, the nearest first, each with why it lost
 */
public record Explanation(
    String key,
    JsonNode value,
    @Nullable Candidate winner,
    List<Candidate> merged,
    List<Loser> losers) {
  public Explanation {
    value = value.deepCopy();
    merged = List.copyOf(merged);
    losers = List.copyOf(losers);
  }

  /** A copy for objects and lists, so that an explanation never changes. */
  @Override
  public JsonNode value() {
    return value.deepCopy();
  }

  /**
   * An entry, and where it stands.
   *
   * @param scope of its profile
   * @param entry what that profile says of the setting
   * @param value what the entry offers here and now: its value, that of an arm, or the one it
   *     returns to
   * @param variant name of the arm that the value is of, or null
   */
  public record Candidate(
      Scope scope, Entry entry, JsonNode value, @Nullable String variant) {
    public Candidate {
      value = value.deepCopy();
    }

    /** A copy for objects and lists. */
    @Override
    public JsonNode value() {
      return value.deepCopy();
    }

    private ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("scope", scope.toString());
      json.set("value", value());
      json.put("revision", entry.revision());
      if (!entry.author().isEmpty()) {
        json.put("author", entry.author());
      }
      Instant until = entry.term().until();
      if (until != null) {
        json.put("until", until.toString());
      }
      if (variant != null) {
        json.put("variant", variant);
      }
      return json;
    }

    /** {@code scope: value (variant x, revision 7, ann, until …)}. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append(scope).append(": ").append(value).append(" (");
      if (variant != null) {
        text.append("variant ").append(variant).append(", ");
      }
      text.append("revision ").append(entry.revision());
      if (!entry.author().isEmpty()) {
        text.append(", ").append(entry.author());
      }
      Instant until = entry.term().until();
      if (until != null) {
        text.append(", until ").append(until);
      }
      return text.append(')').toString();
    }
  }

  /** Why an entry did not win. */
  public enum Reason {
    /** Its time has not come. */
    NOT_YET,
    /** Its time is over. */
    EXPIRED,
    /** Its condition does not match what the device says of itself, or cannot be evaluated. */
    CONDITION,
    /** This software does not allow the value, or the entry contradicts itself. */
    INVALID,
    /** A wider entry is mandatory. */
    LOCKED,
    /** The value is outside the bounds that a wider entry sets. */
    OUT_OF_BOUNDS,
    /** A wider entry may only be made stricter. */
    LOOSER,
    /** The settings of its atomic group are not taken from its profile. */
    GROUP,
    /** Another entry is stricter. */
    STRICTER,
    /** A profile of the same level that comes first by priority, then by key, sets the setting. */
    PRIORITY,
    /** A nearer scope sets the setting. */
    OVERRIDDEN;

    /** Its name on the wire: lower-case words joined by hyphens. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * An entry that did not win.
   *
   * @param candidate the entry and where it stands
   * @param reason why it lost
   * @param detail the same for people, naming what it lost to
   * @param by the scope of the lock or of the winner that it lost to, or null if it lost by itself
   */
  public record Loser(
      Candidate candidate,
      Reason reason,
      String detail,
      @Nullable Scope by) {}

  /** The form of SPEC.md, rule 8.2. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("key", key);
    json.set("value", value());
    json.set("winner", winner == null ? json.nullNode() : winner.toJson());
    ArrayNode others = json.putArray("merged");
    merged.forEach(candidate -> others.add(candidate.toJson()));
    ArrayNode lost = json.putArray("losers");
    for (Loser loser : losers) {
      ObjectNode written = loser.candidate().toJson();
      written.put("reason", loser.reason().code());
      if (loser.by() != null) {
        written.put("by", loser.by().toString());
      }
      lost.add(written);
    }
    return json;
  }

  /**
   * Lines for people: one for the value, one for the winner, one for each entry merged with it, and
   * one for each loser, the nearest first.
   */
  public String toText() {
    StringBuilder text = new StringBuilder(key).append(" = ").append(value).append('\n');
    if (winner == null) {
      text.append("  default\n");
    } else {
      text.append("  from ").append(winner).append('\n');
    }
    merged.forEach(candidate -> text.append("  with ").append(candidate).append('\n'));
    losers.forEach(loser -> text.append("  not ")
        .append(loser.candidate())
        .append(", ")
        .append(loser.detail())
        .append('\n'));
    return text.toString();
  }
}
