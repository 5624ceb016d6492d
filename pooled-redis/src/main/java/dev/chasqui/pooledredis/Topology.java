package dev.chasqui.pooledredis;

import io.lettuce.core.RedisURI;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** How the servers are reached, whether there is one of them or many. */
interface Topology<K, V> extends AutoCloseable {
  /** One for each of the shared connections, which send each command to where it belongs. */
  SharedOpener<K, V> newSharedOpener();

  /** Opens a connection to one node. */
  CompletionStage<TrackedConnection<K, V>> connectExclusive(RedisURI node);

  /**
   * The node that has the keys of {@code slot}.
   *
   * @throws RedisUnavailableException if that is not known, or there is none
   */
  RedisURI nodeOf(int slot);

  /** All nodes that have keys, as {@link #nodeOf} returns them; none while they are not known. */
  Set<RedisURI> nodes();

  /** Whether keys are spread over several nodes, by their slot. */
  boolean isCluster();

  /** Whether a shared connection leads to several nodes, of which each is found anew without us. */
  boolean healsItself();

  /** Looks which node has what: one of them said that something has moved. Returns at once. */
  void refresh();

  @Override
  void close();
}
