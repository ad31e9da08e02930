package dev.fairlead.lb.relay;

import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.Native;

/** Bits of epoll_wait(2), by what they mean to a relay. */
final class Events {

  /** sys/epoll.h; Netty does not name it. */
  private static final int EPOLLHUP = 0x10;

  static final int IN = Native.EPOLLIN;
  static final int OUT = Native.EPOLLOUT;
  static final int ERROR = Native.EPOLLERR;
  static final int FAILED = ERROR | EPOLLHUP;
  static final int END = Native.EPOLLRDHUP | FAILED;
  static final int IN_OR_END = IN | END;

  /** What comes in, and ends: enough for a socket that takes what it is given. */
  static final EpollIoOps ARRIVALS =
      EpollIoOps.valueOf(Native.EPOLLIN | Native.EPOLLRDHUP | Native.EPOLLET);

  /** Also that there is room again: while connecting, and after a write was cut short. */
  static final EpollIoOps ARRIVALS_AND_ROOM = ARRIVALS.with(EpollIoOps.EPOLLOUT);

  /** Only its end: what comes in is looked at by the clock. */
  static final EpollIoOps ENDS = EpollIoOps.valueOf(Native.EPOLLRDHUP | Native.EPOLLET);

  static final EpollIoOps ENDS_AND_ROOM = ENDS.with(EpollIoOps.EPOLLOUT);

  private Events() {}
}
