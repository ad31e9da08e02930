package dev.fairlead.lab;

import dev.fairlead.benchmarks.failover.Netns;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends a datagram to the virtual address every two milliseconds and notes which node answers.
 *
 * <p>The answers come from a socket on each node, so they show who receives the address's traffic,
 * whatever the daemons think. A node whose cable is out does not answer.
 */
public final class VipProbe implements AutoCloseable {

  private static final int PORT = 7007;
  private static final long PERIOD_NANOS = 2_000_000;

  /**
   * One answer.
   *
   * @param atNanos {@code System.nanoTime()} when it came
   * @param node who sent it
   */
  public record Answer(long atNanos, String node) {}

  private final List<DatagramSocket> sockets = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private volatile boolean closed;

  private VipProbe() {}

  /** Starts a probe from {@code client} to {@code address}, which any of {@code nodes} may hold. */
  static VipProbe start(Lab lab, String client, String address, List<String> nodes) {
    VipProbe probe = new VipProbe();
    for (String node : nodes) {
      DatagramSocket socket = Netns.call(lab.namespace(node), () -> new DatagramSocket(PORT));
      probe.sockets.add(socket);
      Thread.ofPlatform().daemon().name("echo on " + node).start(() -> probe.echo(socket, node));
    }
    DatagramSocket socket = Netns.call(lab.namespace(client), () -> new DatagramSocket());
    probe.sockets.add(socket);
    Thread.ofPlatform().daemon().name("probe receiver").start(() -> probe.receive(socket));
    Thread.ofPlatform().daemon().name("probe sender").start(() -> probe.send(socket, address));
    return probe;
  }

  private void echo(DatagramSocket socket, String node) {
    byte[] name = node.getBytes(StandardCharsets.US_ASCII);
    DatagramPacket packet = new DatagramPacket(new byte[64], 64);
    while (!closed) {
      try {
        socket.receive(packet);
        socket.send(new DatagramPacket(name, name.length, packet.getSocketAddress()));
      } catch (IOException e) {
        // Unreachable client, or closed: the missing answer is the measurement.
      }
    }
  }

  private void send(DatagramSocket socket, String address) {
    try {
      var target = new InetSocketAddress(InetAddress.getByName(address), PORT);
      long next = System.nanoTime();
      while (!closed) {
        try {
          socket.send(new DatagramPacket(new byte[1], 1, target));
        } catch (IOException e) {
          // Nobody has the address at this moment.
        }
        next = Math.max(next + PERIOD_NANOS, System.nanoTime() - PERIOD_NANOS);
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException e) {
      throw new IllegalStateException("not an address: " + address, e);
    }
  }

  private void receive(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[64], 64);
    while (!closed) {
      try {
        socket.receive(packet);
        String node =
            new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
        synchronized (answers) {
          answers.add(new Answer(System.nanoTime(), node));
        }
      } catch (IOException e) {
        // As above.
      }
    }
  }

  /** All answers so far. */
  public List<Answer> answers() {
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }

  /** Longest time without an answer between two moments, the ends counted as answers. */
  public Duration longestGap(long fromNanos, long toNanos) {
    long last = fromNanos;
    long longest = 0;
    for (Answer answer : answers()) {
      if (answer.atNanos() - fromNanos > 0 && answer.atNanos() - toNanos < 0) {
        longest = Math.max(longest, answer.atNanos() - last);
        last = answer.atNanos();
      }
    }
    return Duration.ofNanos(Math.max(longest, toNanos - last));
  }

  /** Who answered between two moments. */
  public Set<String> answeredBy(long fromNanos, long toNanos) {
    Set<String> nodes = new TreeSet<>();
    for (Answer answer : answers()) {
      if (answer.atNanos() - fromNanos > 0 && answer.atNanos() - toNanos < 0) {
        nodes.add(answer.node());
      }
    }
    return nodes;
  }

  /**
   * Waits until a node has answered after a moment, and returns when that was.
   *
   * @return nanoTime of the first such answer
   */
  public long awaitAnswer(String node, long afterNanos, Duration limit) throws Exception {
    Await.until(
        node + " answers for the virtual address",
        limit,
        () -> firstAnswer(node, afterNanos) != null);
    Answer first = firstAnswer(node, afterNanos);
    if (first == null) {
      throw new IllegalStateException("answers are never taken back");
    }
    return first.atNanos();
  }

  private @Nullable Answer firstAnswer(String node, long afterNanos) {
    for (Answer answer : answers()) {
      if (answer.node().equals(node) && answer.atNanos() - afterNanos > 0) {
        return answer;
      }
    }
    return null;
  }

  @Override
  public void close() {
    closed = true;
    sockets.forEach(DatagramSocket::close);
  }
}
