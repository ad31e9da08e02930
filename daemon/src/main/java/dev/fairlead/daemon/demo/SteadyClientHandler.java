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
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** One request of the steady client, from the connect to the last byte; reports exactly once. */
final class SteadyClientHandler extends SimpleChannelInboundHandler<HttpObject> {

  private final String host;
  private final String path;
  private final long startNanos;
  private final PrintStream out;
  private boolean reported;
  private int status;
  private String servedBy = "?";

  /** How far it has come, for whoever asks why it failed. */
  private String stage = "connecting";

  /**
   * @param startNanos when it was due
   */
  SteadyClientHandler(String host, String path, long startNanos, PrintStream out) {
    this.host = host;
    this.path = path;
    this.startNanos = startNanos;
    this.out = out;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    stage = "in the TLS handshake";
    context.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      stage = "waiting for the answer";
      servedBy = subject(context);
      var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path);
      request.headers().set(HttpHeaderNames.HOST, host).set(HttpHeaderNames.CONNECTION, "close");
      context.writeAndFlush(request);
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpResponse response) {
      status = response.status().code();
      servedBy = servedBy(response, servedBy);
    }
    if (message instanceof LastHttpContent) {
      if (status == 200) {
        report(true, servedBy);
      } else {
        report(false, "status " + status + " from " + servedBy);
      }
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    failed("closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
    context.close();
  }

  /** Reports a failure, unless the outcome is known already. */
  void failed(Throwable cause) {
    failed(words(cause));
  }

  /** As {@link #failed(Throwable)}. */
  void failed(String reason) {
    report(false, reason + " " + stage);
  }

  /** Why a connection failed, in the few words that a reader can count. */
  static String words(Throwable cause) {
    if (cause instanceof ConnectException) {
      return "refused or unreachable";
    }
    if (String.valueOf(cause.getMessage()).contains("reset")) {
      return "reset";
    }
    if (cause instanceof ClosedChannelException
        || (cause instanceof SSLException && cause.getCause() instanceof ClosedChannelException)) {
      return "closed";
    }
    return cause.getClass().getSimpleName();
  }

  /** The common name in the server's certificate: says who it is where no header does. */
  static String subject(ChannelHandlerContext context) {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    try {
      String name = tls.engine().getSession().getPeerPrincipal().getName();
      return name.startsWith("CN=") ? name.substring(3) : name.replace(' ', '_');
    } catch (SSLPeerUnverifiedException anonymous) {
      return "?";
    }
  }

  /** As the header says, if there is one. */
  static String servedBy(HttpResponse response, String otherwise) {
    return Objects.requireNonNullElse(response.headers().get("X-Served-By"), otherwise);
  }

  private void report(boolean ok, String detail) {
    if (!reported) {
      reported = true;
      out.println(new Request(startNanos, System.nanoTime(), ok, detail).toLine());
    }
  }
}
