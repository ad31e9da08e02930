package dev.fairlead.benchmarks.failover;

/** What happens to the node that has the address, or to the network between the nodes. */
enum Fault {
  CLEAN_STOP("clean-stop", "the daemon is stopped (SIGTERM)"),
  CRASH("crash", "power off: every process is gone and the cable is dead"),
  KILL("kill", "kill -9 of the daemon that holds the address"),
  FREEZE("freeze", "the same daemon is frozen for 7 s (SIGSTOP)"),
  INTERFACE_DOWN("interface-down", "ip link set down on the node"),
  CARRIER_LOST("carrier-lost", "the other end of the node's cable goes down"),
  PARTITION(
      "partition-heal", "the nodes lose each other, both become master; the heal is measured"),
  ONE_WAY_TO_BACKUP("one-way-to-backup", "nothing from the master reaches the backup"),
  ONE_WAY_TO_MASTER("one-way-to-master", "nothing from the backup reaches the master"),
  VRRP_BLOCKED("vrrp-blocked", "a firewall between the nodes drops protocol 112 only"),
  BACKENDS_DEAD("backends-dead", "the API server behind the node's own proxy refuses connections"),
  VIP_DELETED("vip-deleted", "somebody deletes the address from the node"),
  RELOAD("reload", "a reload with a changed server weight");

  private final String label;
  private final String title;

  Fault(String label, String title) {
    this.label = label;
    this.title = title;
  }

  String label() {
    return label;
  }

  String title() {
    return title;
  }

  /** Whether two masters are what the fault asks for; then only what follows the repair counts. */
  boolean separates() {
    return switch (this) {
      case PARTITION, ONE_WAY_TO_BACKUP, ONE_WAY_TO_MASTER, VRRP_BLOCKED -> true;
      case CLEAN_STOP,
          CRASH,
          KILL,
          FREEZE,
          INTERFACE_DOWN,
          CARRIER_LOST,
          BACKENDS_DEAD,
          VIP_DELETED,
          RELOAD ->
          false;
    };
  }
}
