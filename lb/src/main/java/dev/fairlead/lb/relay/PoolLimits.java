package dev.fairlead.lb.relay;

/**
 * The most that each event loop takes of what all of its sessions share.
 *
 * @param buffers of 64 KiB, for bytes that a peer has not taken; when they are out, reads are small
 * @param pipes for splicing; when they are out, bytes are copied
 */
public record PoolLimits(int buffers, int pipes) {

  /**
   * 64 MiB, which are a thousand stalled readers, and more pipes than an ordinary user may have.
   */
  public static final PoolLimits DEFAULT = new PoolLimits(1024, 256);

  public PoolLimits {
    if (buffers < 0 || pipes < 0) {
      throw new IllegalArgumentException("limits must not be negative: " + buffers + ", " + pipes);
    }
  }
}
