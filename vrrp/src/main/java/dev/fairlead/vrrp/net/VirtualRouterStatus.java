package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import java.util.Map;

/**
 * One virtual router at this moment.
 *
 * @param priority in force: configured and adjusted by what is tracked, or 1 as the last resort
 * @param master address of the master as last heard, or our own; empty = not known
 * @param peer address of the other router last heard, whatever it was; empty = none
 * @param stopped whether it was asked to stop: what it leaves now it does not enter again
 * @param transitions into each state since start
 * @param sent advertisements by kind: {@code normal}, {@code priority_zero}
 * @param received advertisements by kind
 * @param rejected datagrams by reason
 * @param conflicts claims of other hosts to an address that we held
 * @param released whether a person has told it to keep out of mastership
 * @param deadMan what takes the addresses away when this process cannot, for people
 */
public record VirtualRouterStatus(
    VirtualRouterConfig config,
    State state,
    long sinceNanos,
    int priority,
    String master,
    String peer,
    boolean stopped,
    String reason,
    Map<State, Long> transitions,
    Map<String, Long> sent,
    Map<String, Long> received,
    Map<String, Long> rejected,
    long announcements,
    long conflicts,
    boolean released,
    String deadMan) {

  /** As users of keepalived know them; the name in lower case is a metric label. */
  public enum State {
    /** Not in the election: link down, or unable. */
    FAULT,
    BACKUP,
    MASTER,
    /** Priority 0 sent; serving until the successor is heard. */
    RESIGNING
  }
}
