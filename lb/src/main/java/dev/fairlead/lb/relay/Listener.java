package dev.fairlead.lb.relay;

import dev.fairlead.config.EntranceConfig;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.lb.ListenException;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One address that is listened on: one socket for each event loop, among which the kernel spreads
 * connections (SO_REUSEPORT).
 *
 * <p>SO_REUSEPORT alone would let a second instance of the same user bind silently and take half
 * the connections. So the first socket binds and listens without it, which fails if anybody else
 * listens there, and joins the group afterwards.
 *
 * <p>Every address ({@code *}) is one group of sockets for IPv4 and one for IPv6, because a
 * dual-stack socket's IPv4 connections take the longer way through the kernel.
 *
 * <p>Opened and closed by the control loop; each {@link Acceptor} belongs to its event loop.
 */
public final class Listener {

  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  /**
   * Ports to be tried when any will do. Where most of them are a client's, be it one that waits for
   * its last packets (TIME_WAIT), a free one takes a while to find.
   */
  private static final int CHOSEN_PORTS = 64;

  private final ListenerConfig config;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final List<RelayLoop> loops;
  private CountDownLatch closed = new CountDownLatch(0);
  private int port;
  private volatile Frontend frontend;

  /** Binds beside a listener of our own that is about to go, and listens only when started. */
  private boolean successor;

  private int backlog;

  /** What the sockets have. */
  private FrontendConfig applied;

  /** Its socket and file, when it is a unix socket. */
  private @Nullable UnixListening unix;

  /** The loop that gets a unix socket's next connection. Of the accepting loop's thread. */
  private int nextLoop;

  private Listener(
      ListenerConfig config, FrontendConfig settings, List<RelayLoop> loops, Frontend frontend) {
    this.applied = settings;
    this.config = config;
    this.loops = loops;
    this.frontend = frontend;
    this.port = config.port();
  }

  /**
   * Binds and listens, but accepts nothing yet.
   *
   * @param leaving listeners of this process that stop once this one has started. Where one of them
   *     is in the way ({@code *:8443} before {@code 10.0.0.1:8443}), this one binds beside it, and
   *     listens only when started: until then connections are the other's
   * @throws ListenException somebody else listens there, or the address or port may not be used
   */
  public static Listener open(
      ListenerConfig config,
      FrontendConfig settings,
      Frontend frontend,
      List<RelayLoop> loops,
      Collection<Listener> leaving)
      throws ListenException {
    for (int attempt = 1; ; attempt++) {
      Listener listener = new Listener(config, settings, loops, frontend);
      listener.successor = listener.shareWith(leaving);
      try {
        listener.bindAll(settings);
        return listener;
      } catch (IOException | RuntimeException e) {
        listener.abort();
        // The port that the kernel has chosen in one family can be somebody's in the other.
        if (config.port() != 0 || attempt == CHOSEN_PORTS) {
          throw new ListenException(config, reason(e));
        }
      }
    }
  }

  /** Lets us bind beside those that are in the way; whether there are any. */
  private boolean shareWith(Collection<Listener> leaving) {
    boolean any = false;
    for (Listener other : leaving) {
      if (config.overlaps(other.bound())) {
        any = true;
        for (Acceptor acceptor : other.acceptors) {
          try {
            acceptor.socket().setReusePort(true);
          } catch (IOException e) {
            // Then binding fails, and says why.
            LOG.debug("listener {} cannot be shared", other.config, e);
          }
        }
      }
    }
    return any;
  }

  private void bindAll(FrontendConfig settings) throws IOException {
    backlog = settings.backlog();
    applied = settings;
    if (config.isUnix()) {
      UnixListening listening =
          UnixListening.open(config.address(), settings.entrance().unix(), settings.backlog());
      unix = listening;
      acceptors.add(new Acceptor(this, loops.getFirst(), listening.socket(), false));
    } else if (!config.address().equals(ListenerConfig.ANY)) {
      bindGroup(settings, InetAddress.ofLiteral(config.address()));
    } else {
      try {
        bindGroup(settings, InetAddress.ofLiteral("::"));
      } catch (IOException | RuntimeException e) {
        if (!isWithoutFamily(e)) {
          throw e;
        }
      }
      try {
        bindGroup(settings, InetAddress.ofLiteral("0.0.0.0"));
      } catch (IOException | RuntimeException e) {
        if (acceptors.isEmpty() || !isWithoutFamily(e)) {
          throw e;
        }
      }
    }
    closed = new CountDownLatch(acceptors.size());
  }

  private void bindGroup(FrontendConfig settings, InetAddress address) throws IOException {
    boolean first = true;
    for (RelayLoop loop : loops) {
      Socket socket = bind(settings, first, address);
      acceptors.add(new Acceptor(this, loop, socket, address instanceof Inet6Address));
      if (port == 0) {
        InetSocketAddress bound = socket.localAddress();
        port = bound == null ? 0 : bound.getPort();
      }
      first = false;
    }
  }

  /** With the port that was really bound. */
  public ListenerConfig bound() {
    return new ListenerConfig(config.address(), port);
  }

