package dev.fairlead.benchmarks.failover;

import java.io.IOException;

/** What runs on a node. */
sealed interface NodeProcesses permits FairleadProcesses, KeepalivedProcesses {
  int SIGSTOP = 19;
  int SIGCONT = 18;
  int SIGHUP = 1;

  void start() throws IOException;

  /** Whether it has said, since its last start, that it takes part. */
  boolean isInElection() throws IOException;

  /** SIGTERM to the one that has the address. */
  void terminate();

  /** kill -9 of the one that has the address. */
  void kill() throws InterruptedException;

  /** SIGSTOP, SIGCONT. */
  void signal(int signal);

  /** Another weight, and SIGHUP. */
  void reload() throws IOException;

  /** What of the node runs no more is started again. */
  void restart() throws IOException, InterruptedException;

  /** The last lines it has logged. */
  String log();
}
