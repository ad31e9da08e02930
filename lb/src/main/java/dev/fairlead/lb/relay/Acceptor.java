package dev.fairlead.lb.relay;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket on one event loop.
 *
 * <p>Level-triggered: connections it does not take now raise the event again. So it takes as many
 * as it can expect without asking for one more only to hear that there is none.
 */
final class Acceptor implements EpollIoHandle {

  private static final int MAX_BATCH = 64;

  /** Full batches in a row before the next one is twice as large. */
  private static final int FULL_BATCHES = 4;

  /** Connections taken from the queue of a listener that closes, so that none is reset. */
  private static final int LAST_BATCH = 8192;

  private final Listener listener;
  private final RelayLoop loop;
  private final Socket socket;
  private final boolean ipv6;

  /** accept4's address: length byte, then address, port and scope as Netty lays them out. */
  private final byte[] address = new byte[26];

  private @Nullable IoRegistration registration;
  private int batch = 1;
  private int fullBatches;
  private boolean paused;
  private boolean closed;

  /**
   * @param ipv6 family of an internet socket
   */
  Acceptor(Listener listener, RelayLoop loop, Socket socket, boolean ipv6) {
    this.ipv6 = ipv6;
    this.listener = listener;
    this.loop = loop;
    this.socket = socket;
  }

  Socket socket() {
    return socket;
  }

  boolean isIpv6() {
    return ipv6;
  }

  RelayLoop loop() {
    return loop;
  }

  /** Starts accepting. On the loop's thread. */
  void start() {
    if (closed) {
      return;
    }
    registration = loop.watch(this);
    loop.add(this);
    resume();
  }

  /** Takes what the kernel has already accepted, then closes. On the loop's thread. */
  void stop() {
    if (closed) {
      return;
    }
    closed = true;
    loop.remove(this);
    accept(LAST_BATCH);
    // This runs as a task, never inside a batch of events, so closing at once is safe.
    Descriptors.close(socket);
    IoRegistration current = registration;
    if (current != null) {
      current.cancel();
    }
  }

  /** A session has ended, or time has passed. */
  void resumeIfPossible() {
    if (!paused || closed || loop.isOutOfDescriptors()) {
      return;
    }
    Frontend frontend = listener.frontend();
    if (frontend.sessions() < frontend.route().maxConnections() && loop.hasRoomForSession()) {
      resume();
    }
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    if (closed || paused) {
      return;
    }
    int taken = accept(batch);
    if (taken < batch) {
      batch = Math.max(1, taken);
      fullBatches = 0;
    } else if (++fullBatches == FULL_BATCHES) {
      batch = Math.min(MAX_BATCH, batch * 2);
      fullBatches = 0;
    }
  }

  @Override
  public void close() {
    Descriptors.close(socket);
  }

  private int accept(int most) {
    Frontend frontend = listener.frontend();
    Frontend.Route route = frontend.route();
    for (int taken = 0; taken < most; taken++) {
      boolean entered = frontend.tryEnter(route.maxConnections());
      if (!entered || !loop.hasRoomForSession()) {
        if (entered) {
          frontend.leave();
        }
        frontend.counters(loop.index()).add(FrontendCounter.MAX_CONNECTIONS_REACHED, 1);
        pause();
        return taken;
      }
      int descriptor;
      try {
        descriptor = socket.accept(address);
      } catch (IOException e) {
        frontend.leave();
        frontend.counters(loop.index()).add(FrontendCounter.ACCEPT_ERRORS, 1);
        if (Descriptors.isTransient(e)) {
          continue;
        }
        // Out of descriptors or memory. Level-triggered, the event would come again at once and
        // spin; the next tick tries again.
        loop.outOfDescriptors(e);
        pause();
        return taken;
      }
      if (descriptor < 0) {
        frontend.leave();
        return taken;
      }
      frontend.counters(loop.index()).add(FrontendCounter.CONNECTIONS, 1);
      begin(frontend, route, descriptor);
      if (loop.isOutOfDescriptors() && !closed) {
        // There was one for the client and none for its server: the next client would wait, too.
        pause();
        return taken + 1;
      }
    }
    return most;
  }

  private void begin(Frontend frontend, Frontend.Route route, int descriptor) {
    if (listener.config().isUnix()) {
      listener.handOver(loop, frontend, route, new UnixStream(descriptor));
      return;
    }
    FileDescriptor client = new FileDescriptor(descriptor);
    long high = PeerAddress.high(address);
    long low = PeerAddress.low(address);
    int port = PeerAddress.port(address);
    if (route.config().entrance().isGuarded()) {
      Doorkeeper.receive(loop, frontend, route, client, high, low, port);
    } else {
      Session.start(loop, frontend, route, client, high, low, port, null);
    }
  }

  private void pause() {
    paused = true;
    IoRegistration current = registration;
    if (current != null && !closed) {
      // Not NONE: with it Netty takes the descriptor out of the epoll set, and it cannot come back.
      current.submit(EpollIoOps.EPOLLERR);
    }
  }

  private void resume() {
    paused = false;
    IoRegistration current = registration;
    if (current != null) {
      current.submit(EpollIoOps.EPOLLIN);
    }
  }
}
