package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.lb.SessionRecord;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Each line a datagram: to syslog, by UDP or on this host, or to journald. */
final class DatagramOutlet implements Outlet {

  /** Lines are a few hundred bytes. */
  private static final int ROOM = 8192;

  /** Between two attempts while the receiver's queue is full. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Between two attempts to reach a receiver that is not there. */
  private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final SocketAddress address;
  private final SessionEnvelope envelope;
  private final ByteBuffer datagram = ByteBuffer.allocateDirect(ROOM);
  private @Nullable Socket socket;
  private long triedAt = System.nanoTime() - REOPEN_NANOS;
  private @Nullable IOException lastFailure;
  private volatile boolean closed;

  private DatagramOutlet(SocketAddress address, SessionEnvelope envelope) {
    this.address = address;
    this.envelope = envelope;
  }

  static DatagramOutlet udp(Target.SyslogUdp target, String hostName) {
    return new DatagramOutlet(
        target.address(), new SessionEnvelope(SessionEnvelope.Kind.SYSLOG_REMOTE, hostName));
  }

  static DatagramOutlet syslog(Target.SyslogSocket target, String hostName) {
    return new DatagramOutlet(
        new DomainSocketAddress(target.path().toString()),
        new SessionEnvelope(SessionEnvelope.Kind.SYSLOG_LOCAL, hostName));
  }

  static DatagramOutlet journal(Target.Journal target, String hostName) {
    return new DatagramOutlet(
        new DomainSocketAddress(target.path().toString()),
        new SessionEnvelope(SessionEnvelope.Kind.JOURNAL, hostName));
  }

  @Override
  public boolean write(StringBuilder line, AccessLogConfig how, SessionRecord session)
      throws IOException {
    envelope.append(line, how, session);
    byte[] bytes = line.toString().getBytes(StandardCharsets.UTF_8);
    datagram.clear();
    datagram.put(bytes, 0, Math.min(bytes.length, ROOM));
    boolean connected = socket != null;
    try {
      send(open());
    } catch (IOException e) {
      close(e);
      if (!connected) {
        throw e;
      }
      // The error may be an earlier datagram's (UDP), or the receiver has been started anew.
      triedAt = System.nanoTime() - REOPEN_NANOS;
      try {
        send(open());
      } catch (IOException again) {
        close(again);
        throw again;
      }
    }
    return true;
  }

  private void send(Socket to) throws IOException {
    // 0: its queue is full. That is what this thread is for; those who end sessions do not wait.
    while (to.send(datagram, 0, datagram.position()) == 0) {
      if (closed) {
        throw new IOException("it takes nothing");
      }
      LockSupport.parkNanos(this, RETRY_NANOS);
    }
  }

  private Socket open() throws IOException {
    Socket current = socket;
    if (current != null) {
      return current;
    }
    long now = System.nanoTime();
    if (lastFailure != null && now - triedAt < REOPEN_NANOS) {
      throw lastFailure;
    }
    triedAt = now;
    Socket opened;
    try {
      opened =
          address instanceof InetSocketAddress inet
              ? LinuxSocket.newSocketDgram(inet.getAddress() instanceof Inet6Address)
              : LinuxSocket.newSocketDomainDgram();
    } catch (RuntimeException e) {
      // Netty wraps socket(2)'s error.
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
    socket = opened;
    try {
      opened.connect(address);
    } catch (FileNotFoundException e) {
      // Netty's has no words.
      throw new IOException(
          "there is no such socket; in a container it has to be mounted, and somebody must listen",
          e);
    } catch (NoRouteToHostException e) {
      throw new IOException("there is no route to it", e);
    }
    lastFailure = null;
    return opened;
  }

  private void close(IOException reason) {
    lastFailure = reason;
    end();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void end() {
    Socket current = socket;
    socket = null;
    if (current != null) {
      try {
        current.close();
      } catch (IOException e) {
        lastFailure = e;
      }
    }
  }
}
