package dev.fairlead.lb.relay;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The chunks of one event loop: a bounded number, of which a few are kept for reuse.
 *
 * <p>Only a partial write needs one, so with readers that keep up there are none. When the bound is
 * reached {@link #isExhausted} says so <i>before</i> a read: a relay that could not keep what it
 * reads must not read.
 */
final class Chunks {

  /** 64 MiB per event loop: a thousand stalled readers. */
  static final int MAX = 1024;

  private static final int KEPT = 16;

  private final Deque<Chunk> free = new ArrayDeque<>(KEPT);
  private int inUse;

  boolean isExhausted() {
    return inUse >= MAX;
  }

  Chunk acquire() {
    inUse++;
    Chunk chunk = free.pollLast();
    return chunk == null ? new Chunk() : chunk;
  }

  void release(Chunk chunk) {
    inUse--;
    chunk.clear();
    if (free.size() < KEPT) {
      free.addLast(chunk);
      return;
    }
    chunk.free();
  }

  int inUse() {
    return inUse;
  }

  int pooled() {
    return free.size();
  }

  void close() {
    free.forEach(Chunk::free);
    free.clear();
  }
}
