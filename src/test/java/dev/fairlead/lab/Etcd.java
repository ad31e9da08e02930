package dev.fairlead.lab;

import dev.fairlead.daemon.demo.ChildProcess;
import java.util.stream.Collectors;

/** One member of a real etcd cluster, TLS with client certificates everywhere. */
public final class Etcd {

  /** Port for clients of every member. */
  public static final int PORT = 2379;

  private Etcd() {}

  /** Starts a member on a node; every node of the lab has one. */
  public static ChildProcess start(Lab lab, String node, Certificates certificates)
      throws Exception {
    String address = Lab.address(node);
    String cluster =
        lab.nodes().stream()
            .map(each -> each + "=https://" + Lab.address(each) + ":2380")
            .collect(Collectors.joining(","));
    String certificate = certificates.certificate(node).toString();
    String key = certificates.key(node).toString();
    String authority = certificates.authority().toString();
    return lab.start(
        node,
        "etcd",
        "etcd",
        "--name=" + node,
        "--data-dir=" + lab.directory().resolve(node + ".etcd"),
        "--listen-client-urls=https://" + address + ":" + PORT,
        "--advertise-client-urls=https://" + address + ":" + PORT,
        "--listen-peer-urls=https://" + address + ":2380",
        "--initial-advertise-peer-urls=https://" + address + ":2380",
        "--initial-cluster=" + cluster,
        "--cert-file=" + certificate,
        "--key-file=" + key,
        "--trusted-ca-file=" + authority,
        "--client-cert-auth",
        "--peer-cert-file=" + certificate,
        "--peer-key-file=" + key,
        "--peer-trusted-ca-file=" + authority,
        "--peer-client-cert-auth");
  }
}
