package dev.chasqui.edgeclient;

/** A listener's place at a client; close it to hear no more. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  /** No call begins after this returned; one that runs is not waited for. Closing twice does nothing. */
  @Override
  void close();
}
