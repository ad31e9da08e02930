package dev.fairlead.daemon.demo;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The demo's client: opens a new TLS connection at a steady rate, whatever became of the ones
 * before, asks one question, and writes one {@link Request} a line to standard output.
 *
 * <p>A request counts from the moment it was due, so that a client that was held up cannot hide
 * what the others behind it waited (coordinated omission); how late it was is a line of its own.
 * Nothing that servers do can make it late, since it waits for none of them.
 *
 * <p>When standard input ends it starts no more, waits for those under way, and ends.
 */
@Command(
    name = "client",
    hidden = true,
    description = "Opens connections at a steady rate; started by the demo.")
final class SteadyClientCommand implements Callable<Integer> {

  /** Later than this a reader must know: the machine, not the server, made the client wait. */
  private static final long LATE_NANOS = 20_000_000;

  /** Later than this it is left out: a burst of those that are overdue would be another load. */
  private static final long LOST_NANOS = 200_000_000;

  @Option(names = "--connect", required = true, paramLabel = "ADDRESS:PORT")
  String connect = "";

  @Option(names = "--trust", required = true, paramLabel = "FILE")
  Path trust = Path.of("");

  @Option(names = "--rate", required = true, paramLabel = "PER_SECOND")
  int rate;

  @Option(names = "--deadline", required = true, paramLabel = "MILLISECONDS")
  int deadlineMillis;

  @Option(names = "--path", paramLabel = "PATH")
  String path = "/version";

  @Option(names = "--from", split = ",", paramLabel = "ADDRESS")
  List<String> from = List.of();

  @Option(names = "--certificate", paramLabel = "FILE")
  @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE")
  @Nullable Path key;

  @Option(names = "--watches", paramLabel = "COUNT")
  int watches;

  @Option(names = "--watch-path", paramLabel = "PATH")
  String watchPath = "";

  @Option(names = "--watch-body", paramLabel = "TEXT")
  String watchBody = "";

  /** Connections that are not closed yet; event loop only. */
  private int underWay;

  /** When the next request is due; event loop only. */
  private long dueAt;

  @Override
  public Integer call() throws IOException, InterruptedException {
    SslContextBuilder tls = SslContextBuilder.forClient().trustManager(trust.toFile());
    if (certificate != null && key != null) {
      tls.keyManager(certificate.toFile(), key.toFile());
    }
    List<InetSocketAddress> sources = new ArrayList<>();
    for (String source : from) {
      sources.add(new InetSocketAddress(source, 0));
    }
    // One loop: the order of the lines is the order of the events.
    var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    EventLoop loop = group.next();
    Dialer dialer = new Dialer(loop, tls.build(), Endpoint.parse(connect), sources);
    SteadyPlan.Watches plan = new SteadyPlan.Watches(watches, watchPath, watchBody);
    for (int i = 0; i < watches; i++) {
      loop.execute(() -> new SteadyWatch(dialer, plan, System.out).open());
    }
    long interval = 1_000_000_000L / rate;
    dueAt = System.nanoTime();
    var ticks =
        loop.scheduleAtFixedRate(
            () -> {
              openIfDue(dialer, interval);
            },
            0,
            interval,
            TimeUnit.NANOSECONDS);
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

  private void openIfDue(Dialer dialer, long interval) {
    long now = System.nanoTime();
    while (dueAt - now <= 0) {
      long late = now - dueAt;
      if (late > LATE_NANOS) {
        System.out.println(ClientLog.LATE + now + " " + late / 1000);
      }
      if (late < LOST_NANOS) {
        open(dialer, dueAt);
      }
      dueAt += interval;
    }
  }

  private void open(Dialer dialer, long startNanos) {
    SteadyClientHandler handler =
        new SteadyClientHandler(dialer.host(), path, startNanos, System.out);
    Channel channel = dialer.open(handler, handler::failed);
    var deadline =
        dialer
            .loop()
            .schedule(
                () -> {
                  handler.failed("timeout");
                  channel.close();
                },
                startNanos + deadlineMillis * 1_000_000L - System.nanoTime(),
                TimeUnit.NANOSECONDS);
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
