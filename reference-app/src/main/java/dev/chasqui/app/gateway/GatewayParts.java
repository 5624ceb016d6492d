package dev.chasqui.app.gateway;

import dev.chasqui.app.convergence.AckIntake;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** What all connections of a gateway share. Safe for any number of threads. */
record GatewayParts(
    Profiles profiles,
    AckIntake acks,
    SyncDesk desk,
    Frames frames,
    Devices devices,
    Map<Answer.Mode, Counter> syncs,
    Tracing tracing,
    Duration heartbeat,
    Duration helloWithin) {

  Counter syncs(Answer.Mode mode) {
    return Objects.requireNonNull(syncs.get(mode));
  }
}
