package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Flags that were LaunchDarkly's. Each is what it was for every context of kind {@code user} with a targeting key, which is
 * LaunchDarkly's {@code key}; or it is refused.
 *
 * <pre>{@code
 * LaunchDarklyImport taken = LaunchDarklyImport.read(Files.readString(Path.of("all-flags.json")));
 * taken.refused().forEach(flag -> log.warn("{} at {}: {}", flag.flag(), flag.pointer(), flag.reason()));
 * Files.writeString(Path.of("flags.json"), taken.document().toJson());
 * }</pre>
 *
 * <p>A variation of a boolean flag is the variant {@code true} or {@code false}, another is named by its index. A flag that is off is
 * {@code x-killed} with {@code x-off}, or {@code DISABLED} if it has no off variation, and keeps its rules. Segments are
 * {@code $evaluators}.
 *
 * <p>Refused, with all flags that have them as prerequisites, are: rollouts and weighted segment rules, whose buckets cannot be had
 * here, unless all weight is on one variation (then LaunchDarkly itself may give one key in 33 million the last variation instead);
 * {@code matches}, {@code before}, {@code after} and {@code semVer…}, which rules here have not, or read otherwise; context kinds
 * besides {@code user}; unbounded segments; attributes whose names rules cannot say; variations of several types, {@code null} or
 * arrays; a prerequisite that is off with the very variation that is asked for; and whatever LaunchDarkly would call malformed.
 *
 * @param document what was taken over, in the order of LaunchDarkly's data
 * @param refused what was not, in its order
 */
public record LaunchDarklyImport(FlagDocument document, List<RefusedFlag> refused) {
  /** Copies the list. */
  public LaunchDarklyImport {
    refused = List.copyOf(refused);
  }

  /**
   * Reads what LaunchDarkly's server SDKs read: {@code flags}, {@code segments} and {@code flagValues}, as in the file of {@code
   * FileData}, or in the answer of {@code sdk.launchdarkly.com/sdk/latest-all}. What its REST API says of flags is of another
   * shape, and not read.
   *
   * @throws FlagFormatException if it is no JSON, has a name twice in an object, or is not of this shape
   */
  public static LaunchDarklyImport read(String json) {
    ObjectNode data = Members.read(json, "LaunchDarkly's data");
    if (!data.has("flags") && !data.has("flagValues")) {
      throw Members.wrong(
          "",
          "LaunchDarkly's data must have flags or flagValues, as its server SDKs read them"
              + (data.has("items") ? "; this is of its REST API" : ""));
    }
    return new LaunchDarklyFlags(data).read();
  }
}
