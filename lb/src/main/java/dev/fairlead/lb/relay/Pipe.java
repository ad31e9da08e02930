package dev.fairlead.lb.relay;

import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;

/**
 * A kernel pipe through which bytes move from one socket to another without entering user space.
 */
final class Pipe {

  private final FileDescriptor readEnd;
  private final FileDescriptor writeEnd;
  private int held;

  Pipe(FileDescriptor readEnd, FileDescriptor writeEnd) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
  }

  /** Bytes inside. */
  int held() {
    return held;
  }

  /**
   * Takes what the socket has.
   *
   * @return bytes taken; 0 when the socket has nothing, has ended, or the pipe is full
   */
  int fillFrom(FileDescriptor socket) throws IOException {
    int moved = Native.splice(socket.intValue(), -1, writeEnd.intValue(), -1, Pipes.PIPE_BYTES);
    if (moved > 0) {
      held += moved;
    }
    return Math.max(0, moved);
  }

  /**
   * Gives the socket what it takes.
   *
   * @return bytes given; 0 when its send buffer is full
   */
  int drainTo(FileDescriptor socket) throws IOException {
    int moved = Native.splice(readEnd.intValue(), -1, socket.intValue(), -1, held);
    if (moved > 0) {
      held -= moved;
    }
    return Math.max(0, moved);
  }

  void close() {
    Descriptors.close(readEnd);
    Descriptors.close(writeEnd);
  }
}
