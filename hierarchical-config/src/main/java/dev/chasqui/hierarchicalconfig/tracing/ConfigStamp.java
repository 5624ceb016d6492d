package dev.chasqui.hierarchicalconfig.tracing;

import dev.chasqui.hierarchicalconfig.EffectiveConfig;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.util.function.Supplier;

/**
 * The field {@code config.revision}: that of the config in force, for the first span of each trace in a process. So one finds
 * what failed since a change. Give it to a {@code Tracing} as its {@code stamp}, or set its fields by hand.
 *
 * <p><b>Threads:</b> safe for any number, if the config's supplier is.
 */
@SuppressWarnings("exports") // whoever uses it requires that too; others need not have it
public final class ConfigStamp implements Supplier<Attributes> {
  private static final AttributeKey<Long> REVISION = AttributeKey.longKey("config.revision");

  private final Supplier<EffectiveConfig> config;

  /** Makes one that asks for the config each time, such as {@code live::now}. */
  public ConfigStamp(Supplier<EffectiveConfig> config) {
    this.config = config;
  }

  @Override
  public Attributes get() {
    return Attributes.of(REVISION, config.get().revision());
  }
}
