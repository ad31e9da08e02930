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

  /** Read before there is a peer: more than a SYN can carry. */
  private static final int MOST_AHEAD = 4096;

  /** Reads in a row of at least this size make a direction change to splice. */
  private static final int BULK_BYTES = 16 * 1024;

  private static final int BULK_READS = 3;

  /** Events that also told of room nobody had waited for, until they are told no more. */
  private static final int IDLE_ROOM_EVENTS = 8;

  /**
   * A stream that brings so much in {@link #FAST_NANOS}, 260 MB/s, is looked at by the clock, every
   * {@link RelayLoop#GATHERING_NANOS}, and no longer whenever something arrives.
   */
  private static final int FAST_BYTES = 1 << 20;

  private static final long FAST_NANOS = 4_000_000;

  /** A look by the clock that brings less was one too many; so many in a row end it. */
  private static final int GATHERED_BYTES = 32 * 1024;

  private static final int POOR_LOOKS = 4;

  /** Spliced turns in a row below {@link #BULK_BYTES} make it change back. */
  private static final int SMALL_TURNS = 5;

  /** Reads, or filled pipes, before other sessions of the loop get their turn. */
  private static final int TURNS = 8;

  /** What a look at the source brought. */
  private enum Turn {
    MOVED,
    SOURCE_EMPTY,
    SOURCE_ENDED,
    PEER_FULL,
    GATHERING
  }

  /** Reads after which a connection is one that lasts. */
  private static final int LASTING_READS = 8;

  private final Session session;
  private final FileDescriptor descriptor;

  /** The same, with the calls that only sockets have; null until it is needed. */
  private @Nullable Socket socket;

  private @Nullable Relay peer;
  private @Nullable IoRegistration registration;

  private @Nullable Chunk chunk;
  private @Nullable Pipe pipe;

  private boolean readable;
  private boolean writable;

  /** The source has hung up or failed: after a short read there may still be an end to be read. */
  private boolean hungUp;

  /** The source has ended in good order: everything it ever sends has arrived. */
  private boolean complete;

  /** The end of the source has been read, everything before it has been written. */
  private boolean done;

  private boolean closed;
  private boolean splicing;
  private byte streak;

  /** Whether epoll tells when there is room to write. */
  private boolean watchesRoom;

  /** Whether the clock tells when to look, and epoll only of the end. */
  private boolean gathering;

  /** Spliced since then, in nanoseconds, up to {@link #FAST_BYTES}. */
  private int recent;

  private long recentSince;
  private byte poorLooks;

  private byte idleRoomEvents;
  private byte reads;

  /** Whether small writes wait for acknowledgements, and whether there has been a write. */
  private boolean delaysSmallWrites;

  private boolean written;

  /** Whether written bytes wait for the end. */
  private boolean corked;

  /** The last read was more than a {@link Batch} takes at once. */
  private boolean large;

  /** Waiting in one of the loop's queues. */
  boolean queued;

  /** In the loop's list of those that gather; leaves it at the clock's next turn. */
  boolean clocked;

  /** Waiting in the loop's {@link Batch}. */
  boolean batched;

  private Relay(
      Session session, FileDescriptor descriptor, @Nullable Socket socket, boolean connecting) {
    this.session = session;
    this.descriptor = descriptor;
    this.socket = socket;
    watchesRoom = connecting;
    writable = !connecting;
    delaysSmallWrites = connecting;
  }

  /** The client's side: connected, and with the options of its listener. */
  static Relay accepted(Session session, FileDescriptor descriptor) {
    return new Relay(session, descriptor, descriptor instanceof Socket known ? known : null, false);
  }

  /** The server's side: its first event says what became of the connect. */
  static Relay connecting(Session session, Socket socket) {
    return new Relay(session, socket, socket, true);
  }

  void connectTo(@Nullable Relay other) {
    peer = other;
  }

  void registered(IoRegistration as) {
    registration = as;
    watch(as);
  }

  /** The socket takes no more: wait for the edge that says it does again. */
  private void full() {
    writable = false;
    idleRoomEvents = 0;
    watchRoom(true);
  }

  /**
   * Most sockets take all they are given. An event that says IN and nothing else is one Netty need
   * not allocate, so room is watched only while it matters. Changing it also tells what is so now:
   * no edge is lost.
   */
  private void watchRoom(boolean watch) {
    IoRegistration current = registration;
    if (watch != watchesRoom && current != null) {
      watchesRoom = watch;
      watch(current);
    }
  }

  private void watch(IoRegistration by) {
    if (gathering) {
      by.submit(watchesRoom ? Events.ENDS_AND_ROOM : Events.ENDS);
    } else {
      by.submit(watchesRoom ? Events.ARRIVALS_AND_ROOM : Events.ARRIVALS);
    }
  }

  /**
   * To be woken by every arrival of a fast stream costs as much as moving it: from here on the
   * clock tells when to look.
   */
  private void gather() {
    if (!gathering) {
      poorLooks = 0;
      watchGathering(true);
    }
    if (gathering && !clocked) {
      session.loop().gather(this);
    }
  }

  /** Watching arrivals again tells at once what has arrived: no edge is lost. */
  private void gatherNoMore() {
    if (gathering) {
      watchGathering(false);
    }
  }

  private void watchGathering(boolean now) {
    IoRegistration current = registration;
    if (current != null) {
      gathering = now;
      watch(current);
    }
  }

  /**
   * The clock's turn. While its peer takes no more it needs none: the room will tell.
   *
   * @return whether it wants another
   */
  boolean gathered() {
    Relay to = peer;
    if (!gathering || closed || to == null || !to.writable) {
      return false;
    }
    pump();
    return gathering && !closed && to.writable;
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  /** Whether anything has been written to this socket. */
  boolean isWritten() {
    return written;
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
      complete = (ops & Events.FAILED) == 0;
    }
    if ((ops & Events.OUT) != 0) {
      if (!writable) {
        writable = true;
      } else if (++idleRoomEvents == IDLE_ROOM_EVENTS) {
        watchRoom(false);
      }
    }
    try {
      session.ready(this, ops);
    } catch (RuntimeException | Error e) {
      // Thrown on, Netty would drop the rest of the batch, whose edges never come again, and sleep
      // for a second; an Error would end the loop.
      session.broken(e);
    }
  }

  /**
   * Something has arrived: moves it with what others have at the end of this turn, or now.
   *
   * @param ops a failure is looked at now
   */
  void arrived(int ops) {
    if ((ops & Events.FAILED) != 0 || !session.loop().batch().add(this)) {
      pump();
    }
  }

  /** As {@link #pump}, for one that a batch was asked to read. */
  void pumpAlone() {
    pump();
    if (!closed && !readable) {
      session.foundNothing(this);
    }
  }

  /** Whether all there is to do is one small read and one write. */
  boolean isPlain() {
    Relay to = peer;
    return to != null
        && to.writable
        && readable
        && !large
        && !splicing
        && !done
        && !closed
        && !queued
        && chunk == null
        && pipe == null
        && session.isPlain(this);
  }

  /** What was to be moved from here is lost. */
  void broken(Throwable e) {
    session.broken(e);
  }

  /** The descriptor's number. */
  int number() {
    return descriptor.intValue();
  }

  /** Adds the sending of what a batch has received from here. */
  void send(Ring ring, int slot, int bytes) {
    Relay to = peer;
    if (to == null) {
      return;
    }
    if (to.delaysSmallWrites) {
      to.aboutToWriteOrHear();
    }
    to.written = true;
    session.sendingUnseen(this);
    boolean more = complete && bytes < Batch.SLOT_BYTES;
    to.corked |= more;
    ring.send(slot, to.number(), bytes, more);
  }

  /**
   * A batch has sent what it had received from here.
   *
   * @param result bytes sent, a negative errno, or {@link Ring#NOT_DONE}
   * @return whether the chunk now keeps what the peer has not taken
   */
  boolean sent(int received, int result, Chunk from) {
    Relay to = peer;
    if (closed || to == null) {
      return false;
    }
    try {
      if (result < 0 && result != -Ring.EAGAIN && result != Ring.NOT_DONE) {
        session.failed(to);
        return false;
      }
      int count = Math.max(0, result);
      large = received == Batch.SLOT_BYTES;
      // A short read has emptied the socket, but for an end whose edge is already spent.
      readable = large || hungUp;
      if (received < BULK_BYTES) {
        streak = 0;
      }
      if (count > 0) {
        session.moved(this, count);
      }
      if (count == received) {
        return false;
      }
      from.keep(count, received);
      chunk = from;
      readable = true;
      to.full();
      return true;
    } catch (RuntimeException | Error e) {
      session.broken(e);
      return false;
    }
  }

  /** Whether there is, or may be, more to be read and the peer takes it. */
  boolean readsOn() {
    return readable && !closed && !done && chunk == null;
  }

  /**
   * A batch has found nothing here, or the end, or a failure.
   *
   * @param result 0 for the end, else a negative errno
   */
  void receivedNothing(int result) {
    Relay to = peer;
    if (closed || done || to == null) {
      return;
    }
    try {
      if (result == -Ring.EAGAIN) {
        readable = false;
        session.foundNothing(this);
      } else if (result == 0) {
        end(to);
      } else {
        to.uncork();
        session.failed(this);
      }
    } catch (PeerFailure e) {
      session.failed(to);
    } catch (RuntimeException | Error e) {
      session.broken(e);
    }
  }

  /** Something may have arrived whose event is still to come. */
  void lookNow() {
    readable = true;
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
          case PEER_FULL, GATHERING -> {
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
      to.uncork();
      session.failed(writing ? to : this);
    } catch (RuntimeException | Error e) {
      session.broken(e);
    }
  }

  /**
   * Writes what others keep.
   *
   * @return how much of it
   */
  int send(Chunk bytes) throws IOException {
    return write(bytes.address(), bytes.start(), bytes.end());
  }

  /** What is kept for the peer was for another one. */
  void dropKept() {
    session.loop().release(chunk);
    chunk = null;
  }

  /**
   * Takes what has arrived before there is a peer for it, and keeps it for that.
   *
   * @return what is kept; null = nothing has arrived, or nothing can be kept
   */
  @Nullable Chunk readAhead() throws IOException {
    if (chunk == null && pipe == null && !done && !closed) {
      RelayLoop loop = session.loop();
      int room = Math.min(loop.chunks().room(), MOST_AHEAD);
      int read = room == 0 ? 0 : read(loop.scratch(), room);
      if (read > 0) {
        Chunk kept = loop.chunks().acquire(read);
        if (kept == null) {
          throw new IOException("no buffer for what the client has said");
        }
        kept.fill(loop.scratch(), 0, read);
        chunk = kept;
      }
    }
    return chunk;
  }

  /** What has been read ahead and not been said yet; null = nothing. */
  @Nullable Chunk ahead() {
    return chunk;
  }

  /** So much of what is kept has reached the peer by another way. */
  void skipAhead(int count) {
    Chunk kept = chunk;
    if (kept != null && count > 0) {
      kept.consume(count);
      session.moved(this, count);
      if (kept.isEmpty()) {
        session.loop().release(kept);
        chunk = null;
      }
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
    Descriptors.close(descriptor);
    IoRegistration current = registration;
    if (current != null) {
      current.cancel();
      registration = null;
    }
  }

  /**
   * Same descriptor with the calls that only sockets have. Netty asks for the socket's family when
   * it wraps one: a system call that most accepted connections never need.
   */
  Socket asSocket() {
    Socket wrapped = socket;
    if (wrapped == null) {
      wrapped = new Socket(descriptor.intValue());
      socket = wrapped;
    }
    return wrapped;
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
      int count = to.write(kept.address(), kept.start(), kept.end());
      kept.consume(count);
      session.moved(this, count);
      if (!kept.isEmpty()) {
        to.full();
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
    int room = loop.chunks().room();
    if (room == 0) {
      loop.awaitChunk(this);
      return Turn.PEER_FULL;
    }
    Chunk scratch = loop.scratch();
    int read = read(scratch, room);
    if (read == 0) {
      return Turn.SOURCE_EMPTY;
    }
    if (read < 0) {
      return Turn.SOURCE_ENDED;
    }
    large = read >= Batch.SLOT_BYTES;
    if (read < BULK_BYTES) {
      streak = 0;
    } else if (++streak >= BULK_READS) {
      splicing = true;
      streak = 0;
    }
    if (complete && read < room) {
      to.cork();
    }
    session.sending(this, scratch, read);
    int count = writeOrFail(to, scratch, read);
    session.moved(this, count);
    if (count < read) {
      Chunk kept = loop.chunks().acquire(read - count);
      if (kept == null) {
        session.finish(SessionEnd.RESOURCES);
        return Turn.PEER_FULL;
      }
      kept.fill(scratch, count, read);
      chunk = kept;
      to.full();
      return Turn.PEER_FULL;
    }
    // A short read has emptied the socket, and more bytes will raise a new edge; but the edge of an
    // end that came with these bytes is already spent.
    return read < room && !hungUp ? Turn.SOURCE_EMPTY : Turn.MOVED;
  }

  private static int writeOrFail(Relay to, Chunk scratch, int count) throws PeerFailure {
    try {
      return to.write(scratch.address(), 0, count);
    } catch (IOException e) {
      throw new PeerFailure(e);
    }
  }

  private int write(long address, int from, int until) throws IOException {
    if (delaysSmallWrites) {
      aboutToWrite();
    }
    written = true;
    // write(2) goes through the file system's layers, send(2) does not.
    Socket direct = socket;
    return direct == null
        ? descriptor.writeAddress(address, from, until)
        : direct.sendAddress(address, from, until);
  }

  private int read(Chunk into, int most) throws IOException {
    Socket direct = socket;
    if (direct == null) {
      if (++reads < LASTING_READS) {
        return descriptor.readAddress(into.address(), 0, most);
      }
      direct = asSocket();
    }
    return direct.recvAddress(into.address(), 0, most);
  }

  /** The last bytes wait for the end that follows at once, and both go in one packet. */
  private void cork() throws PeerFailure {
    try {
      Descriptors.cork(asSocket(), true);
      corked = true;
    } catch (IOException e) {
      throw new PeerFailure(e);
    }
  }

  /** A reset has come instead of the end: the last words are delivered before it is passed on. */
  private void uncork() {
    if (corked) {
      corked = false;
      try {
        Descriptors.cork(asSocket(), false);
      } catch (IOException e) {
        // Reset, too: nobody is left to hear them.
        hungUp = true;
      }
    }
  }

  /** A socket that has failed says so when it is written to. */
  private void aboutToWriteOrHear() {
    try {
      aboutToWrite();
    } catch (IOException e) {
      delaysSmallWrites = false;
    }
  }

  /**
   * TCP_NODELAY matters from the second write on, and many connections have only one: a request.
   */
  private void aboutToWrite() throws IOException {
    if (written) {
      delaysSmallWrites = false;
      Descriptors.noDelay(asSocket());
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
    // One call takes all there is. To ask again before draining costs a call that finds nothing
    // and pages that have left the caches.
    int filled = filling.fillFrom(descriptor);
    if (filled < BULK_BYTES) {
      if (++streak >= SMALL_TURNS) {
        splicing = false;
        streak = 0;
        gatherNoMore();
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
    if (!hungUp && splicing && (gathering ? isWorthWhile(filled) : isFast(filled))) {
      gather();
      return gathering && filled < Pipes.PIPE_BYTES ? Turn.GATHERING : Turn.MOVED;
    }
    gatherNoMore();
    if (filled > 0) {
      return Turn.MOVED;
    }
    // Nothing came: the source is empty or has ended, and splice does not say which.
    return hungUp ? copy(to) : Turn.SOURCE_EMPTY;
  }

  /** Whether the clock is to look again, after a look that has brought so much. */
  private boolean isWorthWhile(int brought) {
    poorLooks = brought < GATHERED_BYTES ? (byte) (poorLooks + 1) : 0;
    return poorLooks < POOR_LOOKS;
  }

  private boolean isFast(int more) {
    recent += more;
    if (recent < FAST_BYTES) {
      return false;
    }
    long now = System.nanoTime();
    boolean fast = now - recentSince < FAST_NANOS;
    recent = 0;
    recentSince = now;
    return fast;
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
      if (to.delaysSmallWrites) {
        to.aboutToWrite();
      }
      to.written = true;
      int count = filled.drainTo(to.descriptor);
      if (count == 0) {
        to.full();
        return;
      }
      session.moved(this, count);
    }
  }

  /** Passes the end of the source on. When both directions have ended, closing does it. */
  private void end(Relay to) throws PeerFailure {
    if (session.endedUnanswered(this)) {
      return;
    }
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
