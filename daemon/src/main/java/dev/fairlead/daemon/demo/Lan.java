package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ethernet of its own: a bridge, and hosts connected to it, each a network namespace.
 *
 * <p>The bridge lives in a namespace too, so the host's network is not touched at all. The owner's
 * process id is part of every name: a later run can tell what a killed one has left behind.
 */
public final class Lan implements AutoCloseable {

  /** Where {@code ip netns} keeps names; the demo only lists it. */
  private static final Path NAMESPACES = Path.of("/run/netns");

  private static final String BRIDGE = "lan";

  private final String prefix;
  private final Set<String> hosts = new LinkedHashSet<>();
  private boolean closed;

  private Lan(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Builds the bridge. Namespaces are called {@code KIND-PID-…}.
   *
   * @param kind a word for what this is, e.g. {@code fairlead-demo}
   * @param suffix tells several of one process apart; may be empty
   */
  public static Lan create(String kind, String suffix) throws IOException, InterruptedException {
    Lan lan =
        new Lan(
            kind + "-" + ProcessHandle.current().pid() + (suffix.isEmpty() ? "" : "-" + suffix));
    try {
      ip("netns", "add", lan.namespace(BRIDGE));
      // No spanning tree, no forward delay, no snooping: a cable, not a network of its own mind.
      lan.ipIn(
          BRIDGE,
          "link",
          "add",
          "name",
          "br0",
          "type",
          "bridge",
          "stp_state",
          "0",
          "forward_delay",
          "0",
          "mcast_snooping",
          "0");
      lan.ipIn(BRIDGE, "link", "set", "br0", "up");
      return lan;
    } catch (IOException | InterruptedException e) {
      lan.close();
      throw e;
    }
  }

  /** Adds a host whose only interface, {@code eth0}, has these addresses (with prefix). */
  public synchronized void addHost(String host, String... addresses)
      throws IOException, InterruptedException {
    if (closed) {
      throw new IOException("the network is gone");
    }
    hosts.add(host);
    ip("netns", "add", namespace(host));
    ipIn(host, "link", "set", "lo", "up");
    ipIn(
        BRIDGE,
        "link",
        "add",
        "name",
        host,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        namespace(host));
    ipIn(BRIDGE, "link", "set", host, "master", "br0", "up");
    for (String address : addresses) {
      List<String> command = new ArrayList<>(List.of("addr", "add", address, "dev", "eth0"));
      if (address.indexOf(':') >= 0) {
        command.add("nodad");
      }
      ipIn(host, command.toArray(String[]::new));
    }
    ipIn(host, "link", "set", "eth0", "up");
  }

  /** The namespace of a host, or of the bridge ({@code lan}). */
  public String namespace(String host) {
    return prefix + "-" + host;
  }

  /** Pulls the host's cable at the bridge: the host sees its carrier go. */
  public void unplug(String host) throws IOException, InterruptedException {
    ipIn(BRIDGE, "link", "set", host, "down");
  }

  /** Undoes {@link #unplug}. */
  public void plug(String host) throws IOException, InterruptedException {
    ipIn(BRIDGE, "link", "set", host, "up");
  }

  /** A command line, to be run inside a host. The process is the command's own, not a wrapper's. */
  public List<String> inside(String host, List<String> command) {
    return Shell.command(List.of("ip", "netns", "exec", namespace(host)), command);
  }

  /** Runs {@code ip} on the interfaces of a host. */
  public String ipIn(String host, String... arguments) throws IOException, InterruptedException {
    return Shell.run(Shell.command(List.of("ip", "-n", namespace(host)), List.of(arguments)));
  }

  /** kill -9 for every process inside a host. */
  public void killAll(String host) throws IOException, InterruptedException {
    killAllIn(namespace(host));
  }

  /** Kills what still runs inside, and removes every namespace. May be called twice. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (String host : hosts) {
      remove(namespace(host));
    }
    remove(namespace(BRIDGE));
  }

  /**
   * Removes what processes that are gone have left behind.
   *
   * @param kind as given to {@link #create}
   * @return names of the removed namespaces
   */
  public static List<String> removeAbandoned(String kind) throws IOException {
    Pattern owned = Pattern.compile(Pattern.quote(kind) + "-([0-9]+)-.*");
    List<String> removed = new ArrayList<>();
    if (!Files.isDirectory(NAMESPACES)) {
      return removed;
    }
    try (DirectoryStream<Path> names = Files.newDirectoryStream(NAMESPACES)) {
      for (Path path : names) {
        String name = path.getFileName().toString();
        Matcher matcher = owned.matcher(name);
        if (matcher.matches() && !ownerLives(Long.parseLong(matcher.group(1)))) {
          remove(name);
          removed.add(name);
        }
      }
    }
    return removed;
  }

  /** Whether that process is still there, and is one of ours: numbers are used again. */
  static boolean ownerLives(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().command())
        .filter(command -> command.endsWith("java"))
        .isPresent();
  }

  private static void remove(String namespace) {
    if (!Files.exists(NAMESPACES.resolve(namespace))) {
      return;
    }
    try {
      killAllIn(namespace);
      ip("netns", "delete", namespace);
    } catch (IOException e) {
      System.err.println(
          "cannot remove the network namespace " + namespace + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void killAllIn(String namespace) throws IOException, InterruptedException {
    for (String pid : ip("netns", "pids", namespace).split("\\s+", -1)) {
      if (!pid.isEmpty()) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private static String ip(String... arguments) throws IOException, InterruptedException {
    return Shell.run(Shell.command(List.of("ip"), List.of(arguments)));
  }
}
