package dev.chasqui.hierarchicalconfig;

/** A listener's place; close it to hear no more. Safe for any number of threads. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  /** No call begins after this returned; one that runs is not waited for. Closing twice does nothing. */
  @Override
  void close();
}
