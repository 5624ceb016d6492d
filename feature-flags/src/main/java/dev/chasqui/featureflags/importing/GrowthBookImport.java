package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Flags that were GrowthBook's features. Each has the value that it had for every context of what JSON has, or it is refused.
 *
 * <pre>{@code
 * GrowthBookImport taken = GrowthBookImport.read(Files.readString(Path.of("features.json")));
 * taken.refused().forEach(flag -> log.warn("{} at {}: {}", flag.flag(), flag.pointer(), flag.reason()));
 * Files.writeString(Path.of("flags.json"), taken.document().toJson());
 * }</pre>
 *
 * <p>GrowthBook's attribute {@code id} is the targeting key, and a text; all others are attributes of the same name. A value of a
 * boolean feature is the variant {@code true} or {@code false}. Of others, the default value is the variant {@code default}, and what
 * rule 2 is the first to give, {@code rule-2}. A value that is {@code null}, or not there, is no value: the default of who asks. Lists
 * and conditions of {@code savedGroups} are {@code $evaluators}. A prerequisite of a whole feature is one of {@code x-prerequisites}.
 * What GrowthBook tracks, and its experiments by URL, are not read.
 *
 * <p>Refused, with all features that have them as prerequisites, are: shares of {@code coverage}, {@code weights}, {@code range},
 * {@code ranges}, {@code filters} and {@code namespace}, whose buckets cannot be had here, unless everybody who has the hash attribute
 * is in the same one, or nobody in any; contextual bandits; {@code $regex} of more than literal text with {@code ^} and {@code $}, {@code
 * $regexi}, {@code $ini}, {@code $nini}, {@code $alli} and the comparisons of versions {@code $v…}, which rules here have not, or read
 * otherwise; equality with objects, and with arrays that hold more than texts, numbers and booleans; attributes whose names rules
 * cannot say, or that JavaScript finds where nobody wrote them; prerequisites of one rule, or behind one; one that never holds, or
 * where the other has no value; values of several types, or arrays; and whatever is malformed, where GrowthBook would guess.
 *
 * <p>The same means: as GrowthBook's SDK for JavaScript has it without forced values, query strings and sticky buckets.
 *
 * @param document what was taken over, in the order of GrowthBook's payload
 * @param refused what was not, in its order
 */
public record GrowthBookImport(FlagDocument document, List<RefusedFlag> refused) {
  /** Copies the list. */
  public GrowthBookImport {
    refused = List.copyOf(refused);
  }

  /**
   * Reads what GrowthBook's SDKs read: {@code features} and {@code savedGroups}, as in the answer of {@code /api/features/…}.
   *
   * @throws FlagFormatException if it is no JSON, has a name twice in an object, is encrypted, or is not of this shape
   */
  public static GrowthBookImport read(String json) {
    ObjectNode payload = Members.read(json, "GrowthBook's payload");
    for (String encrypted : List.of("encryptedFeatures", "encryptedSavedGroups")) {
      if (payload.hasNonNull(encrypted)) {
        throw Members.wrong(
            "/" + encrypted, "an encrypted payload cannot be read: decrypt it first");
      }
    }
    if (!payload.has("features")) {
      throw Members.wrong("", "GrowthBook's payload must have features, as its SDKs read them");
    }
    return new GrowthBookFeatures(new Members(payload, "")).read();
  }
}
