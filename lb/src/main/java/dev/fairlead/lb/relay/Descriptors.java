package dev.fairlead.lb.relay;

import dev.fairlead.config.TcpConfig;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the data path asks of descriptors beyond reading and writing. */
final class Descriptors {

  /** linux/in.h and linux/tcp.h; the numbers are the same on every architecture. */
  private static final int IPPROTO_IP = 0;

  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IP_FREEBIND = 15;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_FREEBIND = 78;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_CORK = 3;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;
  private static final int TCP_QUICKACK = 12;
  private static final int TCP_USER_TIMEOUT = 18;

  /**
   * Descriptors for what is opened later: checks, elections, admin, pipes, jars. A quarter of a
   * small limit, but never less than a process needs that has just begun (63 of them with a virtual
   * router, twenty of those before its listeners).
   */
  private static final int MOST_RESERVED = 256;

  private static final int LEAST_RESERVED = 96;

  private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);

  private Descriptors() {}

  /** Sets or clears keepalive and the user timeout; accepted sockets inherit a listener's. */
  static void apply(TcpConfig tcp, Socket socket) throws IOException {
    socket.setKeepAlive(tcp.keepAlive());
    if (tcp.keepAlive()) {
      socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, seconds(tcp.keepAliveIdle()));
      socket.setIntOpt(IPPROTO_TCP, TCP_KEEPINTVL, seconds(tcp.keepAliveInterval()));
      socket.setIntOpt(IPPROTO_TCP, TCP_KEEPCNT, tcp.keepAliveProbes());
    }
    socket.setIntOpt(IPPROTO_TCP, TCP_USER_TIMEOUT, (int) tcp.userTimeout().toMillis());
  }

  /**
   * Whether acknowledgements wait for data to ride on, for 40 ms at most (tcp(7), TCP_QUICKACK).
   * Off before connect(2), the handshake's last one waits, too, and rides on the client's first
   * bytes. Accepted sockets inherit a listener's. On again, what waits is sent at once.
   */
  static void delayAcks(Socket socket, boolean delay) throws IOException {
    socket.setIntOpt(IPPROTO_TCP, TCP_QUICKACK, delay ? 0 : 1);
  }

  /** Small writes go out at once. Not Netty's own call, which a unix socket cannot decline. */
  static void noDelay(Socket socket) throws IOException {
    socket.setIntOpt(IPPROTO_TCP, TCP_NODELAY, 1);
  }

  /** Whether a packet that is not full waits for more, or for the end (tcp(7), TCP_CORK). */
  static void cork(Socket socket, boolean cork) throws IOException {
    socket.setIntOpt(IPPROTO_TCP, TCP_CORK, cork ? 1 : 0);
  }

  /** Lets a socket bind an address that is not here yet: a virtual address on a backup. */
  static void allowForeignAddress(Socket socket, boolean ipv6) throws IOException {
    socket.setIntOpt(ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_FREEBIND : IP_FREEBIND, 1);
  }

  /** An IPv6 socket that leaves IPv4 alone. */
  static void ipv6Only(Socket socket) throws IOException {
    socket.setIntOpt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }

  /** How many were open before there was any session; later ones hold two each themselves. */
  private static final class OpenAtStart {
    static final int COUNT = open();

    private OpenAtStart() {}

    private static int open() {
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
        return (int) descriptors.count();
      } catch (IOException e) {
        LOG.debug("open descriptors cannot be counted", e);
        return 0;
      }
    }
  }

  /**
   * Sessions that the descriptor limit of this process allows.
   *
   * @return at least 1
   */
  static int sessionsWithinLimit() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max open files")) {
          String soft = line.substring("Max open files".length()).strip().split("\\s+")[0];
          return sessionsWithin(
              soft.equals("unlimited") ? Integer.MAX_VALUE : Long.parseLong(soft),
              OpenAtStart.COUNT);
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.debug("the descriptor limit cannot be read", e);
    }
    return 4096;
  }

  /** Two sockets each, of what neither is open already nor has to be kept for other things. */
  static int sessionsWithin(long limit, int open) {
    long reserved = Math.clamp(limit / 4, LEAST_RESERVED, MOST_RESERVED);
    return (int) Math.max(1, (limit - open - reserved) / 2);
  }

  /** Whether a failed accept concerns only the connection that was being accepted (accept(2)). */
  static boolean isTransient(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Software caused connection abort")
        || message.contains("Connection reset")
        || message.contains("Interrupted system call");
  }

  static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      // Linux has released the descriptor whatever close(2) returns.
      LOG.debug("close", e);
    }
  }

  private static int seconds(Duration duration) {
    return (int) Math.max(1, duration.toSeconds());
  }
}
