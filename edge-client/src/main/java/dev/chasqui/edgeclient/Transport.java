package dev.chasqui.edgeclient;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Opens streams of text messages to gateways: WebSockets of the sub-protocol {@value #SUBPROTOCOL}.
 *
 * <p>For those who bring another WebSocket implementation; {@link JdkTransport} is the one that is used otherwise.
 * <b>Threads:</b> safe for any number; no method waits for the network. One transport may serve any number of clients.
 */
public interface Transport {
  /** The one that a gateway must agree to. */
  String SUBPROTOCOL = "chasqui.v1";

  /**
   * Opens a stream. Nothing is delivered before the first {@link Stream#next()}.
   *
   * @param uri {@code ws} or {@code wss}
   * @param timeout for the connection and the gateway's answer together
   * @param messageLimit bytes of UTF-8 of the longest message to deliver; a longer one closes the stream with
   *     {@link #TOO_LARGE} and fails it
   * @param receiver gets what comes
   * @return ends within the timeout; with {@link RefusedException} when the gateway answered without a stream, with
   *     another {@link java.io.IOException} when there was no answer
   */
  CompletionStage<Stream> open(URI uri, Duration timeout, int messageLimit, Receiver receiver);

  /** Close code: all is well. */
  int NORMAL = 1000;
  /** Close code for what 1009 says: clients cannot send that one with every WebSocket implementation. */
  int TOO_LARGE = 4009;
  /** Close code for a message that cannot be read or does not belong. */
  int BAD_MESSAGE = 4400;
  /** Close code of a device that cannot store what it got. */
  int NOT_STORED = 4500;

  /** An open stream. <b>Threads:</b> safe for any number. */
  interface Stream {
    /** Asks for one more message: back-pressure, so that a slow device reads slowly. */
    void next();

    /** Sends a message. The caller waits for the stage before it sends another. */
    CompletionStage<?> send(String text);

    /**
     * Says goodbye and closes; drops the connection if the other side does not answer in two seconds.
     *
     * @param reason at most 100 ASCII characters
     * @return ends, never with an exception, when the connection is gone
     */
    CompletionStage<?> close(int code, String reason);

    /** Drops the connection at once. */
    void abort();
  }

  /** Gets what comes on one stream, one call at a time; implementations return at once. */
  interface Receiver {
    /** A whole message came. */
    void message(String text);

    /** Something else came: the other side lives. */
    void alive();

    /** The stream ended. Called at most once, and then nothing else. */
    void ended(String why);
  }
}
