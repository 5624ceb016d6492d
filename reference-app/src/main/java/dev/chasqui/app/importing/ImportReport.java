package dev.chasqui.app.importing;

import dev.chasqui.app.store.Problem;
import java.util.List;
import java.util.OptionalLong;

/**
 * What an import did.
 *
 * @param settings declarations taken, also those that were so already
 * @param nodes nodes taken, also those that were so already
 * @param edits entries taken, also those that were so already
 * @param revision of the change; empty if no device has to be told
 * @param refusals how many items were left out; 0 unless the import kept going
 * @param refused the first 1,000 of them: a JSON pointer into the file, the rule, and the rule, the
 *     value, the line and the column for people
 */
public record ImportReport(
    int settings,
    int nodes,
    int edits,
    OptionalLong revision,
    int refusals,
    List<Problem> refused) {
  public ImportReport {
    refused = List.copyOf(refused);
  }
}
