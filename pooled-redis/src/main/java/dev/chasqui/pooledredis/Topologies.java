package dev.chasqui.pooledredis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.masterreplica.MasterReplica;
import io.lettuce.core.resource.ClientResources;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** The kinds of {@link Topology}. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is told where it is waited for
final class Topologies {
  private static final long SHUTDOWN_SECONDS = 5;

  private Topologies() {}

  static <K, V> Topology<K, V> of(
      RedisConfig config,
      Lettuce lettuce,
      ClientResources resources,
      RedisCodec<K, V> codec,
      CommandObservers observers) {
    NodeClient<K, V> client = new NodeClient<>(resources, lettuce, config, codec, observers);
    if (config.servers() instanceof RedisServers.Cluster cluster) {
      return new Cluster<>(lettuce, cluster, resources, codec, client);
    }
    RedisURI uri = lettuce.uri(config.servers());
    return config.readFrom() == RedisConfig.ReadFrom.MASTER
        ? new Single<>(uri, lettuce, resources, codec, client)
        : new WithReplicas<>(uri, lettuce, resources, codec, client);
  }

  private static void shutDown(AbstractRedisClient client) {
    try {
      client.shutdownAsync(0, 1, TimeUnit.SECONDS).get(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Its threads end with what they are at, which may be the callback that closes us.
    }
  }

  /** One server; behind sentinels, whichever is the master when a connection is opened. */
  private static class Single<K, V> implements Topology<K, V> {
    final RedisURI uri;
    final Lettuce lettuce;
    final RedisCodec<K, V> codec;
    private final ClientResources resources;
    private final NodeClient<K, V> exclusive;
    private final List<RedisClient> shared = new ArrayList<>();
    private final List<Runnable> atLast = new ArrayList<>();

    Single(
        RedisURI uri,
        Lettuce lettuce,
        ClientResources resources,
        RedisCodec<K, V> codec,
        NodeClient<K, V> exclusive) {
      this.uri = uri;
      this.lettuce = lettuce;
      this.resources = resources;
      this.codec = codec;
      this.exclusive = exclusive;
    }

    @Override
    public SharedOpener<K, V> newSharedOpener() {
      SharedLoop loop = lettuce.sharedLoop(shared.size() + 1);
      ClientResources own = Lettuce.on(loop, resources);
      RedisClient client = RedisClient.create(own);
      client.setOptions(lettuce.options());
      shared.add(client);
      if (loop != null) {
        // A client that never connected knows nothing of its loop.
        atLast.add(() -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS));
        atLast.add(() -> own.shutdown(0, 1, TimeUnit.SECONDS)); // or Lettuce complains
      }
      return new SharedOpener<>(
          () -> client.connectAsync(codec, uri).thenApply(connection -> connection), loop);
    }

    @Override
    public final CompletionStage<TrackedConnection<K, V>> connectExclusive(RedisURI node) {
      return exclusive.connectExclusive(node);
    }

    @Override
    public final RedisURI nodeOf(int slot) {
      return uri;
    }

    @Override
    public final Set<RedisURI> nodes() {
      return Set.of(uri);
    }

    @Override
    public final boolean isCluster() {
      return false;
    }

    @Override
    public boolean healsItself() {
      return false;
    }

    @Override
    public final void refresh() {
      // The address of the master is asked for with each connection; of replicas, Lettuce hears by
      // the sentinels.
    }

    @Override
    public void close() {
      shared.forEach(Topologies::shutDown);
      atLast.forEach(Runnable::run);
      shutDown(exclusive);
    }
  }

  /** A master and its replicas, which may answer reads. */
  private static final class WithReplicas<K, V> extends Single<K, V> {
    private final RedisClient shared;

    WithReplicas(
        RedisURI uri,
        Lettuce lettuce,
        ClientResources resources,
        RedisCodec<K, V> codec,
        NodeClient<K, V> exclusive) {
      super(uri, lettuce, resources, codec, exclusive);
      this.shared = RedisClient.create(resources);
      shared.setOptions(lettuce.reconnectingOptions());
    }

    @Override
    public SharedOpener<K, V> newSharedOpener() {
      return new SharedOpener<>(this::connectShared, null);
    }

