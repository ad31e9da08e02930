package dev.fairlead.vrrp.net;

import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bridge and nodes on it, each in a network namespace of its own. Node n has eth0 with MAC
 * 02:00:00:00:01:0n, 10.99.0.1n/24 and fd00:99::1n/64: the addresses of the recorded packets.
 */
final class Lan implements AutoCloseable {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final int CLONE_NEWNET = 0x40000000;

  /** open(2) and setns(2), which only tests need. */
  private static final class Libc {
    static {
      Native.register(Libc.class, "c");
    }

    static native int open(String path, int flags);

    static native int setns(int fd, int type);

    static native int close(int fd);
  }

  private final String prefix =
      "flnet%d-%d-".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
  private final List<String> namespaces = new ArrayList<>();
  private final Map<Integer, KernelView> kernels = new ConcurrentHashMap<>();

  Lan(int nodes) {
    try {
      String hub = add("hub");
      Commands.run("ip -n " + hub + " link add br0 type bridge mcast_snooping 0");
      Commands.run("ip -n " + hub + " link set br0 up");
      for (int i = 1; i <= nodes; i++) {
        String node = add("n" + i);
        Commands.run(
            "ip -n %s link add p%d type veth peer name eth0 address 02:00:00:00:01:0%d netns %s"
                .formatted(hub, i, i, node));
        Commands.run("ip -n %s link set p%d master br0 up".formatted(hub, i));
        Commands.run("ip -n %s link set lo up".formatted(node));
        Commands.run("ip -n %s address add 10.99.0.1%d/24 dev eth0".formatted(node, i));
        Commands.run("ip -n %s address add fd00:99::1%d/64 dev eth0 nodad".formatted(node, i));
        Commands.run("ip -n %s link set eth0 up".formatted(node));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private String add(String name) {
    Commands.run("ip netns add " + prefix + name);
    namespaces.add(prefix + name);
    return prefix + name;
  }

  /** The namespace of a node, counted from 1. */
  String node(int number) {
    return prefix + "n" + number;
  }

  /** The namespace of the bridge, where node n's port is called pn. */
  String hub() {
    return prefix + "hub";
  }

  /** {@code ip} in a node. */
  String ip(int number, String arguments) {
    return Commands.run("ip -n " + node(number) + " " + arguments);
  }

  /** Whether node's eth0 has this address. */
  boolean has(int number, String addressAndPrefix) {
    return kernel(number).has("eth0", addressAndPrefix);
  }

  /** Whether any interface of a node that is up and running has this address. */
  boolean answers(int number, String addressAndPrefix) {
    return kernel(number).answers(addressAndPrefix);
  }

  private KernelView kernel(int number) {
    return kernels.computeIfAbsent(number, node -> KernelView.of(node(node)));
  }

  /** Pulls the cable of a node, or puts it in again. */
  void plug(int number, boolean in) {
    Commands.run("ip -n %s link set p%d %s".formatted(hub(), number, in ? "up" : "down"));
  }

  /** From now on, sockets of the calling thread are made in that namespace. */
  static void enter(String namespace) {
    int fd = Libc.open("/var/run/netns/" + namespace, 0);
    if (fd < 0 || Libc.setns(fd, CLONE_NEWNET) != 0) {
      throw new AssertionError(
          "cannot enter " + namespace + " (these tests need root): " + Native.getLastError());
    }
    Libc.close(fd);
  }

  @Override
  public void close() {
    kernels.values().forEach(KernelView::close);
    kernels.clear();
    for (String namespace : namespaces.reversed()) {
      Commands.run("ip netns delete " + namespace);
    }
    namespaces.clear();
  }
}
