package dev.chasqui.hierarchicalconfig.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.DeviceContext;
import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import dev.chasqui.hierarchicalconfig.Hierarchy;
import dev.chasqui.hierarchicalconfig.LiveConfig;
import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Scope;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfigStampTest {
  private static final Resolver RESOLVER = new Resolver(Catalogue.of(), Hierarchy.DEFAULT);

  private static EffectiveConfig configOf(long revision) {
    return RESOLVER.resolve(
        List.of(new Profile(Scope.GLOBAL, revision, 0, Map.of())),
        DeviceContext.NONE,
        Instant.EPOCH);
  }

  @Test
  void get_afterAChange_hasItsRevision() {
    LiveConfig live = new LiveConfig(configOf(41));
    ConfigStamp stamp = new ConfigStamp(live::now);
    assertThat(stamp.get()).isEqualTo(Attributes.of(AttributeKey.longKey("config.revision"), 41L));
    live.set(configOf(57));
    assertThat(stamp.get().get(AttributeKey.longKey("config.revision"))).isEqualTo(57);
  }
}
