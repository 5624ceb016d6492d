package dev.chasqui.app.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;

/** Requests with their bodies, of at most 64 KiB; of larger ones the rest is dropped, and they get 413. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class BoundedBody extends HttpObjectAggregator {
  BoundedBody() {
    super(Door.FRAME_LIMIT);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
    FullHttpResponse response =
        Door.problemResponse(413, "too-large", "a body has at most 64 KiB", List.of());
    HttpUtil.setKeepAlive(response, true);
    ctx.writeAndFlush(response); // closing now could lose it: the rest of the body is still coming
  }
}
