package dev.fairlead.vrrp.net;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link NativeSocket} on the control loop: calls back whenever it can be read. Level-triggered,
 * so a reader that stops at its bound is called again in the next turn.
 *
 * <p>Netty finds a handle by its descriptor's <em>number</em>: cancel, close(2) and a new socket
 * within one batch of events would hand the old one's event to the new. So the registration is
 * cancelled first and the descriptor closed by a later task, after the batch.
 */
final class ReadableSocket implements EpollIoHandle {

  private static final Logger log = LoggerFactory.getLogger(ReadableSocket.class);

  private final IoEventLoop loop;
  private final NativeSocket socket;
  private final FileDescriptor descriptor;
  private final Runnable onReadable;
  private @Nullable IoRegistration registration;
  private boolean closed;

  private ReadableSocket(IoEventLoop loop, NativeSocket socket, Runnable onReadable) {
    this.loop = loop;
    this.socket = socket;
    this.descriptor = socket.asNettyDescriptor();
    this.onReadable = onReadable;
  }

  /** Takes the socket over: closing the result closes it. */
  static ReadableSocket register(IoEventLoop loop, NativeSocket socket, Runnable onReadable) {
    ReadableSocket readable = new ReadableSocket(loop, socket, onReadable);
    Future<IoRegistration> registered = loop.register(readable);
    registered.addListener(done -> {
      if (done.isSuccess()) {
        readable.registered(registered.getNow());
      } else {
        log.error("control loop: cannot watch a socket", done.cause());
        readable.close();
      }
    });
    return readable;
  }

  private void registered(IoRegistration registration) {
    this.registration = registration;
    if (closed) {
      registration.cancel();
      return;
    }
    registration.submit(EpollIoOps.EPOLLIN);
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    if (!closed) {
      onReadable.run();
    }
  }

  /** Also called by Netty when the loop ends. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    if (loop.isShuttingDown()) {
      socket.close();
    } else {
      loop.execute(socket::close);
    }
  }
}
