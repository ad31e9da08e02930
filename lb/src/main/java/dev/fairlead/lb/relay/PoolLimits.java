package dev.fairlead.lb.relay;

/**
 * The most that each event loop takes of what all of its sessions share, and of those.
 *
 * @param buffers of 64 KiB, for bytes that a peer has not taken; when they are out, reads are small
 * @param pipes for splicing; when they are out, bytes are copied
 * @param sessions of all event loops together; when there are so many, new connections wait
 */
public record PoolLimits(int buffers, int pipes, int sessions) {

  /** A thousand stalled readers. */
  private static final int MOST_BUFFERS = 1024;

  /** More than an ordinary user may have. */
  private static final int MOST_PIPES = 256;

  /**
   * For the buffers of all event loops, and as many bytes again in small ones: three quarters of
   * what the distribution's JVM has of direct memory. Health checks need some, too, and a server
   * whose check has no memory would be found dead.
   */
  private static final long DIRECT_BYTES = 192L << 20;

  /** On the heap of a process that is no session: twice what one has that has just begun. */
  private static final long OTHER_BYTES = 20L << 20;

  /** On the heap, with the edges that some have: a plain one has 425. */
  private static final int SESSION_BYTES = 1024;

  /** However small the heap is. */
  private static final int LEAST_SESSIONS = 512;

  /** Those of a process with one event loop. */
  public static final PoolLimits DEFAULT = of(1);

  public PoolLimits {
    if (buffers < 0 || pipes < 0 || sessions < 1) {
      throw new IllegalArgumentException(
          "limits must not be negative: %d, %d, %d".formatted(buffers, pipes, sessions));
    }
  }

  /** With as many sessions as there are descriptors for. */
  PoolLimits(int buffers, int pipes) {
    this(buffers, pipes, Integer.MAX_VALUE);
  }

  /** What one of so many event loops may take. */
  public static PoolLimits of(int loops) {
    long share = DIRECT_BYTES / loops / (2L * Chunk.CAPACITY);
    return new PoolLimits(
        Math.clamp(share, 1, MOST_BUFFERS),
        MOST_PIPES,
        sessionsWithin(Runtime.getRuntime().maxMemory()));
  }

  /** The JVM ends when its heap is used up, and all sessions with it: before that others wait. */
  static int sessionsWithin(long heapBytes) {
    return Math.clamp((heapBytes - OTHER_BYTES) / SESSION_BYTES, LEAST_SESSIONS, Integer.MAX_VALUE);
  }
}
