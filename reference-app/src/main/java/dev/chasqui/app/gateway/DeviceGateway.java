package dev.chasqui.app.gateway;

import dev.chasqui.app.convergence.AckIntake;
import dev.chasqui.app.convergence.DevicePresence;
import dev.chasqui.app.pipeline.ChangeEvent;
import dev.chasqui.app.pipeline.ChangeListener;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.tracing.Trace;
import dev.chasqui.tracing.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices' port: HTTP and WebSocket on a few event loops of its own.
 *
 * <p>A change is encoded once; each loop writes the same bytes to those of its connections that it is
 * for. A connection that does not take them gets the newest state later, never a queue: see {@link
 * Audience}. At most {@value #AHEAD} changes per loop wait to be written; then {@link #changed} waits.
 */
public final class DeviceGateway implements ChangeListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceGateway.class);
  private static final int AHEAD = 64;
  private static final int WAITING_SYNCS = 1_000;
  private static final int QUIET_SECONDS = 30;
  private static final Duration HELLO_WITHIN = Duration.ofSeconds(10);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(16 * 1024, 64 * 1024);

  private final Config config;
  private final GatewayParts parts;
  private final Devices devices;
  private final SyncDesk desk;
  private final Timer toSent;
  private final Counter sent;
  private final Counter asked;
  private final EventLoopGroup loops;
  private final List<Audience> audiences = new ArrayList<>();
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Semaphore ahead;
  private @Nullable Channel server;
  private volatile boolean closed;

  /**
   * How a gateway runs.
   *
   * @param address where to listen; port 0 takes any free one
   * @param ackWithin what devices are told
   * @param heartbeat what devices are told, and how often they are pinged
   * @param drain how long devices have to leave when the gateway closes
   */
  public record Config(
      InetSocketAddress address, Duration ackWithin, Duration heartbeat, Duration drain) {}

  /**
   * Makes one that is not open yet.
   *
   * @param tracing makes the spans of the devices that are asked about a change
   */
  public DeviceGateway(
      Config config,
      Profiles profiles,
      AckIntake acks,
      DevicePresence presence,
      MeterRegistry meters,
      Tracing tracing) {
    this.config = config;
    this.devices = new Devices(presence);
    this.desk = new SyncDesk(WAITING_SYNCS, meters);
    Map<Answer.Mode, Counter> syncs = new EnumMap<>(Answer.Mode.class);
    for (Answer.Mode mode : Answer.Mode.values()) {
      syncs.put(
          mode,
          Counter.builder("chasqui.gateway.syncs").tag("mode", mode.word()).register(meters));
    }
    this.parts = new GatewayParts(
        profiles,
        acks,
        desk,
        new Frames(config.ackWithin(), config.heartbeat()),
        devices,
        syncs,
        tracing,
        config.heartbeat(),
        HELLO_WITHIN);
    this.toSent = Timer.builder("chasqui.stage.sent")
        .description("From the Redis Stream until written to all devices of one event loop")
        .publishPercentileHistogram()
        .register(meters);
    this.sent = Counter.builder("chasqui.gateway.sent")
        .description("Changes written to devices")
        .register(meters);
    this.asked = Counter.builder("chasqui.gateway.asked")
        .description("Changes written to devices that were asked how long they take over them")
        .register(meters);
    int threads = Math.min(8, Runtime.getRuntime().availableProcessors());
    this.loops = new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory("chasqui-gateway", true), NioIoHandler.newFactory());
    this.ahead = new Semaphore(AHEAD * threads);
    for (EventExecutor loop : loops) {
      audiences.add(new Audience((EventLoop) loop));
    }
    Gauge.builder("chasqui.gateway.connections", devices, Devices::count)
        .description("Devices connected to this node")
        .register(meters);
    Gauge.builder("chasqui.gateway.dirty", this, DeviceGateway::dirtyCount)
        .description("Devices that wait for a sync because they did not take a change")
        .register(meters);
  }

  private int dirtyCount() {
    return audiences.stream().mapToInt(Audience::dirtyCount).sum(); // read from afar: about right
  }

  /**
   * Opens the port.
   *
   * @throws IOException if it cannot be had
   */
  public void start() throws IOException {
    ChannelFuture bound = new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .childHandler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            accept(channel);
          }
        })
        .bind(config.address())
        .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen at " + config.address(), bound.cause());
    }
    server = bound.channel();
  }

  private void accept(Channel channel) {
    channels.add(channel);
    channel
        .pipeline()
        .addLast(Door.IDLE, new IdleStateHandler(QUIET_SECONDS, 0, 0))
        .addLast(new HttpServerCodec())
        .addLast(new BoundedBody())
        .addLast(new FlowControlHandler())
        .addLast(new Door(parts, audienceOf(channel)));
  }

  private Audience audienceOf(Channel channel) {
    for (Audience audience : audiences) {
      if (audience.loop().equals(channel.eventLoop())) {
        return audience;
      }
    }
    throw new IllegalStateException("a channel of a foreign loop: " + channel);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) Objects.requireNonNull(server, "not started").localAddress();
  }

  /**
   * Has the change written to all devices here that it is for. If the current span is sampled, some of them are asked how
   * long they take over it: each of those has a span {@code push} below it.
   */
  @Override
  public void changed(ChangeEvent change) {
    Encoded encoded = new Encoded(change);
    Inquiry inquiry =
        new Inquiry(parts.tracing(), asked, Context.current(), devices.count(), audiences.size());
    try {
      for (Audience audience : audiences) {
        hand(change, encoded, inquiry, audience);
      }
    } finally {
      encoded.release();
    }
  }

  private void hand(ChangeEvent change, Encoded encoded, Inquiry inquiry, Audience audience) {
    try {
      while (!ahead.tryAcquire(1, TimeUnit.SECONDS)) {
        if (closed) {
          return;
        }
        LOG.warn("event loops are behind; revision {} waits", change.revision());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return; // the tail stops
    }
    encoded.retain();
    try {
      audience.loop().execute(Trace.keep(() -> deliver(change, encoded, inquiry, audience)));
    } catch (RejectedExecutionException e) {
      encoded.release();
      ahead.release();
    }
  }

  private void deliver(ChangeEvent change, Encoded encoded, Inquiry inquiry, Audience audience) {
    try {
      int written = audience.deliver(change, encoded, inquiry);
      sent.increment(written);
      Instant published = change.publishedAt();
      if (published != null && written > 0) {
        Duration took = Duration.between(published, Instant.now());
        toSent.record(took.isNegative() ? Duration.ZERO : took);
      }
    } finally {
      encoded.release();
      ahead.release();
    }
  }

  @Override
  public void reset() {
    devices
        .all()
        .forEach(connection ->
            connection.goodbye(spread(), "the server's order of changes was set back", 1012));
  }

  private Duration spread() {
    long within = 500L + Math.min(30_000, devices.count());
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(within));
  }

  /** Lets nobody in, asks the devices to leave, closes what is still there after the drain. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (server != null) {
      server.close().awaitUninterruptibly(2_000);
    }
    devices.all().forEach(connection -> connection.announce(spread(), "the node stops"));
    long end = System.nanoTime() + config.drain().toNanos();
    channels
        .newCloseFuture()
        .awaitUninterruptibly(Math.max(0, end - System.nanoTime()) / 1_000_000);
    devices.all().forEach(connection -> connection.goodbye(spread(), "the node stops", 1001));
    channels.newCloseFuture().awaitUninterruptibly(2_000);
    channels.close().awaitUninterruptibly(2_000);
    desk.close();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
  }
}
