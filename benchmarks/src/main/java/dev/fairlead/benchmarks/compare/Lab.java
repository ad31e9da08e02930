package dev.fairlead.benchmarks.compare;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Three network namespaces in a row, client – proxy – server, and a second pair of interfaces
 * straight from client to server: the physical limit.
 *
 * <p>The server has three addresses, as a control plane has three API servers. Closing the lab
 * kills what still runs in the namespaces and removes them.
 */
public final class Lab {
  public static final String PROXY_ADDRESS = "10.201.1.2";
  static final String DIRECT_ADDRESS = "10.201.3.2";
  public static final List<String> SERVER_ADDRESSES =
      List.of("10.201.2.11", "10.201.2.12", "10.201.2.13");

  /** The first two bytes of the addresses that {@link #manyServers} adds. */
  static final String MANY_SERVERS_PREFIX = "10.202";

  private final String prefix;
  private final List<String> namespaces = new CopyOnWriteArrayList<>();

  private final String congestionControl;

  /**
   * Plans it; {@link #build} makes it.
   *
   * @param prefix of the namespaces' names, unique on this host
   * @param congestionControl the same everywhere: a fresh namespace's default can differ
   */
  public Lab(String prefix, String congestionControl) {
    this.prefix = prefix;
    this.congestionControl = congestionControl;
  }

  public void build() {
    for (String namespace : List.of(client(), proxy(), server())) {
      Command.run("ip", "netns", "add", namespace);
      namespaces.add(namespace);
      configure(namespace, congestionControl);
    }
    join(client(), "toproxy", "10.201.1.1", proxy(), "toclient", PROXY_ADDRESS);
    join(proxy(), "toserver", "10.201.2.1", server(), "toproxy", SERVER_ADDRESSES.get(0));
    for (String more : SERVER_ADDRESSES.subList(1, SERVER_ADDRESSES.size())) {
      Command.run("ip", "-n", server(), "address", "add", more + "/24", "dev", "toproxy");
    }
    join(client(), "direct", "10.201.3.1", server(), "direct", DIRECT_ADDRESS);
  }

  public String client() {
    return prefix + "-c";
  }

  public String proxy() {
    return prefix + "-p";
  }

  public String server() {
    return prefix + "-s";
  }

  /** Gives the server 65,000 addresses more, behind a route, so that they cost the proxy no ARP. */
  void manyServers() {
    String network = MANY_SERVERS_PREFIX + ".0.0/16";
    Command.run("ip", "-n", server(), "route", "add", "local", network, "dev", "lo");
    Command.run("ip", "-n", proxy(), "route", "add", network, "via", SERVER_ADDRESSES.getFirst());
  }

  private static void configure(String namespace, String congestionControl) {
    Command.run("ip", "-n", namespace, "link", "set", "lo", "up");
    // Tens of thousands of connections a second on one pair of addresses leave as many TIME_WAIT
    // sockets: their ports must be usable again after a second.
    for (String setting :
        List.of(
            "net.ipv4.tcp_congestion_control=" + congestionControl,
            "net.ipv4.ip_local_port_range=10000 65535",
            "net.ipv4.tcp_tw_reuse=1",
            "net.ipv4.tcp_max_syn_backlog=8192",
            "net.core.somaxconn=8192")) {
      Command.run("ip", "netns", "exec", namespace, "sysctl", "-q", "-w", setting);
    }
  }

  private static void join(
      String left,
      String leftDevice,
      String leftAddress,
      String right,
      String rightDevice,
      String rightAddress) {
    Command.run(
        "ip",
        "link",
        "add",
        leftDevice,
        "netns",
        left,
        "type",
        "veth",
        "peer",
        "name",
        rightDevice,
        "netns",
        right);
    Command.run("ip", "-n", left, "address", "add", leftAddress + "/24", "dev", leftDevice);
    Command.run("ip", "-n", right, "address", "add", rightAddress + "/24", "dev", rightDevice);
    Command.run("ip", "-n", left, "link", "set", leftDevice, "up");
    Command.run("ip", "-n", right, "link", "set", rightDevice, "up");
  }

  /** One contender's TIME_WAIT sockets must not cost the next one its search for a port. */
  void forgetClosedConnections() {
    for (String namespace : namespaces) {
      Optional<String> _ =
          Command.tryRun("ip", "netns", "exec", namespace, "ss", "-K", "-t", "state", "time-wait");
    }
  }

  /** Kills what runs in the namespaces and removes them; may be called again. */
  public synchronized void close() {
    for (String namespace : List.copyOf(namespaces)) {
      Command.tryRun("ip", "netns", "pids", namespace)
          .ifPresent(pids ->
              pids.lines()
                  .map(pid -> ProcessHandle.of(Long.parseLong(pid.strip())))
                  .flatMap(Optional::stream)
                  .forEach(ProcessHandle::destroyForcibly));
      Optional<String> _ = Command.tryRun("ip", "netns", "delete", namespace);
      namespaces.remove(namespace);
    }
  }
}
