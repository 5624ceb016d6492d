package dev.chasqui.app.gateway;

import dev.chasqui.app.convergence.Ack;
import dev.chasqui.app.store.Problem;
import dev.chasqui.app.store.Profiles;
import dev.chasqui.app.store.RefusedException;
import dev.chasqui.hierarchicalconfig.ProfileJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The HTTP requests of one connection, one at a time, until one of them makes it a WebSocket. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class Door extends SimpleChannelInboundHandler<FullHttpRequest> {
  static final int FRAME_LIMIT = 64 * 1024;
  static final String IDLE = "idle";

  private static final Logger LOG = LoggerFactory.getLogger(Door.class);
  private static final String SUB_PROTOCOL = "chasqui.v1";
  private static final Pattern ROUTE =
      Pattern.compile("/v1/devices/([A-Za-z0-9][A-Za-z0-9._-]{0,99})/(stream|snapshot|ack)");

  private final GatewayParts parts;
  private final Audience audience;

  Door(GatewayParts parts, Audience audience) {
    this.parts = parts;
    this.audience = audience;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      problem(ctx, request, 400, "bad-request", "the request is not HTTP", List.of());
      return;
    }
    String path;
    try {
      path = new QueryStringDecoder(request.uri()).path();
    } catch (IllegalArgumentException e) {
      problem(ctx, request, 400, "bad-request", "the path is not well-formed", List.of());
      return;
    }
    Matcher route = ROUTE.matcher(path);
    if (!route.matches()) {
      problem(ctx, request, 404, "not-found", "there is nothing at " + path, List.of());
      return;
    }
    HttpMethod wanted = route.group(2).equals("ack") ? HttpMethod.POST : HttpMethod.GET;
    if (!request.method().equals(wanted)) {
      problem(ctx, request, 405, "method-not-allowed", path + " takes " + wanted, List.of());
      return;
    }
    switch (route.group(2)) {
      case "stream" -> stream(ctx, request, route.group(1));
      case "snapshot" ->
        lookUp(ctx, request, route.group(1), now -> {
          respond(
              ctx,
              request,
              HttpResponseStatus.OK,
              "application/json",
              snapshot(route.group(1), now));
        });
      default -> ack(ctx, request, route.group(1));
    }
  }

  private interface Found {
    void then(Profiles.OnPath now);
  }

  /** Goes on, in the event loop, with the profiles of an enrolled device; answers otherwise. */
  private void lookUp(
      ChannelHandlerContext ctx, FullHttpRequest request, String device, Found found) {
    ctx.channel().config().setAutoRead(false); // the next request waits for this answer
    request.retain();
    boolean admitted = parts.desk().submit(() -> {
      Profiles.@Nullable OnPath now = null;
      try {
        now = parts.profiles().onPathOf(device);
      } catch (RuntimeException e) {
        LOG.warn("could not look up {}", device, e);
      }
      Profiles.OnPath profiles = now;
      ctx.executor().execute(() -> {
        try {
          lookedUp(ctx, request, device, profiles, found);
        } finally {
          request.release();
          ctx.channel().config().setAutoRead(true);
        }
      });
    });
    if (!admitted) {
      request.release();
      ctx.channel().config().setAutoRead(true);
      unavailable(ctx, request, "too many devices at once");
    }
  }

  private void lookedUp(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      String device,
      Profiles.@Nullable OnPath profiles,
      Found found) {
    if (profiles == null) {
      unavailable(ctx, request, "the profiles cannot be read now");
    } else if (profiles.profiles().isEmpty()) {
      problem(
          ctx, request, 404, "not-enrolled", "device " + device + " is not enrolled", List.of());
    } else {
      found.then(profiles);
    }
  }

  private void stream(ChannelHandlerContext ctx, FullHttpRequest request, String device) {
    if (!request.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      problem(ctx, request, 400, "not-a-websocket", "upgrade to a WebSocket", List.of());
      return;
    }
    String offered = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
    if (!List.of(offered.trim().split("\\s*,\\s*", -1)).contains(SUB_PROTOCOL)) {
      problem(
          ctx,
          request,
          400,
          "bad-sub-protocol",
          "the sub-protocol must be " + SUB_PROTOCOL + ", was \"" + offered + '"',
          List.of());
      return;
    }
    WebSocketServerHandshaker handshaker = new WebSocketServerHandshakerFactory(
            "", SUB_PROTOCOL, false, FRAME_LIMIT)
        .newHandshaker(request);
    if (handshaker == null) {
      WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(ctx.channel());
      return;
    }
    lookUp(ctx, request, device, now -> upgrade(ctx, request, device, handshaker));
  }

  private void upgrade(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      String device,
      WebSocketServerHandshaker handshaker) {
    ChannelPipeline pipeline = ctx.pipeline();
    ChannelFuture shaken;
    try {
      shaken = handshaker.handshake(ctx.channel(), request);
    } catch (RuntimeException e) { // such as a missing key
      problem(ctx, request, 400, "not-a-websocket", String.valueOf(e.getMessage()), List.of());
      return;
    }
    shaken.addListener(done -> {
      if (!done.isSuccess()) {
        ctx.close();
        return;
      }
      pipeline.remove(FlowControlHandler.class);
      pipeline.replace(
          IDLE,
          IDLE,
          new IdleStateHandler(parts.heartbeat().toMillis() * 5 / 2, 0, 0, TimeUnit.MILLISECONDS));
      pipeline.addLast(
          new WebSocketFrameAggregator(FRAME_LIMIT),
          new Utf8FrameValidator(),
          new DeviceConnection(device, parts, audience));
      pipeline.remove(this);
    });
  }

  private static String snapshot(String device, Profiles.OnPath now) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("device", device);
    json.put("revision", now.revision());
    ArrayNode profiles = json.putArray("profiles");
    now.profiles().forEach(profile -> profiles.add(ProfileJson.write(profile)));
    return json.toString();
  }

  private void ack(ChannelHandlerContext ctx, FullHttpRequest request, String device) {
    Ack ack;
    try {
      JsonNode body =
          JsonMapper.shared().readTree(request.content().toString(StandardCharsets.UTF_8));
      ack = Ack.read(device, body, System.currentTimeMillis());
    } catch (JacksonException e) {
      problem(
          ctx,
          request,
          400,
          "bad-ack",
          "the body is no JSON: " + e.getOriginalMessage(),
          List.of());
      return;
    } catch (RefusedException e) {
      problem(ctx, request, 400, "bad-ack", String.valueOf(e.getMessage()), e.problems());
      return;
    }
    lookUp(ctx, request, device, now -> {
      parts.acks().offer(ack);
      respond(ctx, request, HttpResponseStatus.NO_CONTENT, "", "");
    });
  }

  private void unavailable(ChannelHandlerContext ctx, FullHttpRequest request, String detail) {
    Duration wait = parts.desk().turnAway();
    FullHttpResponse response = problemResponse(503, "unavailable", detail, List.of());
    response
        .headers()
        .set(HttpHeaderNames.RETRY_AFTER, Math.max(1, (wait.toMillis() + 999) / 1000));
    send(ctx, request, response);
  }

  private static void problem(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      int status,
      String type,
      String detail,
      List<Problem> problems) {
    send(ctx, request, problemResponse(status, type, detail, problems));
  }

  static FullHttpResponse problemResponse(
      int status, String type, String detail, List<Problem> problems) {
    HttpResponseStatus httpStatus = HttpResponseStatus.valueOf(status);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", "urn:chasqui:problem:" + type);
    json.put("title", httpStatus.reasonPhrase());
    json.put("status", status);
    json.put("detail", detail);
    ArrayNode errors = json.putArray("errors");
    for (Problem problem : problems) {
      errors
          .addObject()
          .put("field", problem.field())
          .put("rule", problem.rule())
          .put("message", problem.message());
    }
    return response(httpStatus, "application/problem+json", json.toString());
  }

  private static FullHttpResponse response(HttpResponseStatus status, String type, String body) {
    ByteBuf content = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    if (!type.isEmpty()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
    }
    return response;
  }

  private static void respond(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      HttpResponseStatus status,
      String type,
      String body) {
    send(ctx, request, response(status, type, body));
  }

  private static void send(
      ChannelHandlerContext ctx, FullHttpRequest request, FullHttpResponse response) {
    boolean keepAlive =
        HttpUtil.isKeepAlive(request) && !request.decoderResult().isFailure();
    HttpUtil.setKeepAlive(response, keepAlive);
    ChannelFuture sent = ctx.writeAndFlush(response);
    if (!keepAlive) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent) {
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a connection failed before it was a device's", cause);
    ctx.close();
  }
}
