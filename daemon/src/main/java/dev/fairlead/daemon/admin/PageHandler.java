package dev.fairlead.daemon.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One admin HTTP connection: a request, its reply, the next request. Probes loop. */
final class PageHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(PageHandler.class);

  /** For a request to arrive, and, counted anew, for its reply to be taken. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Supplier<List<Page>> pages;
  private @Nullable ScheduledFuture<?> patience;
  private boolean answering;

  PageHandler(Supplier<List<Page>> pages) {
    this.pages = pages;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    renewPatience(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (patience != null) {
      patience.cancel(false);
    }
  }

  private void renewPatience(ChannelHandlerContext context) {
    if (patience != null) {
      patience.cancel(false);
    }
    patience =
        context
            .executor()
            .schedule(() -> context.close(), PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (answering) {
      // Nobody who scrapes or probes pipelines; one answer at a time keeps their order.
      context.close();
      return;
    }
    renewPatience(context);
    boolean head = request.method().equals(HttpMethod.HEAD);
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    if (request.decoderResult().isFailure()) {
      send(context, Page.Content.text(400, "not a valid HTTP request\n"), false, false);
      return;
    }
    if (!head && !request.method().equals(HttpMethod.GET)) {
      send(context, Page.Content.text(405, "only GET and HEAD\n"), false, false);
      return;
    }
    String uri = request.uri();
    int question = uri.indexOf('?');
    String path = question < 0 ? uri : uri.substring(0, question);
    String query = question < 0 ? "" : uri.substring(question + 1);
    String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
    for (Page page : pages.get()) {
      if (page.path().equals(path)) {
        answer(context, page, query, accept, head, keepAlive);
        return;
      }
    }
    send(context, notFound(), head, keepAlive);
  }

  private void answer(
      ChannelHandlerContext context,
      Page page,
      String query,
      String accept,
      boolean head,
      boolean keepAlive) {
    answering = true;
    page.answer()
        .to(query, accept)
        .whenComplete((content, failure) ->
            context
                .executor()
                .execute(() -> {
                  answering = false;
                  if (failure != null) {
                    LOG.warn("{} failed: {}", page.path(), failure.toString(), failure);
                    send(context, Page.Content.text(500, failure + "\n"), head, false);
                    return;
                  }
                  send(context, content, head, keepAlive);
                }));
  }

  private Page.Content notFound() {
    StringBuilder text = new StringBuilder("not found; here are:\n");
    pages.get().forEach(page -> text.append(page.path()).append('\n'));
    return Page.Content.text(404, text.toString());
  }

  private void send(
      ChannelHandlerContext context, Page.Content content, boolean head, boolean keepAlive) {
    byte[] bytes = content.text().getBytes(StandardCharsets.UTF_8);
    ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(content.status()), body);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, content.type())
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .setInt(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
    if (content.status() == 405) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    var sent = context.writeAndFlush(response);
    if (!keepAlive) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("admin connection ended: {}", cause.toString());
    context.close();
  }
}
