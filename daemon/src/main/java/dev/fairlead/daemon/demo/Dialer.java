package dev.fairlead.daemon.demo;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/** Opens TLS connections to one target, from several local addresses in turn; one event loop. */
final class Dialer {

  private final EventLoop loop;
  private final SslContext tls;
  private final InetSocketAddress target;
  private final List<InetSocketAddress> sources;
  private int next;

  /**
   * @param sources with port 0; empty = the kernel's choice
   */
  Dialer(
      EventLoop loop, SslContext tls, InetSocketAddress target, List<InetSocketAddress> sources) {
    this.loop = loop;
    this.tls = tls;
    this.target = target;
    this.sources = sources;
  }

  EventLoop loop() {
    return loop;
  }

  /** Host header. */
  String host() {
    return target.getAddress().getHostAddress();
  }

  /**
   * Opens one.
   *
   * @param handler behind TLS and HTTP
   * @param failed told why it could not be opened
   */
  Channel open(ChannelHandler handler, Consumer<Throwable> failed) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            tls.newHandler(channel.alloc(), host(), target.getPort()),
                            new HttpClientCodec(),
                            handler);
                  }
                });
    var connecting =
        sources.isEmpty()
            ? bootstrap.connect(target)
            : bootstrap.connect(target, sources.get(next++ % sources.size()));
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        failed.accept(done.cause());
      }
    });
    return connecting.channel();
  }
}
