package dev.fairlead.benchmarks.apiserver;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A member of a real etcd cluster, TLS with client certificates everywhere.
 *
 * @param name also of its certificate
 * @param members addresses of all members by name
 */
public record EtcdMember(String name, String address, Map<String, String> members) {

  /** Port for clients of every member. */
  public static final int PORT = 2379;

  public EtcdMember {
    members = Map.copyOf(members);
  }

  /**
   * The command that starts it, and starts it again.
   *
   * @param directory for its data
   */
  public List<String> command(Path directory, Certificates certificates) {
    String cluster =
        members.entrySet().stream()
            .map(each -> each.getKey() + "=https://" + each.getValue() + ":2380")
            .sorted()
            .collect(Collectors.joining(","));
    Path certificate = certificates.certificate(name);
    Path key = certificates.key(name);
    Path authority = certificates.authority();
    return List.of(
        "etcd",
        "--name=" + name,
        "--data-dir=" + directory,
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
