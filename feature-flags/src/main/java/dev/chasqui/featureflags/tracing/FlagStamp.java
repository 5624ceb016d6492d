package dev.chasqui.featureflags.tracing;

import dev.chasqui.featureflags.FlagSet;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The field {@code feature_flag.version}: that of the flags in force, for the first span of each trace in a process. So one finds
 * what failed since flags changed, whether or not it asked for one of them. Give it to a {@code Tracing} as its {@code stamp}, or
 * set its fields by hand.
 *
 * <p>The version is the revision of the document, where its source has such; otherwise the fingerprint of its content. If the
 * document's metadata has a {@code flagSetId}, that is {@code feature_flag.set.id}.
 *
 * <p><b>Threads:</b> safe for any number, if the flags' supplier is.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class FlagStamp implements Supplier<Attributes> {
  static final AttributeKey<String> VERSION = AttributeKey.stringKey("feature_flag.version");
  static final AttributeKey<String> SET_ID = AttributeKey.stringKey("feature_flag.set.id");

  private final Supplier<FlagSet> flags;
  private volatile @Nullable Stamped last;

  private record Stamped(FlagSet flags, Attributes attributes) {}

  /** Makes one that asks for the flags each time, such as {@code provider::flags}. */
  public FlagStamp(Supplier<FlagSet> flags) {
    this.flags = flags;
  }

  @Override
  public Attributes get() {
    FlagSet now = flags.get();
    Stamped known = last;
    if (known == null || known.flags() != now) {
      known = new Stamped(now, attributes(now));
      last = known;
    }
    return known.attributes();
  }

  private static Attributes attributes(FlagSet flags) {
    long revision = flags.document().revision();
    AttributesBuilder attributes = Attributes.builder()
        .put(VERSION, revision > 0 ? Long.toString(revision) : flags.document().fingerprint());
    JsonNode set = flags.document().metadata().get("flagSetId");
    if (set != null && set.isString()) {
      attributes.put(SET_ID, set.stringValue());
    }
    return attributes.build();
  }
}
