package dev.chasqui.featureflags.importing;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagFormatException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Flags that were Unleash's features. Each is what it was for every context whose attributes are texts, as Unleash's are; or it is
 * refused.
 *
 * <pre>{@code
 * UnleashImport taken = UnleashImport.read(Files.readString(Path.of("unleash-repo.json")));
 * taken.refused().forEach(flag -> log.warn("{} at {}: {}", flag.flag(), flag.pointer(), flag.reason()));
 * Files.writeString(Path.of("flags.json"), taken.document().toJson());
 * }</pre>
 *
 * <p>A feature is a boolean flag of that name, with the variants {@code on} and {@code off}: what {@code isEnabled} says. If it has
 * variants, what {@code getVariant} says is a second flag, called {@code checkout:variant} for a feature {@code checkout}: its variant
 * is the name of Unleash's, and its value an object such as {@code {"name": "blue", "enabled": true, "payload": {"type": "string",
 * "value": "#00f"}}}, or {@code {"name": "disabled", "enabled": false}}. A feature that is off is {@code x-killed} and keeps its
 * strategies; dependencies are {@code x-prerequisites}, segments {@code $evaluators}.
 *
 * <p>Unleash's {@code userId} is the targeting key. {@code sessionId}, {@code remoteAddress}, {@code environment}, {@code appName} and
 * all properties are attributes of these names; the environment and the name of the application, which Unleash's SDKs take from their
 * configuration, have to be given here. {@code currentTime} is the time of evaluation, in whole seconds. Of attributes that are no texts,
 * which Unleash has not, nothing is promised: a number is compared with numbers as its text would be, but is in no list.
 *
 * <p>Refused are rollouts and weights, whose buckets cannot be had here, unless they are of 0 or 100 percent, or all weight is on one
 * variant; strategies of your own and {@code applicationHostname}; addresses besides single ones of IPv4; {@code
 * REGEX_MATCH}; letters that are contained without regard to case, or are not ASCII; dates of anything but {@code currentTime};
 * versions with build metadata; attributes whose names rules cannot say; what Unleash's SDKs call malformed, or their engine misreads;
 * and features that depend on a refused one. Where a feature's variants alone are in the way, only the second flag is refused.
 *
 * <p>Two kinds of texts in a context are not read as by Unleash's engine: {@code inf} and {@code infinity}, in any case, are no numbers
 * here; and a version one of whose first three numbers has more than 15 digits is none.
 *
 * @param document what was taken over, in the order of Unleash's features
 * @param refused what was not
 */
public record UnleashImport(FlagDocument document, List<RefusedFlag> refused) {
  /** Copies the list. */
  public UnleashImport {
    refused = List.copyOf(refused);
  }

  /**
   * Reads what Unleash's server SDKs read: {@code features} and {@code segments}, as {@code /api/client/features} answers, and as files
   * for a bootstrap, and backups, have it.
   *
   * @throws FlagFormatException if it is no JSON, has a name twice in an object, or is not of this shape; so a feature without a name,
   *     or a segment without an id, refuses all
   */
  public static UnleashImport read(String json) {
    ObjectNode data = Members.read(json, "Unleash's features");
    if (!data.has("features")) {
      String instead = data.has("toggles")
          ? "; this is of its frontend API"
          : data.has("events") ? "; these are changes of them" : "";
      throw Members.wrong(
          "", "Unleash's features must be in features, as its server SDKs read them" + instead);
    }
    return new UnleashFlags(new Members(data, "")).read();
  }
}
