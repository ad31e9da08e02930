package dev.fairlead.health.probe;

import dev.fairlead.config.UnixAddress;
import dev.fairlead.health.CheckResult;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Can it be connected to? The server's process never learns that it was asked.
 *
 * <p>With TCP_QUICKACK off the kernel holds back the ACK that would complete the handshake (up to
 * 40–200 ms), and closing with SO_LINGER 0 sends a reset in its place: the server's kernel drops
 * the half-open request, nothing reaches the accept queue, and no apiserver logs "TLS handshake
 * error … EOF". Both options must be set before the connect.
 */
final class TcpProbe implements Probe {

  private final EventLoop loop;
  private final Way way;
  private final InetSocketAddress address;
  private final Duration timeout;

  TcpProbe(EventLoop loop, Way way, InetSocketAddress address, Duration timeout) {
    this.way = way;
    this.loop = loop;
    this.address = address;
    this.timeout = timeout;
  }

  @Override
  public void run(boolean fresh, Consumer<CheckResult> done) {
    Attempt attempt = new Attempt(loop, timeout, done);
    Bootstrap bootstrap =
        new Bootstrap()
            .option(ChannelOption.AUTO_READ, false)
            .handler(new ChannelInboundHandlerAdapter());
    if (!UnixAddress.isUnix(address)) {
      bootstrap.option(EpollChannelOption.TCP_QUICKACK, false).option(ChannelOption.SO_LINGER, 0);
    }
    attempt.connect(
        bootstrap,
        way,
        address,
        channel -> {
          // First the reset, then the words: every microsecond counts against the delayed ACK.
          channel.close();
          attempt.succeed(
              new CheckResult(CheckResult.Outcome.OK, "connected", 0, attempt.elapsed()));
        });
  }
}
