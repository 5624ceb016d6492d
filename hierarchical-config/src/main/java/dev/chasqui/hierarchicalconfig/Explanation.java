package dev.chasqui.hierarchicalconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Why a setting has the value it has.
 *
 * @param key of the setting
 * @param value the effective one
 * @param winner the entry it comes from, or null if it is the declared default
 * @param losers every other entry on the path, the nearest first, each with why it lost
 */
public record Explanation(
    String key, JsonNode value, @Nullable Candidate winner, List<Loser> losers) {
  public Explanation {
    value = value.deepCopy();
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
   */
  public record Candidate(Scope scope, Entry entry) {}

  /** Why an entry did not win. */
  public enum Reason {
    /** A nearer scope sets the setting. */
    OVERRIDDEN,
    /** A profile of the same level that comes first by priority, then by key, sets the setting. */
    PRIORITY,
    /** This software does not allow the value. */
    INVALID
  }

  /**
   * An entry that did not win.
   *
   * @param candidate the entry and where it stands
   * @param reason why it lost
   * @param detail the scope that won, or the rule broken
   */
  public record Loser(Candidate candidate, Reason reason, String detail) {}

  /** For people: a line for the value, one for the winner, and one for each loser, the nearest first. */
  public String toText() {
    StringBuilder text = new StringBuilder(key).append(" = ").append(value).append('\n');
    if (winner == null) {
      text.append("  default\n");
    } else {
      text.append("  from ").append(shown(winner)).append('\n');
    }
    for (Loser loser : losers) {
      text.append("  not ")
          .append(shown(loser.candidate()))
          .append(", ")
          .append(loser.detail())
          .append('\n');
    }
    return text.toString();
  }

  private static String shown(Candidate candidate) {
    Entry entry = candidate.entry();
    return candidate.scope() + ": " + entry.value() + " (revision " + entry.revision()
        + (entry.author().isEmpty() ? ")" : ", " + entry.author() + ')');
  }
}
