package dev.fairlead.lb.relay;

import dev.fairlead.lb.SessionEnd;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * One direction of bytes: from its own socket to its peer's.
 *
 * <p>Reads go into the event loop's scratch memory and out again at once; only what the peer does
 * not take is kept, in one chunk or one pipe, and nothing is read while anything is kept. So a slow
 * reader costs a bounded amount of memory and slows its own writer only. When reads are large the
 * direction changes to splice, and back when they become small: copying is cheaper below about 16
 * KiB, splicing above, and a balancer for API servers sees both on one connection.
 *
 * <p>Events are edge-triggered: an edge is remembered in {@code readable} and {@code writable}
 * until a system call says that there is no more.
 */
final class Relay implements EpollIoHandle {

  /** Reads in a row of at least this size make a direction change to splice. */
  private static final int BULK_BYTES = 16 * 1024;

  private static final int BULK_READS = 3;

  /** Spliced turns in a row below {@link #BULK_BYTES} make it change back. */
  private static final int SMALL_TURNS = 5;

  /** Reads, or filled pipes, before other sessions of the loop get their turn. */
  private static final int TURNS = 8;

  /** What a look at the source brought. */
  private enum Turn {
    MOVED,
    SOURCE_EMPTY,
    SOURCE_ENDED,
    PEER_FULL
  }

  private final Session session;
  private final FileDescriptor socket;
  private @Nullable Relay peer;
  private @Nullable IoRegistration registration;

  private @Nullable Chunk chunk;
  private @Nullable Pipe pipe;

  private boolean readable;
  private boolean writable;

  /** The source has hung up or failed: after a short read there may still be an end to be read. */
  private boolean hungUp;

  /** The end of the source has been read, everything before it has been written. */
  private boolean done;

  private boolean closed;
  private boolean splicing;
  private byte streak;

  /** Waiting in one of the loop's queues. */
  boolean queued;

  Relay(Session session, FileDescriptor socket) {
    this.session = session;
    this.socket = socket;
  }

  void connectTo(@Nullable Relay other) {
    peer = other;
  }

