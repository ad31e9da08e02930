package dev.fairlead.health.probe;

import dev.fairlead.config.CheckWay;
import dev.fairlead.config.SocketConfig;
import dev.fairlead.config.UnixAddress;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How a probe reaches an address: the socket, what marks it, where from, and what it says first.
 */
final class Way {

  /** asm-generic/socket.h and linux/in.h, linux/in6.h. */
  private static final int SOL_SOCKET = 1;

  private static final int SO_BINDTODEVICE = 25;
  private static final int SO_MARK = 36;
  private static final int IPPROTO_IP = 0;
  private static final int IP_TOS = 1;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_TCLASS = 67;

  /** The two lowest bits of what was the type of service are not part of the class (RFC 3168). */
  private static final int ECN_BITS = 2;

  /** As the kernel likes. */
  static final Way PLAIN = new Way(CheckWay.PLAIN);

  private final CheckWay way;

  Way(CheckWay way) {
    this.way = way;
  }

  /** Whether {@link #channel} connects by itself. */
  static boolean isConnectedAtOnce(InetSocketAddress address) {
    return UnixAddress.isUnix(address) && UnixAddress.isPadded(address.getHostString());
  }

  /**
   * A channel that is not connected yet, unless {@link #isConnectedAtOnce} says so.
   *
   * @throws io.netty.channel.ChannelException it cannot be had, or not with these marks
   * @throws IOException nobody listens there
   */
  Channel channel(InetSocketAddress address) throws IOException {
    boolean ipv6 = address.getAddress() instanceof Inet6Address;
    Channel channel;
    if (isConnectedAtOnce(address)) {
      channel = PaddedName.connected(UnixAddress.bytes(address.getHostString()));
    } else if (UnixAddress.isUnix(address)) {
      channel = new EpollDomainSocketChannel();
    } else {
      channel =
          new EpollSocketChannel(ipv6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
    }
    mark(channel, ipv6);
    way.greeting()
        .ifPresent(version -> channel.pipeline().addLast(new Greeting(version.ownHeader())));
    return channel;
  }

  private void mark(Channel channel, boolean ipv6) {
    SocketConfig marks = way.socket();
    marks
        .device()
        .ifPresent(name -> {
          ByteBuffer value = ByteBuffer.allocate(name.length() + 1);
          value.put(name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0).flip();
          channel
              .config()
              .setOption(
                  new RawUnixChannelOption(
                      "SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, value.remaining()),
                  value);
        });
    if (marks.mark() != 0) {
      channel
          .config()
          .setOption(
              new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, SO_MARK), (int) marks.mark());
    }
    if (marks.dscp() != 0) {
      channel
          .config()
          .setOption(
              ipv6
                  ? new IntegerUnixChannelOption("IPV6_TCLASS", IPPROTO_IPV6, IPV6_TCLASS)
                  : new IntegerUnixChannelOption("IP_TOS", IPPROTO_IP, IP_TOS),
              marks.dscp() << ECN_BITS);
    }
  }

  /** As Netty's channel wants it. */
  static SocketAddress remote(InetSocketAddress address) {
    return UnixAddress.isUnix(address)
        ? new DomainSocketAddress(
            new String(UnixAddress.bytes(address.getHostString()), StandardCharsets.UTF_8))
        : address;
  }

  /** Where from; null = the kernel's choice. */
  @Nullable SocketAddress local() {
    return way.source().map(source -> new InetSocketAddress(source, 0)).orElse(null);
  }

  /** Says whom the connection is from before anybody else says anything. */
  private static final class Greeting extends ChannelInboundHandlerAdapter {
    private final byte[] header;

    Greeting(byte[] header) {
      this.header = header;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(Unpooled.wrappedBuffer(header));
      ctx.fireChannelActive();
    }
  }
}
