package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens on one connection of a TLS or HTTP check: handshake, request, response, perhaps more
 * of both, farewell.
 *
 * <p>The answer is reported as soon as it is known. Then the connection is kept for the next check,
 * if both sides want that; else it is drained until the server closes it, within bounds. Closing
 * with unread bytes would send a reset, and a Go server that still writes (a body, a session
 * ticket) would log an error for every check.
 */
final class Exchange extends ChannelInboundHandlerAdapter {

  static final long FAREWELL_MILLIS = 1000;
  private static final int FAREWELL_BYTES = 64 * 1024;

  /**
   * One check on the connection.
   *
   * @param request null = the TLS handshake is the question
   * @param keep whether the connection is wanted for another check
   * @param answered gets the HTTP status, or 0 when the handshake was the question; ends the
   *     attempt or starts the next connection
   * @param stale called instead of a failure when a kept connection ends before the first byte of
   *     the answer: the server had closed it when we asked, which says nothing; null on a new
   *     connection, where it says everything
   */
  record Asking(
      Attempt attempt,
      @Nullable String request,
      boolean keep,
      IntConsumer answered,
      @Nullable Runnable stale) {}

  /** Who keeps connections between checks. */
  interface Keeper {
    /** The connection is ready for another check. */
    void idle(Exchange connection);

    /** The server has ended a connection that was kept. */
    void ended(Exchange connection);
  }

  /** Keeps none. */
  static final Keeper NONE =
      new Keeper() {
        @Override
        public void idle(Exchange connection) {
          connection.close();
        }

        @Override
        public void ended(Exchange connection) {}
      };

  private enum State {
    ASKED,
    /** Answered; the rest of the response is still to come. */
    BODY,
    IDLE,
    OVER
  }

  private final String certificateExpectation;
  private final Keeper keeper;
  private Asking asking;
  private ResponseHead head = new ResponseHead();
  private ResponseBody body = ResponseBody.ofLength(0);
  private State state = State.ASKED;
  private int checks = 1;
  private int bytesAfterHead;
  private @Nullable ChannelHandlerContext context;

  Exchange(String certificateExpectation, Asking first, Keeper keeper) {
    this.certificateExpectation = certificateExpectation;
    this.asking = first;
    this.keeper = keeper;
  }

  /** How many checks it has carried, the one under way included. */
  int checks() {
    return checks;
  }

  /** Another check on a connection that is idle. */
  void ask(Asking next) {
    ChannelHandlerContext ctx = context;
    if (state != State.IDLE || ctx == null) {
      throw new IllegalStateException("asked while " + state);
    }
    asking = next;
    head = new ResponseHead();
    state = State.ASKED;
    checks++;
    next.attempt().reuse(ctx.channel());
    request(ctx);
  }

  /** It is not needed any more: says goodbye. */
  void close() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && state != State.OVER) {
      state = State.OVER;
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      if (tls == null) {
        ((DuplexChannel) ctx.channel()).shutdownOutput();
      }
      farewell(ctx, true);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    boolean encrypted = ctx.pipeline().get(SslHandler.class) != null;
    asking.attempt().enter(encrypted ? Attempt.Stage.HANDSHAKE : Attempt.Stage.RESPONSE);
    if (!encrypted) {
      request(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent && (state == State.IDLE || state == State.BODY)) {
      // It will say no more, and a connection that can only be written to is of no use.
      ctx.close();
    }
    if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
      return;
    }
    if (!handshake.isSuccess()) {
      broken(ctx, handshake.cause());
      return;
    }
    if (asking.request() == null) {
      answer(ctx, 0);
      return;
    }
    asking.attempt().enter(Attempt.Stage.RESPONSE);
    request(ctx);
  }

  private void request(ChannelHandlerContext ctx) {
    String request = asking.request();
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
    while (state == State.ASKED && bytes.isReadable()) {
      switch (head.accept(bytes.readByte())) {
        case MORE -> {}
        case COMPLETE -> answer(ctx, head.status());
        case NOT_HTTP -> refuse(ctx, "what came is not HTTP");
        case TOO_LONG ->
            refuse(ctx, "response head is longer than " + ResponseHead.MAX_BYTES + " bytes");
      }
    }
    bytesAfterHead += bytes.readableBytes();
    if (bytesAfterHead > FAREWELL_BYTES) {
      ctx.close();
      return;
    }
    if (state == State.BODY) {
      body.accept(bytes);
      restOfBody(ctx);
    }
    if (state == State.IDLE && bytes.isReadable()) {
      // Nobody has asked for this.
      ctx.close();
    }
  }

  private void restOfBody(ChannelHandlerContext ctx) {
    if (body.isBroken()) {
      ctx.close();
    } else if (body.isComplete()) {
      state = State.IDLE;
      bytesAfterHead = 0;
      keeper.idle(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended(
        head.isEmpty()
            ? Failure.closed("without an answer")
            : new Failure(
                Outcome.PROTOCOL_ERROR, "connection closed in the middle of the response head"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broken(ctx, cause);
  }

  private void refuse(ChannelHandlerContext ctx, String detail) {
    state = State.OVER;
    asking.attempt().fail(new Failure(Outcome.PROTOCOL_ERROR, detail));
    ctx.close();
  }

  private void broken(ChannelHandlerContext ctx, Throwable cause) {
    boolean handshake = asking.attempt().stage() == Attempt.Stage.HANDSHAKE;
    ended(Failure.ofConnected(cause, handshake, certificateExpectation));
    ctx.close();
  }

  private void ended(Failure failure) {
    State before = state;
    state = State.OVER;
    switch (before) {
      case ASKED -> {
        Runnable stale = asking.stale();
        if (stale != null && head.isEmpty() && !asking.attempt().isFinished()) {
          stale.run();
        } else {
          asking.attempt().fail(failure);
        }
      }
      case BODY, IDLE -> keeper.ended(this);
      case OVER -> {}
    }
  }

  private void answer(ChannelHandlerContext ctx, int status) {
    boolean keep = asking.keep() && asking.request() != null && head.keepsConnection();
    state = keep ? State.BODY : State.OVER;
    body = keep ? head.body() : body;
    asking.answered().accept(status);
    if (!keep) {
      farewell(ctx, asking.request() == null);
    } else if (state == State.BODY) {
      restOfBody(ctx);
    }
  }

  /**
   * @param first whether we have to say goodbye: when nobody will answer, nobody would close
   */
  private static void farewell(ChannelHandlerContext ctx, boolean first) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (first && tls != null) {
      tls.closeOutbound().addListener(sent -> ((DuplexChannel) ctx.channel()).shutdownOutput());
    }
    var limit = ctx.executor().schedule(() -> ctx.close(), FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> limit.cancel(false));
  }
}
