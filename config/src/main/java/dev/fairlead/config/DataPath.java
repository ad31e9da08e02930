package dev.fairlead.config;

/** How relays read and write. */
public enum DataPath {
  /**
   * One system call for each read and write while a loop has little to do, io_uring as soon as
   * several connections have something at once; without io_uring, {@link #EPOLL}.
   */
  AUTO,

  /** One system call for each read and each write. */
  EPOLL,

  /** The small reads of a turn with one system call, its writes with another; always. */
  IO_URING
}
