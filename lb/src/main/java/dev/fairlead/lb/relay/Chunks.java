package dev.fairlead.lb.relay;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

  private final Deque<Chunk> free = new ArrayDeque<>(KEPT);
  private int limit = MAX;
  private int inUse;

  boolean isExhausted() {
    return inUse >= limit;
  }

  /**
   * Null when the JVM's direct memory, which all event loops share, has been used up before the
   * bound: those in use now are then the bound.
   */
  @Nullable Chunk acquire() {
    Chunk chunk = free.pollLast();
    if (chunk == null) {
      try {
        chunk = new Chunk();
      } catch (OutOfMemoryError e) {
        LOG.warn("no direct memory for more than {} relay buffers", inUse, e);
        limit = Math.max(1, inUse);
        return null;
      }
    }
    inUse++;
    return chunk;
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
