package dev.fairlead.daemon.demo;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The demo's client: opens a new TLS connection at a steady rate, whatever became of the ones
 * before, asks {@code GET /version}, and writes one {@link Request} a line to standard output.
 *
 * <p>When standard input ends it starts no more, waits for those under way, and ends.
 */
@Command(
    name = "client",
    hidden = true,
    description = "Opens connections at a steady rate; started by the demo.")
final class SteadyClientCommand implements Callable<Integer> {

  @Option(names = "--connect", required = true, paramLabel = "ADDRESS:PORT")
  String connect = "";

  @Option(names = "--trust", required = true, paramLabel = "FILE")
  Path trust = Path.of("");

  @Option(names = "--rate", required = true, paramLabel = "PER_SECOND")
  int rate;

  @Option(names = "--deadline", required = true, paramLabel = "MILLISECONDS")
  int deadlineMillis;

  /** Connections that are not closed yet; event loop only. */
  private int underWay;

  @Override
  public Integer call() throws IOException, InterruptedException {
    InetSocketAddress target = Endpoint.parse(connect);
    SslContext tls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(trust.toFile())
            .build();
    // One loop: the order of the lines is the order of the events.
    var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    EventLoop loop = group.next();
    var ticks =
        loop.scheduleAtFixedRate(
            () -> open(loop, tls, target), 0, 1_000_000_000L / rate, TimeUnit.NANOSECONDS);
    drain(System.in);
    ticks.cancel(false);
    // Deadlines bound every one of them, so this ends.
    loop.scheduleAtFixedRate(this::endWhenIdle, 0, 10, TimeUnit.MILLISECONDS);
    group.terminationFuture().sync();
    return 0;
  }

  private void endWhenIdle() {
    if (underWay == 0) {
      Runtime.getRuntime().halt(0);
    }
  }

  private void open(EventLoop loop, SslContext tls, InetSocketAddress target) {
    SteadyClientHandler handler = new SteadyClientHandler(connect, System.nanoTime(), System.out);
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
                            tls.newHandler(
                                channel.alloc(),
                                target.getAddress().getHostAddress(),
                                target.getPort()),
                            new HttpClientCodec(),
                            handler);
                  }
                });
    var connecting = bootstrap.connect(target);
    Channel channel = connecting.channel();
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        handler.failed(done.cause());
      }
    });
    var deadline =
        loop.schedule(
            () -> {
              handler.failed("timeout");
              channel.close();
            },
            deadlineMillis,
            TimeUnit.MILLISECONDS);
    underWay++;
    channel
        .closeFuture()
        .addListener(closed -> {
          underWay--;
          deadline.cancel(false);
        });
  }

  private static void drain(InputStream in) throws IOException {
    byte[] ignored = new byte[256];
    while (in.read(ignored) >= 0) {
      // Only its end matters.
    }
  }
}
