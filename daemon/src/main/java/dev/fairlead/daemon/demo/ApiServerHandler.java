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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The few paths of an API server that a balancer, a client or a curious user asks for. */
final class ApiServerHandler extends SimpleChannelInboundHandler<HttpObject> {

  private final ApiServerBehaviour behaviour;
  private final ApiServerLife life;
  private @Nullable ChannelHandlerContext connection;
  private int watchEvents;

  /** Requests without an answer; a watch never has one. */
  private int underWay;

  private boolean asked;

  ApiServerHandler(ApiServerBehaviour behaviour, ApiServerLife life) {
    this.behaviour = behaviour;
    this.life = life;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    connection = context;
    life.opened(this);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    life.closed(this);
    context.fireChannelInactive();
  }

  /** One that has never asked is about to. */
  void closeIfIdle() {
    ChannelHandlerContext context = connection;
    if (context != null && asked && underWay == 0) {
      context.close();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (!(message instanceof HttpRequest request)) {
      return; // The end of a request without a body.
    }
    asked = true;
    underWay++;
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    context
        .executor()
        .schedule(
            () -> answer(context, uri, keepAlive), behaviour.delayMillis(), TimeUnit.MILLISECONDS);
  }

  private void answer(ChannelHandlerContext context, QueryStringDecoder uri, boolean keepAlive) {
    if (behaviour.readiness() == ApiServerBehaviour.Readiness.FORBIDDEN) {
      answer(
          context,
          HttpResponseStatus.FORBIDDEN,
          "application/json",
          "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":"
              + "\"Forbidden\",\"code\":403}\n",
          keepAlive);
      return;
    }
    if (uri.parameters().containsKey("watch")) {
      startWatch(context, uri.parameters().getOrDefault("allowWatchBookmarks", List.of("true")));
      return;
    }
    switch (uri.path()) {
      case "/readyz", "/healthz" -> {
        HttpResponseStatus status = behaviour.readyStatus();
        answer(
            context,
            status,
            "text/plain",
            status.equals(HttpResponseStatus.OK)
                ? "ok"
                : "[-]shutdown failed: reason withheld\nreadyz check failed\n",
            keepAlive);
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
      boolean wantsToStay) {
    underWay--;
    boolean keepAlive = wantsToStay && !behaviour.isClosing();
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

  /**
   * One event a second until the client leaves: enough to see whether a watch survives. Without
   * bookmarks it is silent after the first, as the watch of something that never changes.
   */
  private void startWatch(ChannelHandlerContext context, List<String> bookmarks) {
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked")
        .set("X-Served-By", behaviour.name());
    context.write(response);
    watchEvent(context);
    if (!bookmarks.contains("true")) {
      return;
    }
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
