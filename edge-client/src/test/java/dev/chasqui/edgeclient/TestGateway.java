package dev.chasqui.edgeclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chasqui.hierarchicalconfig.Profile;
import dev.chasqui.hierarchicalconfig.ProfileEdits;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A gateway on a real socket that does what a test says, frame by frame. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails ends the connection, which the test sees
final class TestGateway implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel server;
  private final BlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
  private volatile Door door = Door.OPEN;
  private volatile @Nullable BiConsumer<Connection, JsonNode> answer;

  /** What becomes of a request for a stream; status 0 for a stream, -1 for no answer at all. */
  private record Door(int status, Map<String, String> headers) {
    static final Door OPEN = new Door(0, Map.of());
    static final Door SILENT = new Door(-1, Map.of());
  }

  TestGateway() {
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .childHandler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    new HttpServerCodec(), new HttpObjectAggregator(1 << 16), new Doorkeeper());
          }
        });
    server = bootstrap.bind("127.0.0.1", 0).syncUninterruptibly().channel();
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort());
  }

  void refuse(int status, Map<String, String> headers) {
    door = new Door(status, headers);
  }

  void ignoreRequests() {
    door = Door.SILENT;
  }

  void open() {
    door = Door.OPEN;
  }

  /** From now on hellos are answered so, and no longer by the test. */
  void answer(BiConsumer<Connection, JsonNode> hello) {
    answer = hello;
  }

  /** The next stream that a device opened. */
  Connection accept() throws InterruptedException {
    Connection connection = connections.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(connection).as("a device connects").isNotNull();
    return connection;
  }

  boolean nobodyConnected() {
    return connections.isEmpty();
  }

  @Override
  public void close() {
    if (loops.isShuttingDown()) {
      return;
    }
    server.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Doorkeeper extends SimpleChannelInboundHandler<FullHttpRequest> {
    Doorkeeper() {
      super(false);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      Door now = door;
      if (now.status() == 0) {
        context
            .pipeline()
            .addLast(new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                .websocketPath("/v1/devices") // what follows begins with a slash
                .checkStartsWith(true)
                .subprotocols("chasqui.v1")
                .maxFramePayloadLength(1 << 16)
                .handleCloseFrames(false)
                .dropPongFrames(false)
                .build()));
        context.pipeline().addLast(new Connection(context.channel(), request.uri()));
        context.fireChannelRead(request);
        return;
      }
      request.release();
      if (now.status() > 0) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(now.status()));
        now.headers().forEach(response.headers()::set);
        response.headers().set("Content-Length", 0);
        context.writeAndFlush(response);
      }
    }
  }

  /** A device's stream, seen from the gateway. */
  final class Connection extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final String path;
    private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
    private final Semaphore pongs = new Semaphore(0);
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();

    Connection(Channel channel, String path) {
      this.channel = channel;
      this.path = path;
    }

    String path() {
      return path;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
        connections.add(this);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      WebSocketFrame frame = (WebSocketFrame) message;
      if (frame instanceof TextWebSocketFrame text) {
        read(JsonMapper.shared().readTree(text.text()));
      } else if (frame instanceof CloseWebSocketFrame close) {
        closed.complete(close.statusCode());
        channel
            .writeAndFlush(new CloseWebSocketFrame(1000, ""))
            .addListener(done -> channel.close());
      }
      if (frame instanceof PongWebSocketFrame) {
        pongs.release();
      }
      frame.release();
    }

    private void read(JsonNode frame) {
      BiConsumer<Connection, JsonNode> answering = answer;
      if (answering != null && frame.path("type").stringValue().equals("hello")) {
        answering.accept(this, frame);
      } else {
        frames.add(frame);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      closed.complete(0);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      channel.close();
    }

    /** The next frame of the device, of this type. */
    JsonNode next(String type) throws InterruptedException {
      JsonNode frame = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(frame).as("a frame " + type).isNotNull();
      assertThat(frame.path("type").stringValue()).as(frame.toString()).isEqualTo(type);
      return frame;
    }

    /** The next ack with this {@code received}; those before it are passed over. */
    JsonNode ackOf(long received) throws InterruptedException {
      JsonNode ack;
      do {
        ack = next("ack");
      } while (ack.path("received").longValue() != received);
      return ack;
    }

    boolean saidNothing() {
      return frames.isEmpty();
    }

    Connection begin(String mode, long revision) {
      return begin(mode, revision, 0, 30_000);
    }

    Connection begin(String mode, long revision, long ackWithin, long heartbeat) {
      return send(frame("begin")
          .put("mode", mode)
          .put("reason", "the test says so")
          .put("revision", revision)
          .put("ackWithin", ackWithin)
          .put("heartbeat", heartbeat));
    }

    Connection profile(Profile profile) {
      return send(frame("profile").set("profile", ProfileJson.write(profile)));
    }

    Connection edits(ProfileEdits edits) {
      return send(frame("edits").set("edits", ProfileJson.write(edits)));
    }

    Connection complete(long revision) {
      return send(frame("complete").put("revision", revision).put("trace", "00-0-0-00"));
    }

    /** Asks how long the steps of what comes next take. */
    Connection trace(String trace) {
      return send(frame("trace").put("trace", trace));
    }

    /** Returns once the device has taken all that was sent before. */
    Connection awaitTaken() throws InterruptedException {
      ping().awaitPong(); // it reads a ping only then
      return this;
    }

    /** A whole transfer. */
    Connection full(long revision, Profile... profiles) {
      begin("full", revision);
      List.of(profiles).forEach(this::profile);
      return complete(revision);
    }

    Connection send(JsonNode frame) {
      return text(frame.toString());
    }

    /** Always queued: else an answer, written by the channel's own thread, would overtake what the test sent before. */
    Connection text(String text) {
      channel.eventLoop().execute(() -> channel.writeAndFlush(new TextWebSocketFrame(text)));
      return this;
    }

    /** One message, in as many parts as there are strings. */
    Connection parts(String... parts) {
      channel.write(new TextWebSocketFrame(false, 0, parts[0]));
      for (int i = 1; i < parts.length; i++) {
        channel.write(new ContinuationWebSocketFrame(i == parts.length - 1, 0, parts[i]));
      }
      channel.flush();
      return this;
    }

    Connection binary(byte... bytes) {
      channel.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)));
      return this;
    }

    Connection ping() {
      channel.writeAndFlush(new PingWebSocketFrame());
      return this;
    }

    void awaitPong() throws InterruptedException {
      assertThat(pongs.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .as("a pong")
          .isTrue();
    }

    /** Breaks the connection without a word, once everything before is sent. */
    void cut() {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
    }

    /** The code that the device closed with, 0 for none. */
    int awaitClosed() throws Exception {
      return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  static ObjectNode frame(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }
}
