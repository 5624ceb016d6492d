package dev.chasqui.benchmarks.tracing.task;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.context.Scope;

/** Snapshots of Micrometer, of nothing but the current observation. */
public class Micrometer extends TaskBenchmark {
  private final ObservationRegistry registry = ObservationRegistry.create();
  private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder()
      .contextRegistry(new ContextRegistry()
          .registerThreadLocalAccessor(new ObservationThreadLocalAccessor(registry)))
      .build();

  @Override
  Scope current() {
    registry.observationConfig().observationHandler(context -> true);
    Observation observation = Observation.start("current", registry);
    Observation.Scope scope = observation.openScope();
    return () -> {
      scope.close();
      observation.stop();
    };
  }

  @Override
  Runnable kept(Runnable task) {
    return snapshots.captureAll().wrap(task);
  }
}
