package dev.fairlead.lb.relay;

import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.proxy.ProxyHeader;
import dev.fairlead.lb.proxy.ProxyHeaderReader;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose PROXY protocol header is still to come. Most bring it with the first packet,
 * and are never watched. It holds a place in the frontend, so there are never more than sessions
 * may be.
 */
final class Greeting implements EpollIoHandle {

  private final RelayLoop loop;
  private final Frontend frontend;
  private final Frontend.Route route;
  private final FileDescriptor socket;
  private final long peerHigh;
  private final long peerLow;
  private final int peerPort;
  private final ProxyHeaderReader reader = new ProxyHeaderReader();
  private @Nullable IoRegistration registration;
  private long deadlineAt;
  private boolean over;

  Greeting(
      RelayLoop loop,
      Frontend frontend,
      Frontend.Route route,
      FileDescriptor socket,
      long peerHigh,
      long peerLow,
      int peerPort) {
    this.loop = loop;
    this.frontend = frontend;
    this.route = route;
    this.socket = socket;
    this.peerHigh = peerHigh;
    this.peerLow = peerLow;
    this.peerPort = peerPort;
  }

  void begin(Duration timeout) {
    deadlineAt = System.nanoTime() + timeout.toNanos();
    read();
    if (over) {
      return;
    }
    registration = loop.watch(this);
    if (registration == null) {
      reject(Rejection.PROXY_ENDED);
      return;
    }
    loop.greetings().add(this);
    registration.submit(Events.ARRIVALS);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    if (over) {
      return;
    }
    try {
      read();
    } catch (RuntimeException | Error e) {
      // As Relay does: thrown on, it would cost others their events, and a second.
      over = true;
      unwatch();
      loop.execute(() -> Doorkeeper.broken(frontend, route, socket, e));
    }
  }

  @Override
  public void close() {
    // The event loop ends.
    if (!over) {
      over = true;
      Descriptors.close(socket);
    }
  }

  /** Looks at the clock. */
  void tick(long now) {
    if (!over && now - deadlineAt >= 0) {
      reject(Rejection.PROXY_TIMEOUT);
    }
  }

  /** This process is stopping. */
  void abandon() {
    if (!over) {
      over = true;
      unwatch();
      Descriptors.close(socket);
      frontend.leave();
    }
  }

  private void read() {
    Chunk scratch = loop.scratch();
    while (reader.wanted() > 0) {
      int count;
      try {
        count = socket.readAddress(scratch.address(), 0, reader.wanted());
      } catch (IOException e) {
        reject(Rejection.PROXY_ENDED);
        return;
      }
      if (count == 0) {
        return;
      }
      if (count < 0) {
        reject(Rejection.PROXY_ENDED);
        return;
      }
      reader.accept(scratch.bytes(count));
    }
    ProxyHeader header = reader.header();
    if (header == null) {
      reject(rejection(reader.refusal()));
      return;
    }
    over = true;
    unwatch();
    // Watched anew, the socket tells of everything that has come behind the header.
    Doorkeeper.admit(loop, frontend, route, socket, peerHigh, peerLow, peerPort, header);
  }

  private static Rejection rejection(ProxyHeaderReader.@Nullable Refusal refusal) {
    return switch (refusal) {
      case MISSING -> Rejection.PROXY_MISSING;
      case MALFORMED -> Rejection.PROXY_MALFORMED;
      case CHECKSUM -> Rejection.PROXY_CHECKSUM;
      case TOO_LONG -> Rejection.PROXY_TOO_LONG;
      case null -> throw new IllegalStateException("neither a header nor a reason");
    };
  }

  private void reject(Rejection why) {
    over = true;
    if (registration == null) {
      Doorkeeper.reject(loop, frontend, socket, why);
      return;
    }
    unwatch();
    // After this batch, as every descriptor that was watched.
    loop.execute(() -> Doorkeeper.reject(loop, frontend, socket, why));
  }

  private void unwatch() {
    IoRegistration current = registration;
    if (current != null) {
      registration = null;
      current.cancel();
      loop.greetings().remove(this);
    }
  }
}
