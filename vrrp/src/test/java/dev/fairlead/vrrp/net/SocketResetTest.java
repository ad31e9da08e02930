package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The real kernel, on the loopback of a namespace of its own. */
class SocketResetTest {

  private final Lan lan = new Lan(1);
  private final Node node = new Node(lan.node(1));
  private final SocketReset reset = node.call(SocketReset::new);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    reset.close();
    node.close();
    lan.close();
  }

  private SocketChannel connect(ServerSocketChannel listener, String from) {
    return node.call(() -> {
      // A backlog's worth at most is open and not accepted.
      SocketChannel client =
          SocketChannel.open(
              from.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
      client.bind(new InetSocketAddress(from, 0));
      client.connect(
          new InetSocketAddress(from, ((InetSocketAddress) listener.getLocalAddress()).getPort()));
      opened.add(client);
      opened.add(listener.accept());
      return client;
    });
  }

  private ServerSocketChannel listen(ProtocolFamily family, String address) {
    return node.call(() -> {
      ServerSocketChannel listener = ServerSocketChannel.open(family);
      listener.bind(new InetSocketAddress(address, 0));
      opened.add(listener);
      return listener;
    });
  }

  private static void assertReset(SocketChannel client) {
    assertThatThrownBy(() -> client.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
  }

  private static void assertAlive(SocketChannel client) throws IOException {
    client.configureBlocking(false);
    assertThat(client.read(ByteBuffer.allocate(1))).isZero();
  }

  @Test
  void resetsWhatUsesTheAddressAndNothingElse() throws Exception {
    ServerSocketChannel dualStack = listen(StandardProtocolFamily.INET6, "::");
    ServerSocketChannel ipv4 = listen(StandardProtocolFamily.INET, "0.0.0.0");
    List<SocketChannel> doomed = new ArrayList<>();
    for (int i = 0; i < 700; i++) {
      doomed.add(connect(i % 2 == 0 ? dualStack : ipv4, "127.0.0.5"));
    }
    SocketChannel other = connect(dualStack, "127.0.0.6");
    SocketChannel otherFamily = connect(dualStack, "::1");

    int total = 0;
    SocketReset.Outcome outcome;
    do {
      outcome = node.call(() -> reset.reset(Routers.address("127.0.0.5")));
      total += outcome.reset();
    } while (!outcome.complete());

    // Both ends of each are on this host; a reset one's other end is gone before its own turn.
    assertThat(total).isBetween(700, 1400);
    doomed.forEach(SocketResetTest::assertReset);
    assertAlive(other);
    assertAlive(otherFamily);
    assertAlive(connect(dualStack, "127.0.0.5"));
    assertAlive(connect(ipv4, "127.0.0.5"));
  }

  /** Of both families, because a list may end with the time. */
  @Test
  void wheneverTheTimeIsUpItSaysWhetherAnyIsLeft() throws Exception {
    ServerSocketChannel dualStack = listen(StandardProtocolFamily.INET6, "::");
    ServerSocketChannel ipv4 = listen(StandardProtocolFamily.INET, "0.0.0.0");
    for (int looks = 1; looks < 8; looks++) {
      SocketChannel one = connect(ipv4, "127.0.0.5");
      SocketChannel other = connect(dualStack, "127.0.0.5");
      int last = looks;
      AtomicInteger looked = new AtomicInteger();
      LongSupplier clock = () -> looked.incrementAndGet() > last ? TimeUnit.HOURS.toNanos(1) : 0;
      try (SocketReset hurried = node.call(() -> new SocketReset(clock))) {
        int turns = 1;
        while (!node.call(() -> hurried.reset(Routers.address("127.0.0.5"))).complete()) {
          looked.set(0);
          assertThat(turns++).isLessThan(10);
        }
      }
      // One that was left out would be waited for without end.
      one.configureBlocking(false);
      other.configureBlocking(false);
      assertReset(one);
      assertReset(other);
    }
  }

  @Test
  void resetsIpv6() throws Exception {
    ServerSocketChannel listener = listen(StandardProtocolFamily.INET6, "::");
    SocketChannel doomed = connect(listener, "fd00:99::11");
    SocketChannel other = connect(listener, "::1");

    assertThat(node.call(() -> reset.reset(Routers.address("fd00:99::11"))).reset()).isPositive();

    assertReset(doomed);
    assertAlive(other);
  }

  @Test
  void findsNothingOnAnUnusedAddress() {
    assertThat(node.call(() -> reset.reset(Routers.address("10.99.0.77"))))
        .isEqualTo(new SocketReset.Outcome(0, true));
  }

  @Test
  void doesNothingOnceClosed() {
    reset.close();
    assertThat(node.call(() -> reset.reset(Routers.address("127.0.0.5"))))
        .isEqualTo(new SocketReset.Outcome(0, true));
  }

  @Test
  void anyBytesAreNoException() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (bytes.length > 12 && random.nextBoolean()) {
        // Let it look like an answer: plausible length, type and sequence.
        bytes[1] = bytes[2] = bytes[3] = 0;
        bytes[4] = (byte) (random.nextBoolean() ? 20 : 2);
        bytes[5] = 0;
        bytes[8] = 1;
        bytes[9] = bytes[10] = bytes[11] = 0;
      }
      List<byte[]> ids = new ArrayList<>();
      SocketDiagnosis.decode(ByteBuffer.wrap(bytes), 1, ids);
      assertThat(ids.size()).isLessThanOrEqualTo(bytes.length / SocketDiagnosis.ID_BYTES);
    }
  }
}
