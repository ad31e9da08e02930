package dev.fairlead.lab;

import dev.fairlead.benchmarks.apiserver.Certificates;
import dev.fairlead.benchmarks.apiserver.EtcdMember;
import dev.fairlead.daemon.demo.ChildProcess;
import java.util.stream.Collectors;

/** One member of a real etcd cluster, TLS with client certificates everywhere. */
public final class Etcd {

  private Etcd() {}

  /** Starts a member on a node; every node of the lab has one. */
  public static ChildProcess start(Lab lab, String node, Certificates certificates)
      throws Exception {
    return lab.start(
        node,
        "etcd",
        member(lab, node)
            .command(lab.directory().resolve(node + ".etcd"), certificates)
            .toArray(String[]::new));
  }

  private static EtcdMember member(Lab lab, String node) {
    return new EtcdMember(
        node,
        Lab.address(node),
        lab.nodes().stream().collect(Collectors.toMap(each -> each, Lab::address)));
  }
}
