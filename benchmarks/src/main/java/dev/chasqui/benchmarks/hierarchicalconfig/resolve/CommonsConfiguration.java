package dev.chasqui.benchmarks.hierarchicalconfig.resolve;

import dev.chasqui.benchmarks.hierarchicalconfig.Sample;
import dev.chasqui.hierarchicalconfig.Setting;
import java.util.List;
import java.util.function.Supplier;
import org.apache.commons.configuration2.CompositeConfiguration;
import org.apache.commons.configuration2.Configuration;
import org.apache.commons.configuration2.MapConfiguration;

/** Apache Commons Configuration 2: resolves nothing, but looks through the layers at every read. */
public class CommonsConfiguration extends ResolveBenchmark<Configuration> {
  @Override
  Supplier<Configuration> resolver(Sample sample) {
    List<MapConfiguration> nearestFirst =
        sample.nearestFirst().stream().map(MapConfiguration::new).toList();
    return () -> new CompositeConfiguration(nearestFirst);
  }

  @Override
  double number(Configuration config, Setting<?> setting) {
    return Sample.isInt(setting) ? config.getInt(setting.key()) : config.getDouble(setting.key());
  }
}