    private CompletionStage<StatefulConnection<K, V>> connectShared() {
      return MasterReplica.connectAsync(shared, codec, uri).thenApply(connection -> {
        connection.setReadFrom(lettuce.readFrom());
        return connection;
      });
    }

    @Override
    public boolean healsItself() {
      return true;
    }

    @Override
    public void close() {
      super.close();
      shutDown(shared);
    }
  }

  /** Sends what has no key to a master: a script may write. Lettuce would choose among all nodes. */
  private static final class ClusterClient extends RedisClusterClient {
    ClusterClient(ClientResources resources, List<RedisURI> seeds) {
      super(resources, seeds);
    }

    @Override
    protected Mono<SocketAddress> getSocketAddressSupplier(
        Supplier<Partitions> all, Function<Partitions, Collection<RedisClusterNode>> sortFunction) {
      return super.getSocketAddressSupplier(() -> masters(all.get()), sortFunction);
    }

    private static Partitions masters(Partitions all) {
      Partitions masters = new Partitions();
      masters.addAll(all.stream().filter(Topologies::isMaster).toList());
      return masters.isEmpty() ? all : masters;
    }
  }

  private static boolean isMaster(RedisClusterNode node) {
    return node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.hasNoSlots();
  }

  private static final class Cluster<K, V> implements Topology<K, V> {
    private final Lettuce lettuce;
    private final RedisCodec<K, V> codec;
    private final NodeClient<K, V> exclusive;
    private final RedisClusterClient shared;
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private volatile boolean known;

    Cluster(
        Lettuce lettuce,
        RedisServers.Cluster cluster,
        ClientResources resources,
        RedisCodec<K, V> codec,
        NodeClient<K, V> exclusive) {
      this.lettuce = lettuce;
      this.codec = codec;
      this.exclusive = exclusive;
      this.shared = new ClusterClient(resources, lettuce.uris(cluster));
      shared.setOptions(lettuce.clusterOptions());
    }

    @Override
    public SharedOpener<K, V> newSharedOpener() {
      return new SharedOpener<>(this::connectShared, null);
    }

    private CompletionStage<StatefulConnection<K, V>> connectShared() {
      return shared
          .refreshPartitionsAsync()
          .thenCompose(done -> {
            known = true;
            return shared.connectAsync(codec);
          })
          .thenApply(connection -> {
            connection.setReadFrom(lettuce.readFrom());
            return connection;
          });
    }

    @Override
    public CompletionStage<TrackedConnection<K, V>> connectExclusive(RedisURI node) {
      // What the cluster says of a node is where it is, but not how to log in.
      RedisURI login = lettuce.uri(node.getHost(), node.getPort());
      return exclusive.connectExclusive(login).whenComplete((connection, failure) -> {
        if (failure != null) {
          refresh(); // perhaps another one has taken over
        }
      });
    }

    @Override
    public RedisURI nodeOf(int slot) {
      if (!known) { // Lettuce would block until it is
        throw new RedisUnavailableException("No node of the cluster has been reached yet", null);
      }
      RedisClusterNode node = shared.getPartitions().getMasterBySlot(slot);
      if (node == null) {
        throw new RedisUnavailableException("No node of the cluster has slot " + slot, null);
      }
      return node.getUri();
    }

    @Override
    public Set<RedisURI> nodes() {
      return known
          ? shared.getPartitions().stream()
              .filter(Topologies::isMaster)
              .map(RedisClusterNode::getUri)
              .collect(Collectors.toUnmodifiableSet())
          : Set.of();
    }

    @Override
    public boolean isCluster() {
      return true;
    }

    @Override
    public boolean healsItself() {
      return true;
    }

    @Override
    public void refresh() {
      if (refreshing.compareAndSet(false, true)) { // many connections may end at once
        try {
          shared.refreshPartitionsAsync().whenComplete((done, failure) -> refreshing.set(false));
        } catch (RuntimeException e) { // shut down
          refreshing.set(false);
        }
      }
    }

    @Override
    public void close() {
      shutDown(exclusive);
      shutDown(shared);
    }
  }
}
