package dev.fairlead.daemon.demo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** The few paths of an API server that a balancer, a client or a curious user asks for. */
final class ApiServerHandler extends SimpleChannelInboundHandler<HttpObject> {

  private final ApiServerBehaviour behaviour;
  private int watchEvents;

  ApiServerHandler(ApiServerBehaviour behaviour) {
    this.behaviour = behaviour;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (!(message instanceof HttpRequest request)) {
      return; // The end of a request without a body.
    }
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    context
        .executor()
        .schedule(
            () -> answer(context, uri, keepAlive), behaviour.delayMillis(), TimeUnit.MILLISECONDS);
  }

  private void answer(ChannelHandlerContext context, QueryStringDecoder uri, boolean keepAlive) {
    if (uri.parameters().containsKey("watch")) {
      startWatch(context);
      return;
    }
    switch (uri.path()) {
      case "/readyz", "/healthz" -> {
        if (behaviour.isReady()) {
          answer(context, HttpResponseStatus.OK, "text/plain", "ok", keepAlive);
        } else {
          answer(
              context,
              HttpResponseStatus.INTERNAL_SERVER_ERROR,
              "text/plain",
              "[-]shutdown failed: reason withheld\nreadyz check failed\n",
              keepAlive);
        }
      }
      case "/livez" -> answer(context, HttpResponseStatus.OK, "text/plain", "ok", keepAlive);
      case "/version" ->
          answer(
              context,
              HttpResponseStatus.OK,
              "application/json",
              "{\n  \"major\": \"1\",\n  \"minor\": \"33\",\n  \"gitVersion\": \"v1.33.0-demo\",\n"
                  + "  \"servedBy\": \""
                  + behaviour.name()
                  + "\"\n}\n",
              keepAlive);
      default ->
          answer(
              context,
              HttpResponseStatus.NOT_FOUND,
              "application/json",
              "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":"
                  + "\"NotFound\",\"code\":404}\n",
              keepAlive);
    }
  }

  private void answer(
      ChannelHandlerContext context,
      HttpResponseStatus status,
      String type,
      String body,
      boolean keepAlive) {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set("X-Served-By", behaviour.name());
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    var written = context.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** One event a second until the client leaves: enough to see whether a watch survives. */
  private void startWatch(ChannelHandlerContext context) {
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked")
        .set("X-Served-By", behaviour.name());
    context.write(response);
    watchEvent(context);
    var timer =
        context.executor().scheduleAtFixedRate(() -> watchEvent(context), 1, 1, TimeUnit.SECONDS);
    context.channel().closeFuture().addListener(closed -> timer.cancel(false));
  }

  private void watchEvent(ChannelHandlerContext context) {
    watchEvents++;
    String event =
        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":"
            + "{\"resourceVersion\":\""
            + watchEvents
            + "\"}}}\n";
    context.writeAndFlush(
        new DefaultHttpContent(Unpooled.copiedBuffer(event, StandardCharsets.UTF_8)));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A client that resets or a handshake that fails ends here; a stand-in has nobody to tell.
    context.close();
  }
}
