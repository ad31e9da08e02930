package dev.fairlead.vrrp.net;

/**
 * Notices that the wall clock has run ahead of the monotonic one. The latter stops while a virtual
 * machine is paused, and all our timers with it; the former is put right afterwards.
 */
final class ClockWatch {

  private long ahead;
  private boolean known;

  /**
   * Looks at both clocks.
   *
   * @param wallNanos since whenever
   * @param monotonicNanos nanoTime of the same moment
   * @return by how much the wall clock has jumped ahead since the last look; 0 or less = it has not
   */
  long jumped(long wallNanos, long monotonicNanos) {
    long now = wallNanos - monotonicNanos;
    long jump = known ? now - ahead : 0;
    ahead = now;
    known = true;
    return jump;
  }
}
