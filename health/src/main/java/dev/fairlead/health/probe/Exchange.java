package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens on one connection of a TLS or HTTP check: handshake, request, head of the response,
 * farewell.
 *
 * <p>The answer is reported as soon as it is known; then the connection is drained until the server
 * closes it, within bounds. Closing with unread bytes would send a reset, and a Go server that
 * still writes (a body, a session ticket) would log an error for every check.
 */
final class Exchange extends ChannelInboundHandlerAdapter {

  static final long FAREWELL_MILLIS = 1000;
  private static final int FAREWELL_BYTES = 64 * 1024;

  private final Attempt attempt;
  private final String certificateExpectation;
  private final @Nullable String request;
  private final IntConsumer answered;
  private final ResponseHead head = new ResponseHead();
  private int drainedBytes;
  private boolean over;

  /**
   * @param request null = the TLS handshake was the question
   * @param answered gets the HTTP status, or 0 when the handshake was the question; ends the
   *     attempt or starts the next connection
   */
  Exchange(
      Attempt attempt,
      String certificateExpectation,
      @Nullable String request,
      IntConsumer answered) {
    this.attempt = attempt;
    this.certificateExpectation = certificateExpectation;
    this.request = request;
    this.answered = answered;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    boolean encrypted = ctx.pipeline().get(SslHandler.class) != null;
    attempt.enter(encrypted ? Attempt.Stage.HANDSHAKE : Attempt.Stage.RESPONSE);
    if (!encrypted) {
      ask(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
      return;
    }
    if (!handshake.isSuccess()) {
      broken(ctx, handshake.cause());
      return;
    }
    if (request == null) {
      answer(ctx, 0);
      return;
    }
    attempt.enter(Attempt.Stage.RESPONSE);
    ask(ctx);
  }

  private void ask(ChannelHandlerContext ctx) {
    if (request != null) {
      ctx.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.ISO_8859_1));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof ByteBuf bytes) {
        read(ctx, bytes);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
    while (!over && bytes.isReadable()) {
      switch (head.accept(bytes.readByte())) {
        case MORE -> {}
        case COMPLETE -> answer(ctx, head.status());
        case NOT_HTTP -> refuse(ctx, "what came is not HTTP");
        case TOO_LONG ->
            refuse(ctx, "response head is longer than " + ResponseHead.MAX_BYTES + " bytes");
      }
    }
    drainedBytes += bytes.readableBytes();
    if (drainedBytes > FAREWELL_BYTES) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!over) {
      over = true;
      attempt.fail(
          head.isEmpty()
              ? Failure.closed("without an answer")
              : new Failure(
                  Outcome.PROTOCOL_ERROR, "connection closed in the middle of the response head"));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken(ctx, cause);
  }

  private void refuse(ChannelHandlerContext ctx, String detail) {
    over = true;
    attempt.fail(new Failure(Outcome.PROTOCOL_ERROR, detail));
    ctx.close();
  }

  private void broken(ChannelHandlerContext ctx, Throwable cause) {
    if (!over) {
      over = true;
      boolean handshake = attempt.stage() == Attempt.Stage.HANDSHAKE;
      attempt.fail(Failure.ofConnected(cause, handshake, certificateExpectation));
    }
    ctx.close();
  }

  private void answer(ChannelHandlerContext ctx, int status) {
    over = true;
    answered.accept(status);
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (request == null && tls != null) {
      // Nobody will answer, so nobody would close: say goodbye first.
      tls.closeOutbound().addListener(sent -> ((SocketChannel) ctx.channel()).shutdownOutput());
    }
    var limit = ctx.executor().schedule(() -> ctx.close(), FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> limit.cancel(false));
  }
}
