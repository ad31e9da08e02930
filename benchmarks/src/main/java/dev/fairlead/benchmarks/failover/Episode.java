package dev.fairlead.benchmarks.failover;

/**
 * One fault, once.
 *
 * @param holder 0 or 1, the node that had the address when it struck
 * @param during from the fault to the beginning of the repair
 * @param after from there until all was well again
 * @param probeStallMillis the longest the probe itself stood still: no figure is better than that
 * @param remark what went wrong beyond the fault; mostly empty
 */
record Episode(
    Setup setup,
    Fault fault,
    int repetition,
    int holder,
    Figures during,
    Figures after,
    double probeStallMillis,
    String remark) {

  /**
   * Milliseconds within a part of an episode.
   *
   * @param udpGap longest time without an answer to a datagram
   * @param tcpGap longest time without a byte through the balancer
   * @param twoAnswer for which both nodes answered ARP or neighbour solicitations
   * @param twoHold for which both had the address on an interface
   * @param noneHold for which none had
   */
  record Figures(double udpGap, double tcpGap, double twoAnswer, double twoHold, double noneHold) {}

  String column() {
    return setup.pair().column(holder);
  }

  /** The client's gap that this fault is about. */
  double gap() {
    return switch (fault) {
      case BACKENDS_DEAD -> during.tcpGap();
      case PARTITION -> after.udpGap();
      case CLEAN_STOP,
          CRASH,
          KILL,
          FREEZE,
          INTERFACE_DOWN,
          CARRIER_LOST,
          ONE_WAY_TO_BACKUP,
          ONE_WAY_TO_MASTER,
          VRRP_BLOCKED,
          VIP_DELETED,
          RELOAD ->
          during.udpGap();
    };
  }
}
