package dev.chasqui.app.gateway;

import dev.chasqui.app.convergence.Ack;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.Scope;
import dev.chasqui.tracing.Report;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One device's WebSocket. Only its event loop touches it, but for {@link #replace} and {@link #goodbye}. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class DeviceConnection extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceConnection.class);
  private static final int TRANSFER_LIMIT = 16 * 1024 * 1024;
  private static final int PROTOCOL_ERROR = 1002;
  private static final int TOO_BIG = 1009;
  private static final int TRY_AGAIN_LATER = 1013;
  private static final Duration REPLACED_RETRY = Duration.ofSeconds(30);

  private final String device;
  private final GatewayParts parts;
  private final Audience audience;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> helloTimeout;
  private @Nullable Future<?> pings;
  private boolean greeted;
  private boolean syncing;
  private boolean dirty;
  private boolean closing;
  private @Nullable Map<Scope, Long> nextHello;
  private Set<Scope> path = Set.of();
  private long inStepAt = -1;
  private @Nullable Question question; // the last, until it is answered

  /** What came of asking for a sync. */
  enum Start {
    STARTED,
    NOT_YET,
    NO_ROOM
  }

  DeviceConnection(String device, GatewayParts parts, Audience audience) {
    this.device = device;
    this.parts = parts;
    this.audience = audience;
  }

  String device() {
    return device;
  }

  Set<Scope> path() {
    return path;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    helloTimeout = added
        .executor()
        .schedule(
            () -> fail(408, "no hello", "hello must come within " + parts.helloWithin()),
            parts.helloWithin().toMillis(),
            TimeUnit.MILLISECONDS);
    long heartbeat = parts.heartbeat().toMillis();
    pings = added
        .executor()
        .scheduleAtFixedRate(
            this::ping,
            ThreadLocalRandom.current().nextLong(heartbeat) + 1,
            heartbeat,
            TimeUnit.MILLISECONDS);
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }

  private void ping() {
    if (context().channel().isWritable()) {
      context().writeAndFlush(Frames.ping(), context().voidPromise());
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    if (closing) {
      return;
    }
    if (frame instanceof TextWebSocketFrame text) {
      read(text.text());
    } else if (frame instanceof PingWebSocketFrame) {
      pong(ctx, frame);
    } else if (frame instanceof CloseWebSocketFrame) {
      closing = true;
      ctx.writeAndFlush(frame.retain()).addListener(ChannelFutureListener.CLOSE);
    } else if (!(frame instanceof PongWebSocketFrame)) {
      fail(400, "not text", "a frame must be a text message");
    }
  }

  private static void pong(ChannelHandlerContext ctx, WebSocketFrame frame) {
    if (ctx.channel().isWritable()) { // one that does not read gets no queue of pongs either
      ctx.writeAndFlush(new PongWebSocketFrame(frame.content().retain()), ctx.voidPromise());
    }
  }

  private void read(String text) {
    try {
      JsonNode json = JsonMapper.shared().readTree(text);
      JsonNode type = json.path("type");
      if (!type.isString()) {
        fail(400, "bad frame", "a frame must be an object with a \"type\"");
        return;
      }
      switch (type.stringValue()) {
        case "hello" -> hello(json);
        case "ack" -> ack(json);
        default -> LOG.debug("{} sent a frame of unknown type {}", device, type);
      }
    } catch (JacksonException e) {
      fail(400, "bad frame", "no JSON: " + e.getOriginalMessage());
    } catch (RefusedException | IllegalArgumentException e) {
      fail(400, "bad frame", String.valueOf(e.getMessage()));
    }
  }

  private void ack(JsonNode json) {
    if (!greeted) {
      fail(400, "bad frame", "the first frame must be a hello, was an ack");
      return;
    }
    Ack ack = Ack.read(device, json, System.currentTimeMillis());
    JsonNode trace = json.path("trace");
    Question answered = question;
    if (answered == null || !answered.isAnsweredBy(trace)) {
      parts.acks().offer(ack);
      return;
    }
    question = null;
    report(answered, trace, ack);
    // Below the push, beside what the device did: that was over when the ack was on its way.
    parts
        .tracing()
        .resume("ack", answered.token())
        .kind(SpanKind.CONSUMER)
        .set("device.id", device)
        .set("change.revision", ack.received())
        .run(() -> {
          parts.acks().offer(ack);
        });
  }

  private void report(Question answered, JsonNode trace, Ack ack) {
    try {
      Report report = answered.answer(trace, ack.rejected() == null ? "" : Question.REFUSED);
      parts
          .tracing()
          .report(
              "receive config",
              report,
              Attributes.builder()
                  .put("device.id", device)
                  .put("change.revision", answered.revision())
                  .build());
    } catch (RuntimeException e) { // whatever it is, the ack counts
      LOG.debug("{} does not say well how long it took: {}", device, e.getMessage());
    }
  }

  private void hello(JsonNode json) {
    Map<Scope, Long> held = held(json);
    JsonNode software = json.path("software");
    if (!software.isMissingNode()
        && (!software.isString() || software.stringValue().length() > 200)) {
      throw new IllegalArgumentException(
          "member \"software\" must be a string of at most 200 characters");
    }
    if (!greeted) {
      greeted = true;
      Objects.requireNonNull(helloTimeout).cancel(false);
      audience.add(this);
      parts.devices().arrived(this, software.asString(""));
    }
    nextHello = held; // the newest counts
    answerHello();
  }

  /** Answers, unless an answer is under way or the last one has not left yet. */
  private void answerHello() {
    Map<Scope, Long> held = nextHello;
    if (held != null && !syncing && !closing && context().channel().isWritable()) {
      nextHello = null;
      sync(held);
    }
  }

  private static Map<Scope, Long> held(JsonNode json) {
    JsonNode profiles = json.path("profiles");
    if (!profiles.isObject()) {
      throw new IllegalArgumentException(
          "member \"profiles\" must be an object of scope to revision, was "
              + profiles.getNodeType());
    }
    Map<Scope, Long> held = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : profiles.properties()) {
      JsonNode revision = entry.getValue();
      if (!revision.isIntegralNumber()
          || !revision.canConvertToLong()
          || revision.longValue() < 0) {
        throw new IllegalArgumentException("member \"profiles\": revision of " + entry.getKey()
            + " must be a whole number of at least 0");
      }
      held.put(Scope.parse(entry.getKey()), revision.longValue());
    }
    return held;
  }

  private void sync(Map<Scope, Long> held) {
    boolean admitted = startSync(now -> Answer.to(held, now));
    if (!admitted) {
      leave(parts.desk().turnAway(), "too many devices at once", TRY_AGAIN_LATER);
    }
  }

  /** Sends what the device missed, if that can be begun now. */
  Start resync() {
    if (syncing || closing || !context().channel().isWritable()) {
      return Start.NOT_YET;
    }
    long since = inStepAt;
    Set<Scope> known = path;
    return startSync(now -> Answer.since(since, known, now)) ? Start.STARTED : Start.NO_ROOM;
  }

  private interface Decision {
    Answer decide(Profiles.OnPath now);
  }

  private boolean startSync(Decision decision) {
    syncing = true;
    dirty = false;
    boolean admitted = parts.desk().submit(() -> {
      try {
        Answer answer = decision.decide(parts.profiles().onPathOf(device));
        ByteBuf frames = parts.frames().transfer(answer);
        post(() -> answered(answer, frames), frames);
      } catch (RuntimeException e) {
        LOG.warn("could not read the profiles of {}", device, e);
        post(() -> leave(parts.desk().turnAway(), "cannot read the profiles", 1011), null);
      }
    });
    if (!admitted) {
      syncing = false;
      dirty = inStepAt >= 0;
    }
    return admitted;
  }

  private void post(Runnable task, @Nullable ByteBuf frames) {
    try {
      context().executor().execute(task);
    } catch (RuntimeException e) { // the loop is shutting down
      if (frames != null) {
        frames.release();
      }
    }
  }

  private void answered(Answer answer, ByteBuf frames) {
    syncing = false;
    if (closing || !context().channel().isActive()) {
      frames.release();
      return;
    }
    if (answer.path().isEmpty()) {
      frames.release();
      fail(404, "not enrolled", "device " + device + " is not enrolled any more");
      return;
    }
    if (frames.readableBytes() > TRANSFER_LIMIT) {
      LOG.error(
          "the profiles of {} are {} bytes, a device takes {}",
          device,
          frames.readableBytes(),
          TRANSFER_LIMIT);
      frames.release();
      closeWith(TOO_BIG, "the transfer is larger than 16 MiB");
      return;
    }
    parts.syncs(answer.mode()).increment();
    Set<Scope> before = path;
    path = answer.path();
    inStepAt = answer.revision();
    dirty |= audience.register(this, before, path, inStepAt);
    context().writeAndFlush(frames, context().voidPromise());
    answerHello();
    if (dirty) {
      dirty = false;
      audience.soil(this);
    }
  }

  /** Whether a change of this path with this revision is news to the device. */
  boolean isBehind(long revision) {
    return inStepAt >= 0 && revision > inStepAt;
  }

  boolean isDirty() {
    return dirty && !closing;
  }

  /** Marks that the device misses something; false if it was marked, or a sync will look itself. */
  boolean soil() {
    if (dirty || syncing || closing) {
      return false; // a sync under way finds out at its end what passed it by
    }
    dirty = true;
    return true;
  }

  /** Whether a change with this revision would be written to it. */
  boolean takes(long revision) {
    return isBehind(revision) && takesFrames();
  }

  private boolean takesFrames() {
    return !syncing && !dirty && !closing && context().channel().isWritable();
  }

  /** Writes a change, and asks about it; false if the device must sync instead. */
  boolean ask(Question asked, List<ByteBuf> frames) {
    if (!takesFrames()) {
      return false;
    }
    question = asked;
    context().write(Frames.trace(asked.token()), context().voidPromise());
    put(asked.revision(), frames);
    return true;
  }

  /** Writes a change; false if the device must sync instead. */
  boolean write(long revision, List<ByteBuf> frames) {
    if (!takesFrames()) {
      return false;
    }
    put(revision, frames);
    return true;
  }

  private void put(long revision, List<ByteBuf> frames) {
    for (ByteBuf frame : frames) {
      context().write(frame.retainedDuplicate(), context().voidPromise());
    }
    context().flush();
    inStepAt = revision;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      answerHello();
      if (dirty) {
        audience.clean();
      }
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent) {
      LOG.debug("{} has been silent for {} heartbeats", device, 2.5);
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closing = true;
    Objects.requireNonNull(helloTimeout).cancel(false);
    Objects.requireNonNull(pings).cancel(false);
    audience.remove(this);
    parts.devices().left(this);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof TooLongFrameException) {
      closeWith(TOO_BIG, "a frame has at most 64 KiB");
    } else if (cause instanceof IOException) {
      ctx.close();
    } else {
      LOG.debug("connection of {} failed", device, cause);
      ctx.close();
    }
  }

  /** Makes room for a newer connection of the same device. Any thread. */
  void replace() {
    goodbye(REPLACED_RETRY, "the device has connected anew", 1000);
  }

  /** Sends the device away. Any thread. */
  void goodbye(Duration retryAfter, String reason, int code) {
    post(() -> leave(retryAfter, reason, code), null);
  }

  /** Tells the device when to come again, but leaves closing to it. Any thread. */
  void announce(Duration retryAfter, String reason) {
    post(
        () -> context()
            .writeAndFlush(Frames.goodbye(retryAfter, reason), context().voidPromise()),
        null);
  }

  private void leave(Duration retryAfter, String reason, int code) {
    if (!closing) {
      context().write(Frames.goodbye(retryAfter, reason), context().voidPromise());
      closeWith(code, reason);
    }
  }

  private void fail(int status, String title, String detail) {
    if (!closing) {
      LOG.debug("{} broke the protocol: {}", device, detail);
      context().write(Frames.error(status, title, detail), context().voidPromise());
      closeWith(PROTOCOL_ERROR, title);
    }
  }

  private void closeWith(int code, String reason) {
    closing = true;
    context().writeAndFlush(Frames.close(code, reason)).addListener(ChannelFutureListener.CLOSE);
    context().executor().schedule(() -> context().close(), 2, TimeUnit.SECONDS); // it may not read
  }
}