  /** What was asked for: the identity key in a reload. */
  public ListenerConfig config() {
    return config;
  }

  Frontend frontend() {
    return frontend;
  }

  /** Leads the next connections elsewhere, and applies changed socket options. */
  public void lead(Frontend to, FrontendConfig settings) throws IOException {
    frontend = to;
    FrontendConfig before = applied;
    applied = settings;
    if (unix != null) {
      unix.permit(settings.entrance().unix());
    }
    for (Acceptor acceptor : acceptors) {
      Socket socket = acceptor.socket();
      if (unix == null) {
        tune(socket, settings.tcp());
        mark(socket, before.entrance(), settings.entrance(), acceptor.isIpv6());
      }
      if (settings.backlog() != before.backlog()) {
        // On a socket that listens already, only the length of its queue changes.
        socket.listen(settings.backlog());
      }
    }
  }

  private static void tune(Socket socket, TcpConfig tcp) throws IOException {
    Descriptors.apply(tcp, socket);
    Descriptors.delayAcks(socket, tcp.delayedAcks());
  }

  /** Accepted sockets inherit all of these. */
  private static void mark(
      Socket socket, EntranceConfig before, EntranceConfig wanted, boolean ipv6)
      throws IOException {
    SocketOptions.apply(before.socket(), wanted.socket(), socket, ipv6);
    if (wanted.transparent() != before.transparent()) {
      SocketOptions.transparent(socket, ipv6, wanted.transparent());
    }
    if (wanted.fastOpen() != before.fastOpen()) {
      SocketOptions.fastOpen(socket, wanted.fastOpen());
    }
  }

  /**
   * A connection of a unix socket, of which there is only one for all loops, goes to each in turn.
   */
  void handOver(RelayLoop from, Frontend to, Frontend.Route route, UnixStream client) {
    RelayLoop loop = loops.get(nextLoop++ % loops.size());
    if (nextLoop == loops.size()) {
      nextLoop = 0;
    }
    if (loop.index() == from.index()) {
      Doorkeeper.receive(loop, to, route, client, 0, 0, 0);
    } else {
      loop.execute(() -> Doorkeeper.receive(loop, to, route, client, 0, 0, 0));
    }
  }

  /** Starts accepting on every loop. */
  public void start() {
    if (successor) {
      listen();
    }
    for (Acceptor acceptor : acceptors) {
      acceptor.loop().execute(acceptor::start);
    }
  }

  private void listen() {
    for (Acceptor acceptor : acceptors) {
      try {
        acceptor.socket().listen(backlog);
      } catch (IOException e) {
        // The kernel has checked the address when it was bound; this would be news.
        LOG.error("cannot listen on {}: {}", config, reason(e));
      }
    }
  }

  /** Accepts what the kernel has queued, then closes, on every loop. */
  public void stop() {
    CountDownLatch each = closed;
    if (unix != null) {
      unix.remove();
    }
    for (Acceptor acceptor : acceptors) {
      acceptor
          .loop()
          .execute(() -> {
            acceptor.stop();
            each.countDown();
          });
    }
  }

  /**
   * Waits until a stopped listener has closed its sockets, so that its port can be bound again. An
   * event loop does that within microseconds; the bound is for one that hangs.
   *
   * @return whether it has
   */
  public boolean awaitClosed(Duration limit) throws InterruptedException {
    return closed.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Closes sockets of a listener that was never started. */
  public void abort() {
    acceptors.forEach(Acceptor::close);
    acceptors.clear();
    if (unix != null) {
      unix.remove();
    }
  }

  private Socket bind(FrontendConfig settings, boolean first, InetAddress address)
      throws IOException {
    boolean ipv6 = address instanceof Inet6Address;
    Socket socket = LinuxSocket.newSocketStream(ipv6);
    try {
      socket.setReuseAddress(true);
      if (!first || successor) {
        socket.setReusePort(true);
      }
      if (ipv6) {
        Descriptors.ipv6Only(socket);
      }
      Descriptors.allowForeignAddress(socket, ipv6);
      // Accepted sockets inherit these, so they cost nothing per connection.
      socket.setTcpNoDelay(true);
      tune(socket, settings.tcp());
      mark(socket, EntranceConfig.NONE, settings.entrance(), ipv6);
      socket.bind(new InetSocketAddress(address, port));
      if (!successor) {
        socket.listen(settings.backlog());
      }
      if (first && loops.size() > 1) {
        socket.setReusePort(true);
      }
      return socket;
    } catch (IOException | RuntimeException e) {
      Descriptors.close(socket);
      throw e;
    }
  }

  private static boolean isWithoutFamily(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Address family not supported")
        || message.contains("Cannot assign requested address");
  }

  private static String reason(Exception e) {
    @Nullable String message = e.getMessage();
    String text = message == null ? e.toString() : message;
    if (e instanceof UnknownHostException) {
      return "not an IP address";
    }
    if (text.contains("Address already in use")) {
      return "another process listens there (ss -ltnp names it)";
    }
    if (text.contains("Permission denied")) {
      return "permission denied: ports below 1024 need CAP_NET_BIND_SERVICE";
    }
    return text;
  }
}
