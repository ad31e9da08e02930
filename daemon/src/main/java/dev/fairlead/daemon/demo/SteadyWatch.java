package dev.fairlead.daemon.demo;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
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
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One watch that is opened again whenever it ends, as a client's reflector does; each end is
 * reported as a {@link Watch}. Event loop only.
 */
final class SteadyWatch {

  /** A reflector waits longer; here a refused one must not become a flood. */
  private static final long PAUSE_MILLIS = 250;

  private static final long OPEN_SECONDS = 10;

  private final Dialer dialer;
  private final SteadyPlan.Watches plan;
  private final PrintStream out;

  SteadyWatch(Dialer dialer, SteadyPlan.Watches plan, PrintStream out) {
    this.dialer = dialer;
    this.plan = plan;
    this.out = out;
  }

  void open() {
    Stream stream = new Stream();
    Channel channel = dialer.open(stream, stream::failed);
    var limit =
        dialer
            .loop()
            .schedule(
                () -> {
                  if (!stream.begun) {
                    stream.reason = "timeout";
                    channel.close();
                  }
                },
                OPEN_SECONDS,
                TimeUnit.SECONDS);
    channel
        .closeFuture()
        .addListener(closed -> {
          limit.cancel(false);
          out.println(
              new Watch(stream.startNanos, System.nanoTime(), stream.servedBy, stream.reason)
                  .toLine());
          dialer.loop().schedule(this::open, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        });
  }

  /** One connection of it. */
  private final class Stream extends SimpleChannelInboundHandler<HttpObject> {
    private final long startNanos = System.nanoTime();
    private String servedBy = "?";
    private String reason = "closed";
    private boolean begun;

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
        servedBy = SteadyClientHandler.subject(context);
        byte[] body = plan.body().getBytes(StandardCharsets.UTF_8);
        var request =
            new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                body.length == 0 ? HttpMethod.GET : HttpMethod.POST,
                plan.path(),
                Unpooled.wrappedBuffer(body));
        request.headers().set(HttpHeaderNames.HOST, dialer.host());
        if (body.length > 0) {
          request.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        context.writeAndFlush(request);
      }
      context.fireUserEventTriggered(event);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      if (message instanceof HttpResponse response) {
        servedBy = SteadyClientHandler.servedBy(response, servedBy);
        if (response.status().code() == 200) {
          begun = true;
          return;
        }
        reason = "status " + response.status().code();
        context.close();
      } else if (message instanceof LastHttpContent) {
        reason = "ended";
        context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failed(cause);
      context.close();
    }

    private void failed(Throwable cause) {
      reason = SteadyClientHandler.words(cause);
    }
  }
}
