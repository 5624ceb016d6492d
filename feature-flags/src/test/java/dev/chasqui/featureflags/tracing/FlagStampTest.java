package dev.chasqui.featureflags.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.featureflags.FlagDocument;
import dev.chasqui.featureflags.FlagSet;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class FlagStampTest {
  private static final FlagDocument PLAIN = FlagDocument.parse("{\"flags\": {}}");
  private static final FlagDocument NAMED =
      FlagDocument.parse("{\"metadata\": {\"flagSetId\": \"shop\"}, \"flags\": {}}");

  private final AtomicReference<FlagSet> flags = new AtomicReference<>();
  private final FlagStamp stamp = new FlagStamp(flags::get);

  private Attributes stampOf(FlagDocument document) {
    flags.set(FlagSet.of(document));
    return stamp.get();
  }

  @Test
  void get_afterAChange_hasItsRevision() {
    assertThat(stampOf(PLAIN.withRevision(41)))
        .isEqualTo(Attributes.of(AttributeKey.stringKey("feature_flag.version"), "41"));
    assertThat(stampOf(NAMED.withRevision(42)))
        .isEqualTo(Attributes.of(
            AttributeKey.stringKey("feature_flag.version"), "42",
            AttributeKey.stringKey("feature_flag.set.id"), "shop"));
  }

  @Test
  void get_ofADocumentWithoutRevision_hasItsFingerprint() {
    assertThat(stampOf(NAMED).get(AttributeKey.stringKey("feature_flag.version")))
        .isEqualTo(NAMED.fingerprint());
  }

  @Test
  void get_whileFlagsAreTheSame_makesNothing() {
    Attributes first = stampOf(NAMED);
    assertThat(stamp.get()).isSameAs(first);
  }
}