  void registered(IoRegistration as) {
    registration = as;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  /** The source has ended, and so has this direction. */
  boolean isDone() {
    return done;
  }

  /** Whether the source has ended its side, or reset; what it has sent may not have been read. */
  boolean isHungUp() {
    return hungUp;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    if (closed) {
      return;
    }
    int ops = ((EpollIoEvent) event).ops().value();
    if ((ops & Events.IN_OR_END) != 0) {
      readable = true;
    }
    if ((ops & Events.END) != 0) {
      hungUp = true;
    }
    if ((ops & Events.OUT) != 0) {
      writable = true;
    }
    try {
      session.ready(this, ops);
    } catch (RuntimeException | Error e) {
      // Thrown on, Netty would drop the rest of the batch, whose edges never come again, and sleep
      // for a second; an Error would end the loop.
      session.broken(e);
    }
  }

  /** Moves what can be moved from this socket to its peer. */
  void pump() {
    Relay to = peer;
    if (to == null || done || closed || !to.writable) {
      return;
    }
    boolean writing = true;
    try {
      if (!flush(to)) {
        return;
      }
      writing = false;
      for (int turn = 0; readable; turn++) {
        if (turn == TURNS) {
          session.loop().defer(this);
          return;
        }
        switch (splicing ? splice(to) : copy(to)) {
          case MOVED -> {}
          case SOURCE_EMPTY -> readable = false;
          case PEER_FULL -> {
            return;
          }
          case SOURCE_ENDED -> {
            end(to);
            return;
          }
        }
      }
    } catch (PeerFailure e) {
      session.failed(to);
    } catch (IOException e) {
      session.failed(writing ? to : this);
    } catch (RuntimeException | Error e) {
      session.broken(e);
    }
  }

  /** Whether nothing can be read from here now, so that a failure of the source stays unread. */
  boolean isStuck() {
    Relay to = peer;
    return done || to == null || !to.writable;
  }

  /** The socket's side of the session wants no more: cancelled and closed after this batch. */
  void close(boolean reset) {
    if (closed) {
      return;
    }
    closed = true;
    RelayLoop loop = session.loop();
    loop.release(chunk);
    loop.pipes().release(pipe);
    chunk = null;
    pipe = null;
    if (reset) {
      try {
        asSocket().setSoLinger(0);
      } catch (IOException e) {
        // Reset already by the other end: closing is all that is left to do.
        hungUp = true;
      }
    }
    loop.bury(this);
  }

  /** After the batch: the descriptor first, so that cancelling needs no epoll_ctl of its own. */
  void closeNow() {
    Descriptors.close(socket);
    IoRegistration current = registration;
    if (current != null) {
      current.cancel();
      registration = null;
    }
  }

  /** Same descriptor with the calls that only sockets have; costs a getsockname when wrapped. */
  Socket asSocket() {
    return socket instanceof Socket already ? already : new Socket(socket.intValue());
  }

  @Override
  public void close() {
    // Netty calls this when the event loop ends; sessions are reset before that.
    closeNow();
  }

  /** Gives the peer what is kept for it; true when nothing is. */
  private boolean flush(Relay to) throws IOException {
    Chunk kept = chunk;
    if (kept != null) {
      int written = to.socket.writeAddress(kept.address(), kept.start(), kept.end());
      kept.consume(written);
      session.moved(this, written);
      if (!kept.isEmpty()) {
        to.writable = false;
        return false;
      }
      session.loop().release(kept);
      chunk = null;
    }
    Pipe filled = pipe;
    if (filled != null) {
      drain(filled, to);
      if (filled.held() > 0) {
        return false;
      }
      session.loop().pipes().release(filled);
      pipe = null;
    }
    return true;
  }

  private Turn copy(Relay to) throws IOException {
    RelayLoop loop = session.loop();
    if (loop.chunks().isExhausted()) {
      loop.awaitChunk(this);
      return Turn.PEER_FULL;
    }
    Chunk scratch = loop.scratch();
    int read = socket.readAddress(scratch.address(), 0, Chunk.CAPACITY);
    if (read == 0) {
      return Turn.SOURCE_EMPTY;
    }
    if (read < 0) {
      return Turn.SOURCE_ENDED;
    }
    if (read < BULK_BYTES) {
      streak = 0;
    } else if (++streak >= BULK_READS) {
      splicing = true;
      streak = 0;
    }
    int written = write(to, scratch, read);
    session.moved(this, written);
    if (written < read) {
      Chunk kept = loop.chunks().acquire();
      if (kept == null) {
        session.finish(SessionEnd.RESOURCES);
        return Turn.PEER_FULL;
      }
      kept.fill(scratch, written, read);
      chunk = kept;
      to.writable = false;
      return Turn.PEER_FULL;
    }
    // A short read has emptied the socket, and more bytes will raise a new edge; but the edge of an
    // end that came with these bytes is already spent.
    return read < Chunk.CAPACITY && !hungUp ? Turn.SOURCE_EMPTY : Turn.MOVED;
  }

  private static int write(Relay to, Chunk scratch, int count) throws IOException {
    try {
      return to.socket.writeAddress(scratch.address(), 0, count);
    } catch (IOException e) {
      throw new PeerFailure(e);
    }
  }

  private Turn splice(Relay to) throws IOException {
    Pipes pipes = session.loop().pipes();
    Pipe filling = pipes.acquire();
    if (filling == null) {
      splicing = false;
      return copy(to);
    }
    pipe = filling;
    int filled = 0;
    while (filled < Pipes.PIPE_BYTES) {
      int count = filling.fillFrom(socket);
      if (count == 0) {
        break;
      }
      filled += count;
    }
    if (filled < BULK_BYTES) {
      if (++streak >= SMALL_TURNS) {
        splicing = false;
        streak = 0;
      }
    } else {
      streak = 0;
    }
    if (filled > 0) {
      drainOrFail(filling, to);
      if (filling.held() > 0) {
        return Turn.PEER_FULL;
      }
    }
    pipes.release(filling);
    pipe = null;
    if (filled > 0) {
      return Turn.MOVED;
    }
    // Nothing came: the source is empty or has ended, and splice does not say which.
    return hungUp ? copy(to) : Turn.SOURCE_EMPTY;
  }

  private void drainOrFail(Pipe filled, Relay to) throws PeerFailure {
    try {
      drain(filled, to);
    } catch (IOException e) {
      throw new PeerFailure(e);
    }
  }

  private void drain(Pipe filled, Relay to) throws IOException {
    while (filled.held() > 0) {
      int count = filled.drainTo(to.socket);
      if (count == 0) {
        to.writable = false;
        return;
      }
      session.moved(this, count);
    }
  }

  /** Passes the end of the source on. When both directions have ended, closing does it. */
  private void end(Relay to) throws PeerFailure {
    done = true;
    readable = false;
    if (to.done) {
      session.finish(SessionEnd.NORMAL);
      return;
    }
    try {
      to.asSocket().shutdown(false, true);
    } catch (NotYetConnectedException e) {
      // ENOTCONN: a reset that is still to be read came in the same batch. Unchecked, it would end
      // in Netty's loop, which then sleeps for a second, and all its sessions with it.
      throw new PeerFailure(new IOException(e));
    } catch (IOException e) {
      throw new PeerFailure(e);
    }
    session.halfClosed();
  }

  /** The socket written to has failed, not the one read from. */
  private static final class PeerFailure extends IOException {
    private static final long serialVersionUID = 1L;

    PeerFailure(IOException cause) {
      super(cause);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }
}
