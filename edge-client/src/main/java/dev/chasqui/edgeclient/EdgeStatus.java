package dev.chasqui.edgeclient;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a client stands, at one moment.
 *
 * @param state of its connection
 * @param since when it has been in that state, by the wall clock: for people to read
 * @param received revision up to which every change of the device's path is stored on it; 0 for none
 * @param effective revision up to which every such change is in force and told to the listeners; 0 for none
 * @param fingerprint of the effective config
 * @param refusal why what was received is not in force as it should be by now, or null if nothing is refused
 * @param problem why there is no connection, in a sentence for people; null while there is nothing to say
 */
public record EdgeStatus(
    State state,
    Instant since,
    long received,
    long effective,
    String fingerprint,
    @Nullable Refusal refusal,
    @Nullable String problem) {

  /** What a client is about. */
  public enum State {
    /** It asks the gateway for a connection. */
    CONNECTING,
    /** It is connected and gets what it lacks. */
    SYNCING,
    /** It is connected and has all there is; changes come as they are made. */
    LIVE,
    /** It has no connection and waits before it tries again. */
    WAITING,
    /** It was closed. */
    CLOSED
  }

  /** Whether there is a connection, {@link State#SYNCING} or {@link State#LIVE}. */
  public boolean connected() {
    return state == State.SYNCING || state == State.LIVE;
  }
}
