package dev.fairlead.lb.relay;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What all event loops of a process are short of together, so that the log is told once and not by
 * each of them. Any event loop.
 */
public final class Shortages {

  /** Of descriptors for sockets. */
  final Shortage descriptors = new Shortage();

  /** Of room for sessions on the heap. */
  final Shortage heap = new Shortage();

  /** Of source ports, or of what else connections to servers need on this node. */
  final Shortage wayOut = new Shortage();

  /** Whether people know that bulk is copied. */
  final AtomicBoolean pipesTold = new AtomicBoolean();

  /** Whether people know that reads are small. */
  final AtomicBoolean buffersTold = new AtomicBoolean();
}
