package dev.fairlead.distribution;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The service manager's end of sd_notify. */
final class NotifySocket implements AutoCloseable {

  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();
  private final Path path;
  private final Channel channel;

  private NotifySocket(Path path) throws InterruptedException {
    this.path = path;
    channel =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainDatagramChannel.class)
            .handler(
                new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                  @Override
                  protected void channelRead0(
                      ChannelHandlerContext context, DomainDatagramPacket packet) {
                    messages.add(packet.content().toString(StandardCharsets.UTF_8));
                  }
                })
            .bind(new DomainSocketAddress(path.toString()))
            .sync()
            .channel();
  }

  static NotifySocket bind(Path path) throws InterruptedException {
    return new NotifySocket(path);
  }

  String path() {
    return path.toString();
  }

  /** Waits for the next message that has this line. */
  void await(String line) throws InterruptedException {
    long deadlineAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      String message = messages.poll(deadlineAt - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (message == null) {
        throw new AssertionError(line + " never came; before it: " + seen);
      }
      seen.add(message);
      if (message.lines().anyMatch(line::equals)) {
        return;
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    channel.close().sync();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }
}
