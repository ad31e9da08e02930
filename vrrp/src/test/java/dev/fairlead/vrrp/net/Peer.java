package dev.fairlead.vrrp.net;

/** A node's program that takes part in an election with ours. It preempts. */
sealed interface Peer extends AutoCloseable permits FairleadPeer, KeepalivedPeer, FrrPeer {

  /** A new process. */
  void start(int priority);

  /** As a service manager does it; returns when it has ended. */
  void stop();

  /** kill -9. */
  void kill();

  @Override
  void close();
}
