package dev.fairlead.benchmarks.failover;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.daemon.demo.Lan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two nodes, a client and a host with the API servers on one bridge, and everything that can happen
 * to their cables.
 */
final class FaultLab implements AutoCloseable {
  static final String CLIENT = "client";

  /** Holds the API servers, and asks who has the address: the client's own cache stays alone. */
  static final String SERVER = "server";

  private static final Pattern LINK =
      Pattern.compile("^(\\d+): .*link/ether ([0-9a-f:]+)", Pattern.DOTALL);

  private final Lan lan;
  private final boolean ipv6;

  private FaultLab(Lan lan, boolean ipv6) {
    this.lan = lan;
    this.ipv6 = ipv6;
  }

  static FaultLab build(String prefix, String name, boolean ipv6)
      throws IOException, InterruptedException {
    FaultLab lab = new FaultLab(Lan.create(prefix, name), ipv6);
    try {
      for (String host : List.of(node(0), node(1), CLIENT, SERVER)) {
        lab.lan.addHost(host, lab.text(host) + (ipv6 ? "/64" : "/24"));
        // Duplicate detection would keep an interface silent for a second after each link flap.
        for (String setting :
            List.of(
                "net.ipv6.conf.all.accept_dad=0",
                "net.ipv6.conf.default.accept_dad=0",
                "net.ipv6.conf.eth0.accept_dad=0",
                "net.ipv6.conf.all.keep_addr_on_down=1",
                "net.ipv6.conf.eth0.keep_addr_on_down=1",
                "net.ipv4.tcp_tw_reuse=1",
                "net.ipv4.ip_local_port_range=10000 65535")) {
          Command.run("ip", "netns", "exec", lab.namespace(host), "sysctl", "-q", "-w", setting);
        }
      }
      lab.nft(
          "add table bridge cut; add chain bridge cut forward"
              + " { type filter hook forward priority 0; }");
      return lab;
    } catch (IOException | InterruptedException | RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  static String node(int node) {
    return "n" + (node + 1);
  }

  boolean ipv6() {
    return ipv6;
  }

  String namespace(String host) {
    return lan.namespace(host);
  }

  private String network() {
    return ipv6 ? "fd00:78::" : "10.78.0.";
  }

  private String text(String host) {
    return network()
        + switch (host) {
          case "n1" -> "11";
          case "n2" -> "12";
          case SERVER -> "8";
          default -> "9";
        };
  }

  /** The virtual address, with its prefix length. */
  String vip() {
    return network() + (ipv6 ? "100/64" : "100/24");
  }

  InetAddress vipAddress() {
    return address(network() + "100");
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not a numeric address: " + text, e);
    }
  }

  InetAddress hostAddress(String host) {
    return address(text(host));
  }

  /** The API server of a node's own proxy, as configuration files write it. */
  String backend(int node) {
    String server = text(SERVER);
    return (ipv6 ? "[" + server + "]" : server) + ":" + Watch.backendPort(node);
  }

  /** Index and hardware address of a host's interface. */
  record Link(int index, String macText) {
    byte[] mac() {
      return HexFormat.ofDelimiter(":").parseHex(macText);
    }
  }

  Link link(String host) throws IOException, InterruptedException {
    Matcher matcher = LINK.matcher(lan.ipIn(host, "link", "show", "dev", "eth0"));
    if (!matcher.find()) {
      throw new IllegalStateException("no eth0 on " + host);
    }
    return new Link(Integer.parseInt(matcher.group(1)), matcher.group(2));
  }

  List<String> inside(int node, List<String> command) {
    return lan.inside(node(node), command);
  }

  // ---- faults ----

  void powerOff(int node) throws IOException, InterruptedException {
    lan.unplug(node(node));
    lan.killAll(node(node));
  }

  /** The cable is in again, and nothing is left of what the processes had made. */
  void powerOn(int node) throws IOException, InterruptedException {
    forget(node);
    lan.plug(node(node));
  }

  /** What a reboot leaves of addresses and filters: nothing. */
  void forget(int node) {
    Command.tryRun("ip", "-n", namespace(node(node)), "address", "del", vip(), "dev", "eth0");
    if (ipv6) {
      Command.tryRun(
          "ip", "-n", namespace(node(node)), "address", "del", "fe80::51/64", "dev", "eth0");
    }
    Command.tryRun("ip", "netns", "exec", namespace(node(node)), "nft", "flush", "ruleset");
  }

  void carrier(int node, boolean up) throws IOException, InterruptedException {
    if (up) {
      lan.plug(node(node));
    } else {
      lan.unplug(node(node));
    }
  }

  void interfaceUp(int node, boolean up) throws IOException, InterruptedException {
    lan.ipIn(node(node), "link", "set", "eth0", up ? "up" : "down");
  }

  void deleteVip(int node) throws IOException, InterruptedException {
    lan.ipIn(node(node), "address", "del", vip(), "dev", "eth0");
  }

  /** Nothing passes from one node to the other. */
  void cut(int from, int to, boolean vrrpOnly) {
    String match = vrrpOnly ? (ipv6 ? " meta l4proto 112" : " ip protocol 112") : "";
    nft(
        "add rule bridge cut forward iifname %s oifname %s%s drop"
            .formatted(node(from), node(to), match));
  }

  void cutBoth(boolean vrrpOnly) {
    String match = vrrpOnly ? (ipv6 ? " meta l4proto 112" : " ip protocol 112") : "";
    List<String> rules = new ArrayList<>();
    for (int from = 0; from < 2; from++) {
      rules.add(
          "add rule bridge cut forward iifname %s oifname %s%s drop"
              .formatted(node(from), node(1 - from), match));
    }
    nft(String.join("; ", rules));
  }

  void heal() {
    nft("flush chain bridge cut forward");
  }

  /** The client asks anew who has the address: the way out when nobody has told it. */
  void forgetNeighbours() {
    Command.tryRun("ip", "-n", namespace(CLIENT), "neigh", "flush", "dev", "eth0");
  }

  private void nft(String commands) {
    Command.run("ip", "netns", "exec", lan.namespace("lan"), "nft", commands);
  }

  @Override
  public void close() {
    lan.close();
  }
}
