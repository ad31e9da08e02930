package dev.fairlead.vrrp;

/** What this node is able to do as master. */
public enum Ability {
  /** Everything tracked is well: the configured priority. */
  ABLE,
  /**
   * A track failed: hand the addresses over, then stay in the election at priority 1. Somebody must
   * hold them even when every node has failed.
   */
  LAST_RESORT,
  /** Cannot serve at all: hand over, then leave the election. */
  UNABLE
}
