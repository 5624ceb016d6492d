package dev.chasqui.pooledredis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EpollProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What {@link RedisConfig} says, in Lettuce's words. */
final class Lettuce {
  /** As many answers or flushes as are made one write; the handler's own default. */
  private static final int FLUSH_AFTER = 256;

  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
  private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(30);

  private final RedisConfig config;

  Lettuce(RedisConfig config) {
    this.config = config;
  }

  /** Threads named {@code chasqui-…}, which end with what is returned. */
  ClientResources resources() {
    return ClientResources.builder()
        .threadFactoryProvider(pool -> new DefaultThreadFactory("chasqui-redis-" + pool, true))
        .commandLatencyRecorder(CommandLatencyRecorder.disabled())
        .reconnectDelay(Delay.decorrelatedJitter(
            config.reconnectMin(),
            config.reconnectMax().plusNanos(1),
            Math.max(1, config.reconnectMin().toMillis()),
            TimeUnit.MILLISECONDS))
        .nettyCustomizer(new NettyCustomizer() {
          @Override
          public void afterChannelInitialized(Channel channel) {
            // Many threads' commands become one write: the flush comes after all that the I/O
            // thread finds to do.
            channel.pipeline().addFirst(new FlushConsolidationHandler(FLUSH_AFTER, true));
          }
        })
        .build();
  }

  /**
   * An event loop that callers may drive, null where there is no epoll.
   *
   * @param number which of the shared connections it is for
   */
  @Nullable
  SharedLoop sharedLoop(int number) {
    return EpollProvider.isAvailable()
        ? new SharedLoop(
            new DefaultThreadFactory("chasqui-redis-shared-" + number, true),
            EpollIoHandler.newFactory())
        : null;
  }

  /** {@code resources} of a client whose only event loop is {@code loop}, or whose loops are Lettuce's if that is null. */
  static ClientResources on(@Nullable SharedLoop loop, ClientResources resources) {
    return loop == null
        ? resources
        : resources
            .mutate()
            .eventLoopGroupProvider(new LoopProvider(loop))
            // Named once more, they are not taken for its own, to be ended with it.
            .eventExecutorGroup(resources.eventExecutorGroup())
            .timer(resources.timer())
            .build();
  }

  RedisURI uri(RedisServers servers) {
    if (servers instanceof RedisServers.Standalone one) {
      return uri(one.address());
    }
    if (servers instanceof RedisServers.UnixSocket socket) {
      return login(RedisURI.Builder.socket(socket.path().toString())).build();
    }
    if (servers instanceof RedisServers.Sentinel sentinel) {
      RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId(sentinel.master());
      sentinel.sentinels().forEach(address -> uri.withSentinel(sentinelUri(address)));
      return login(uri).build();
    }
    throw new IllegalArgumentException("a cluster has an address for each node");
  }

  private RedisURI uri(RedisServers.Address address) {
    return uri(address.host(), address.port());
  }

  RedisURI uri(String host, int port) {
    return login(RedisURI.builder().withHost(host).withPort(port)).build();
  }

  List<RedisURI> uris(RedisServers.Cluster cluster) {
    return cluster.seeds().stream().map(this::uri).toList();
  }

  private RedisURI sentinelUri(RedisServers.Address address) {
    RedisURI.Builder uri =
        encryption(RedisURI.builder().withHost(address.host()).withPort(address.port()));
    if (config.sentinelPassword() != null) {
      authentication(uri, config.sentinelUsername(), config.sentinelPassword());
    }
    return uri.build();
  }

  private RedisURI.Builder login(RedisURI.Builder uri) {
    encryption(uri)
        .withDatabase(config.database())
        .withTimeout(stepTimeout()); // of the handshake; commands have their own
    if (config.password() != null) {
      authentication(uri, config.username(), config.password());
    }
    if (config.clientName() != null) {
      uri.withClientName(config.clientName());
    }
    return uri;
  }

  /** Sentinels are asked one after another, then the master: one that hangs must leave time for the others. */
  private Duration stepTimeout() {
    if (config.servers() instanceof RedisServers.Sentinel sentinel) {
      long nanos = config.connectTimeout().toNanos() / (sentinel.sentinels().size() + 1);
      return Duration.ofNanos(Math.max(1_000_000, nanos));
    }
    return config.connectTimeout();
  }

  /**
   * With a provider that is known to answer at once. After any other, as the builder's own are, Lettuce goes on in another
   * thread, and there says that a connection is open before it is: what is sent at once is then rejected.
   */
  private static void authentication(
      RedisURI.Builder uri, @Nullable String username, String password) {
    uri.withAuthentication(new StaticCredentialsProvider(username, password.toCharArray()));
  }

