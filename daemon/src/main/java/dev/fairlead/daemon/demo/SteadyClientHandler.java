package dev.fairlead.daemon.demo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.PrintStream;
import java.net.ConnectException;
import java.util.Objects;

/** One request of the steady client, from the connect to the last byte; reports exactly once. */
final class SteadyClientHandler extends SimpleChannelInboundHandler<HttpObject> {

  private final String host;
  private final long startNanos;
  private final PrintStream out;
  private boolean reported;
  private int status;
  private String servedBy = "?";

  SteadyClientHandler(String host, long startNanos, PrintStream out) {
    this.host = host;
    this.startNanos = startNanos;
    this.out = out;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/version");
      request.headers().set(HttpHeaderNames.HOST, host).set(HttpHeaderNames.CONNECTION, "close");
      context.writeAndFlush(request);
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpResponse response) {
      status = response.status().code();
      servedBy = Objects.requireNonNullElse(response.headers().get("X-Served-By"), "?");
    }
    if (message instanceof LastHttpContent) {
      if (status == 200) {
        report(true, servedBy);
      } else {
        report(false, "status " + status);
      }
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    report(false, "closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
    context.close();
  }

  /** Reports a failure, unless the outcome is known already. */
  void failed(Throwable cause) {
    if (cause instanceof ConnectException) {
      failed("refused or unreachable");
    } else if (String.valueOf(cause.getMessage()).contains("reset")) {
      failed("reset");
    } else {
      failed(cause.getClass().getSimpleName());
    }
  }

  /** As {@link #failed(Throwable)}. */
  void failed(String reason) {
    report(false, reason);
  }

  private void report(boolean ok, String detail) {
    if (!reported) {
      reported = true;
      out.println(new Request(startNanos, System.nanoTime(), ok, detail).toLine());
    }
  }
}
