package dev.fairlead.benchmarks.failover;

/** One configuration that is put through all faults. */
record Setup(Profile profile, boolean ipv6, Pair pair) {

  /** Profile and family: what the columns of one table have in common. */
  String group() {
    return profile.label() + (ipv6 ? "-ipv6" : "");
  }

  String name() {
    return group() + "/" + pair.label();
  }
}
