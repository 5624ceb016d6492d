package dev.chasqui.app.pipeline;

import dev.chasqui.hierarchicalconfig.ProfileEdits;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A committed change, as every node gets it.
 *
 * @param traceParent the span it was made in, as {@link dev.chasqui.tracing.Tracing#token} writes it; empty for none
 * @param publishedAt when the relay took it to Redis; null if it was read from PostgreSQL
 * @param edits what it does to profiles
 * @param moved keys of the devices whose path it touched
 */
public record ChangeEvent(
    long revision,
    String traceParent,
    Instant committedAt,
    @Nullable Instant publishedAt,
    List<ProfileEdits> edits,
    List<String> moved) {
  public ChangeEvent {
    edits = List.copyOf(edits);
    moved = List.copyOf(moved);
  }
}
