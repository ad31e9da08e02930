package dev.fairlead.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Knows which nodes had the virtual address on an interface, and when, to a millisecond or so.
 *
 * <p>The kernel's own notifications, through {@code ip monitor} in every node: polling would miss
 * what matters. Whether the address could be reached there is another question ({@link VipProbe}).
 */
public final class HolderWatch implements AutoCloseable {

  /** The address came to a node, or went; times are {@code System.nanoTime()}. */
  private record Change(long atNanos, String node, boolean present) {}

  private final String address;
  private final List<Process> monitors = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();

  private HolderWatch(String address) {
    this.address = address;
  }

  /** Starts watching; returns when every node is watched. */
  static HolderWatch start(Lab lab, String address, List<String> nodes) throws Exception {
    HolderWatch watch = new HolderWatch(address);
    for (String node : nodes) {
      ProcessBuilder builder =
          new ProcessBuilder("ip", "-n", lab.namespace(node), "-o", "-ts", "monitor", "address");
      builder.environment().put("TZ", "UTC");
      Process process = builder.start();
      watch.monitors.add(process);
      Thread.ofPlatform()
          .daemon()
          .name("addresses of " + node)
          .start(() -> watch.read(process, node));
      // Only a change that was reported proves that the monitor is listening.
      Await.until(
          "ip monitor reports for " + node,
          Duration.ofSeconds(10),
          () -> {
            lab.ip(node, "address", "replace", MARKER, "dev", "lo");
            lab.ip(node, "address", "del", MARKER, "dev", "lo");
            return watch.isListening(node);
          });
      if (lab.ip(node, "-o", "address", "show").contains(" " + address + "/")) {
        watch.note(System.nanoTime(), node, true);
      }
    }
    return watch;
  }

  private static final String MARKER = "127.9.9.9/32";

  private final Set<String> listening = new TreeSet<>();

  private boolean isListening(String node) {
    synchronized (changes) {
      return listening.contains(node);
    }
  }

  private void read(Process process, String node) {
    // Both clocks at one moment; wall clocks are not set while a test runs.
    Instant wall = Instant.now();
    long nanos = System.nanoTime();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains(" " + MARKER)) {
          synchronized (changes) {
            listening.add(node);
          }
        }
        if (line.contains(" " + address + "/")) {
          LocalDateTime stamp = LocalDateTime.parse(line.substring(1, line.indexOf(']')));
          long since = ChronoUnit.NANOS.between(wall, stamp.toInstant(ZoneOffset.UTC));
          note(nanos + since, node, !line.contains("] Deleted "));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Killed by close().
    }
  }

  private void note(long atNanos, String node, boolean present) {
    synchronized (changes) {
      changes.add(new Change(atNanos, node, present));
    }
  }

  private List<Change> changes() {
    synchronized (changes) {
      return changes.stream().sorted(Comparator.comparingLong(Change::atNanos)).toList();
    }
  }

  /** Who has it now. */
  public Set<String> holders() {
    return holdersAt(System.nanoTime());
  }

  private Set<String> holdersAt(long atNanos) {
    Set<String> holders = new TreeSet<>();
    for (Change change : changes()) {
      if (change.atNanos() - atNanos <= 0) {
        apply(change, holders);
      }
    }
    return holders;
  }

  private static void apply(Change change, Set<String> holders) {
    if (change.present()) {
      holders.add(change.node());
    } else {
      holders.remove(change.node());
    }
  }

  /** Sum of the times between two moments during which more than one node had the address. */
  public Duration twoHolders(long fromNanos, long toNanos) {
    return during(fromNanos, toNanos, 2, Integer.MAX_VALUE);
  }

  /** Sum of the times between two moments during which no node had the address. */
  public Duration noHolder(long fromNanos, long toNanos) {
    return during(fromNanos, toNanos, 0, 0);
  }

  private Duration during(long fromNanos, long toNanos, int atLeast, int atMost) {
    Set<String> holders = holdersAt(fromNanos);
    long last = fromNanos;
    long sum = 0;
    for (Change change : changes()) {
      if (change.atNanos() - fromNanos <= 0 || change.atNanos() - toNanos >= 0) {
        continue;
      }
      if (holders.size() >= atLeast && holders.size() <= atMost) {
        sum += change.atNanos() - last;
      }
      last = change.atNanos();
      apply(change, holders);
    }
    if (holders.size() >= atLeast && holders.size() <= atMost) {
      sum += toNanos - last;
    }
    return Duration.ofNanos(sum);
  }

  /** How often the address came to a node that had not got it, since the watch began. */
  public int arrivals(String node) {
    int arrivals = 0;
    boolean present = false;
    for (Change change : changes()) {
      if (change.node().equals(node)) {
        // A refreshed lifetime is reported as an address that was added.
        if (change.present() && !present) {
          arrivals++;
        }
        present = change.present();
      }
    }
    return arrivals;
  }

  /** Waits until exactly these nodes have it. */
  public void awaitHolders(Duration limit, String... nodes) throws Exception {
    Set<String> wanted = new TreeSet<>(List.of(nodes));
    Await.until("the virtual address is on " + wanted, limit, () -> holders().equals(wanted));
  }

  @Override
  public void close() {
    monitors.forEach(Process::destroyForcibly);
  }
}
