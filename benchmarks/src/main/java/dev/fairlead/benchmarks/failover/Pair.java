package dev.fairlead.benchmarks.failover;

/** Which programs the two nodes run. */
enum Pair {
  /** As the guides print it: weight -10, preemption, haproxy looked for every two seconds. */
  KEEPALIVED("keepalived", "keepalived + haproxy as guides print them"),
  /** As somebody sets it up who has read the manual twice. */
  EXPERT("expert", "keepalived + haproxy set up by an expert"),
  FAIRLEAD("fairlead", "Fairlead"),
  /** Node 1 runs Fairlead, node 2 the expert's keepalived. */
  MIXED("mixed", "Fairlead beside the expert's keepalived");

  private final String label;
  private final String title;

  Pair(String label, String title) {
    this.label = label;
    this.title = title;
  }

  String label() {
    return label;
  }

  String title() {
    return title;
  }

  /** Whether node 1, whose priority is higher, takes the address back whenever it can. */
  boolean preempts() {
    return this == KEEPALIVED;
  }

  boolean isFairlead(int node) {
    return this == FAIRLEAD || (this == MIXED && node == 0);
  }

  /** What a result is filed under: of a mixed pair, who had the address when the fault struck. */
  String column(int holder) {
    if (this != MIXED) {
      return label;
    }
    return isFairlead(holder) ? "fairlead->keepalived" : "keepalived->fairlead";
  }
}
