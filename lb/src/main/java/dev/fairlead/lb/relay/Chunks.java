package dev.fairlead.lb.relay;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of one event loop: a bounded number, of which a few are kept for reuse.
 *
 * <p>Only a partial write needs one, so with readers that keep up there are none. {@link #room}
 * says <i>before</i> a read how much could be kept, and has it at hand: a relay that could not keep
 * what it reads must not read, or a session would have to end for want of memory.
 *
 * <p>When the bound is reached, because a thousand readers stand still, those that do read are not
 * stopped: they go on in crumbs, which a socket that has taken everything so far takes whole almost
 * always.
 */
final class Chunks {

  /** What is read at once when only crumbs are left. */
  static final int CRUMB_BYTES = 4 * 1024;

  /** As many bytes in crumbs as in chunks. */
  private static final int CRUMBS_PER_CHUNK = Chunk.CAPACITY / CRUMB_BYTES;

  private static final int KEPT = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

  private final Deque<Chunk> free = new ArrayDeque<>(KEPT);
  private final int most;
  private int limit;
  private int inUse;
  private @Nullable Chunk freeCrumb;
  private int crumbsInUse;
  private long shortages;
  private final AtomicBoolean told;

  /**
   * None yet.
   *
   * @param told whether people know that reads are small
   */
  Chunks(int most, AtomicBoolean told) {
    this.most = most;
    this.told = told;
    this.limit = most;
  }

  /**
   * How much may be read so that all of it can be kept: {@link Chunk#CAPACITY}, less when chunks
   * are out, 0 when nothing can be kept.
   */
  int room() {
    if (inUse < limit && (!free.isEmpty() || reserve())) {
      return Chunk.CAPACITY;
    }
    return reserveCrumb() ? CRUMB_BYTES : 0;
  }

  /** For so many bytes, of which {@link #room} has just said that they can be kept. */
  @Nullable Chunk acquire(int bytes) {
    Chunk crumb = freeCrumb;
    if (crumb != null && bytes <= CRUMB_BYTES) {
      freeCrumb = null;
      crumbsInUse++;
      return crumb;
    }
    Chunk chunk = free.pollLast();
    if (chunk != null) {
      inUse++;
    }
    return chunk;
  }

  /** Whether so many crumbs of others may still be {@link #adopt}ed. */
  boolean hasRoomForCrumbs(int count) {
    return crumbsInUse + count <= most * CRUMBS_PER_CHUNK;
  }

  /** A crumb that somebody else has made holds what a peer has not taken. */
  void adopt(Chunk crumb) {
    crumbsInUse++;
  }

  /** Memory of {@link #CRUMB_BYTES} that belongs to the caller; null when there is none. */
  static @Nullable Chunk crumb() {
    return allocate(CRUMB_BYTES);
  }

  void release(Chunk chunk) {
    chunk.clear();
    if (chunk.capacity() == CRUMB_BYTES) {
      crumbsInUse--;
      chunk.free();
      return;
    }
    inUse--;
    if (free.size() < KEPT) {
      free.addLast(chunk);
      return;
    }
    chunk.free();
  }

  int inUse() {
    return inUse + crumbsInUse;
  }

  int pooled() {
    return free.size();
  }

  /** Times a read had to wait because nothing could have been kept. */
  long shortages() {
    return shortages;
  }

  /** A read waits. */
  void countShortage() {
    shortages++;
  }

  /** The direct memory that was used up may have been given back since, by another loop. */
  void lookAgain() {
    limit = most;
  }

  void close() {
    free.forEach(Chunk::free);
    free.clear();
    Chunk crumb = freeCrumb;
    if (crumb != null) {
      crumb.free();
      freeCrumb = null;
    }
  }

  private boolean reserve() {
    Chunk chunk = allocate(Chunk.CAPACITY);
    if (chunk == null) {
      // The JVM's direct memory, which all loops share, is used up before the bound: those in use
      // are the bound for now.
      limit = inUse;
      return false;
    }
    free.addLast(chunk);
    return true;
  }

  private boolean reserveCrumb() {
    if (freeCrumb != null) {
      return true;
    }
    if (told.compareAndSet(false, true)) {
      LOG.warn(
          "{} buffers of 64 KiB of an event loop hold what slow readers have not taken: reads of all others are"
              + " small until there are less (said once)",
          inUse);
    }
    if (crumbsInUse >= most * CRUMBS_PER_CHUNK) {
      return false;
    }
    freeCrumb = allocate(CRUMB_BYTES);
    return freeCrumb != null;
  }

  private static @Nullable Chunk allocate(int bytes) {
    try {
      return new Chunk(bytes);
    } catch (OutOfMemoryError e) {
      LOG.debug("no direct memory", e);
      return null;
    }
  }
}
