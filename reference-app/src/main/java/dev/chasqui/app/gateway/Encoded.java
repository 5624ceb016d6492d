package dev.chasqui.app.gateway;

import dev.chasqui.app.pipeline.ChangeEvent;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A change as bytes, encoded once for all connections: one buffer if it edits one profile; else one for
 * each profile, and one for the {@code complete}.
 */
final class Encoded extends AbstractReferenceCounted {
  private final boolean single;
  private final ByteBuf whole;
  private final Map<Scope, ByteBuf> edits = new HashMap<>();

  Encoded(ChangeEvent change) {
    single = change.edits().size() == 1;
    if (single) {
      whole = Frames.change(change, change.edits());
    } else {
      whole = Frames.complete(change);
      for (ProfileEdits edit : change.edits()) {
        edits.put(edit.scope(), Frames.edits(edit));
      }
    }
  }

  boolean single() {
    return single;
  }

  /** The whole change if it is {@link #single}; else only its end. */
  ByteBuf whole() {
    return whole;
  }

  ByteBuf edits(Scope scope) {
    return Objects.requireNonNull(edits.get(scope));
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }

  @Override
  protected void deallocate() {
    whole.release();
    edits.values().forEach(ByteBuf::release);
  }
}