  private RedisURI.Builder encryption(RedisURI.Builder uri) {
    Tls tls = config.tls();
    if (tls != null) {
      uri.withSsl(true)
          .withVerifyPeer(
              switch (tls.verify()) {
                case FULL -> SslVerifyMode.FULL;
                case SIGNATURE -> SslVerifyMode.CA;
                case NONE -> SslVerifyMode.NONE;
              });
    }
    return uri;
  }

  /** Of connections that we open anew ourselves, if at all. */
  ClientOptions options() {
    return fill(ClientOptions.builder()).autoReconnect(false).build();
  }

  /** Of connections to several nodes, each of which Lettuce opens anew. */
  ClientOptions reconnectingOptions() {
    return fill(ClientOptions.builder()).autoReconnect(true).build();
  }

  ClusterClientOptions clusterOptions() {
    ClusterClientOptions.Builder options = ClusterClientOptions.builder();
    fill(options);
    return options
        .autoReconnect(true)
        .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
            .adaptiveRefreshTriggersTimeout(config.reconnectMin().multipliedBy(10))
            .enablePeriodicRefresh(TOPOLOGY_REFRESH)
            .build())
        .build();
  }

  private <B extends ClientOptions.Builder> B fill(B options) {
    options
        // Commands under way when a connection ends fail: Lettuce would send them once more.
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .protocolVersion(
            config.protocol() == RedisConfig.Protocol.RESP2
                ? ProtocolVersion.RESP2
                : ProtocolVersion.RESP3)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .socketOptions(socket())
        .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build());
    Tls tls = config.tls();
    if (tls != null) {
      options.sslOptions(ssl(tls));
    }
    return options;
  }

  private SocketOptions socket() {
    SocketOptions.Builder socket = SocketOptions.builder().connectTimeout(stepTimeout());
    // Who is on the same machine does not vanish, and Unix sockets know no keep-alive.
    return config.servers() instanceof RedisServers.UnixSocket
        ? socket.keepAlive(false).build()
        : socket
            .keepAlive(SocketOptions.KeepAliveOptions.builder()
                .enable()
                .idle(KEEP_ALIVE)
                .interval(KEEP_ALIVE.dividedBy(3))
                .count(3)
                .build())
            .build();
  }

  private SslOptions ssl(Tls tls) {
    refuseUnreadable(tls);
    SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider().handshakeTimeout(stepTimeout());
    if (tls.trustedCertificates() != null) {
      ssl.trustManager(tls.trustedCertificates().toFile());
    }
    if (tls.certificate() != null && tls.privateKey() != null) {
      ssl.keyManager(tls.certificate().toFile(), tls.privateKey().toFile(), new char[0]);
    }
    return ssl.build();
  }

  /** Lettuce reads the files for each connection, and does not say which of them it cannot. */
  private static void refuseUnreadable(Tls tls) {
    SslContextBuilder reader = SslContextBuilder.forClient();
    try {
      if (tls.trustedCertificates() != null) {
        reader.trustManager(tls.trustedCertificates().toFile());
      }
      if (tls.certificate() != null && tls.privateKey() != null) {
        reader.keyManager(tls.certificate().toFile(), tls.privateKey().toFile());
      }
    } catch (IllegalArgumentException e) { // names the file; its cause says what is wrong
      throw new IllegalArgumentException(Causes.why(e), e);
    }
  }

  /** For the synchronous face of an exclusive connection: it waits as long as its commands may take. */
  ClientOptions patient(ClientOptions options) {
    long timeout = config.commandTimeout().toNanos();
    return options
        .mutate()
        .timeoutOptions(TimeoutOptions.builder()
            .timeoutCommands()
            .timeoutSource(new TimeoutOptions.TimeoutSource() {
              @Override
              public long getTimeout(RedisCommand<?, ?, ?> command) {
                return ExclusiveWriter.patienceNanos(command, timeout);
              }

              @Override
              public TimeUnit getTimeUnit() {
                return TimeUnit.NANOSECONDS;
              }
            })
            .build())
        .build();
  }

  ReadFrom readFrom() {
    return switch (config.readFrom()) {
      case MASTER -> ReadFrom.UPSTREAM;
      case MASTER_PREFERRED -> ReadFrom.UPSTREAM_PREFERRED;
      case REPLICA -> ReadFrom.REPLICA;
      case REPLICA_PREFERRED -> ReadFrom.REPLICA_PREFERRED;
      case ANY -> ReadFrom.ANY;
    };
  }
}
