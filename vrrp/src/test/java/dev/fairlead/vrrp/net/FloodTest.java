package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.ChecksumForm;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tens of thousands of forged advertisements a second, of every kind at once. */
class FloodTest {

  private static final String VIP = "10.99.0.100/24";

  /** For a busy machine: nothing here is about how long it takes. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static final Duration MASTER_DOWN = Duration.ofSeconds(20);

  private static final long FLOOD_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final InetAddress GROUP = Routers.address("224.0.0.18");

  private final Lan lan = new Lan(3);
  private final Node first = new Node(lan.node(1));
  private final Node second = new Node(lan.node(2));
  private final Node attacker = new Node(lan.node(3));

  @AfterEach
  void close() {
    try (lan) {
      first.close();
      second.close();
      attacker.close();
    }
  }

  @Test
  void aFloodOfForgeriesNeitherMovesTheAddressNorCostsMuch() {
    first.start(Routers.version2(100, VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.version2(90, VIP));
    Await.until("heard", SOON, () -> !second.status().master().isEmpty());
    List<byte[]> forgeries = forgeries();
    long sentBefore = first.status().sent().getOrDefault("normal", 0L);
    long heardBefore = heard(second);
    long cpuBefore = cpu(second);
    long startedAt = System.nanoTime();

    long sent = attacker.call(() -> flood(forgeries));

    long elapsed = System.nanoTime() - startedAt;
    double share = (cpu(second) - cpuBefore) / (double) elapsed;
    double microsEach = (cpu(second) - cpuBefore) / 1e3 / sent;
    double perSecond = sent / (elapsed / 1e9);
    System.out.printf(
        "%.0f forged advertisements a second cost %.1f %% of a CPU, %.2f µs each%n",
        perSecond, 100 * share, microsEach);
    assertThat(first.transitions()).containsExactly("FAULT -> BACKUP", "BACKUP -> MASTER");
    assertThat(second.transitions()).containsExactly("FAULT -> BACKUP");
    // Of a fast sender there are more; on a busy machine each takes longer.
    assertThat(share < 0.2 || microsEach < 1).as("%.2f of a CPU", share).isTrue();
    assertThat(second.status().rejected())
        .containsKeys("bad_hop_limit", "wrong_router_id", "bad_checksum", "authentication_failed");
    // What a sample stands for is counted, so the sum is of the flood's order. (They alone would be
    // one of 256; a busy machine loses many before the filter is there.)
    long counted = second.status().rejected().values().stream().mapToLong(n -> n).sum();
    assertThat(counted).isBetween(sent / 10, sent * 3);

    // The real ones were heard all the while, but for one perhaps.
    long real = first.status().sent().getOrDefault("normal", 0L) - sentBefore;
    first.closeRouters();
    second.awaitState(State.MASTER, MASTER_DOWN);
    assertThat(real).isPositive();
    assertThat(heard(second) - heardBefore).isGreaterThanOrEqualTo(real - 1);
  }

  private static long heard(Node node) {
    return node.status().received().getOrDefault("normal", 0L);
  }

  private static long cpu(Node node) {
    return node.call(() -> ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
  }

  private static long flood(List<byte[]> frames) throws SocketException {
    long sent = 0;
    try (Rtnetlink rtnetlink = new Rtnetlink();
        FrameSocket socket = new FrameSocket()) {
      int index =
          rtnetlink.links().stream()
              .filter(link -> link.name().equals("eth0"))
              .findFirst()
              .orElseThrow()
              .index();
      long until = System.nanoTime() + FLOOD_NANOS;
      while (System.nanoTime() - until < 0) {
        for (byte[] frame : frames) {
          if (socket.send(index, frame) == 0) {
            sent++;
          }
        }
      }
    }
    return sent;
  }

  /** All of the highest priority. */
  private static List<byte[]> forgeries() {
    VirtualRouterConfig config = Routers.version2(254, VIP);
    List<byte[]> forged = new ArrayList<>();
    forged.add(forge(config, packet -> packet[8] = 64));
    forged.add(forge(config, packet -> packet[26]++));
    forged.add(forge(config, packet -> packet[23] = 9));
    forged.add(forge(config, packet -> packet[21]++));
    forged.add(forge(Routers.withPassword(config, "guessed"), packet -> {}));
    return forged;
  }

  private static byte[] forge(VirtualRouterConfig config, Consumer<byte[]> change) {
    InetAddress source = Routers.address("10.99.0.13");
    Settings settings = Settings.of(config, source);
    byte[] packet =
        AdvertisementCodec.encodeIpv4Packet(
            settings.advertisement(254), source, GROUP, ChecksumForm.PSEUDO_HEADER, 7);
    change.accept(packet);
    headerChecksum(packet);
    return ByteBuffer.allocate(14 + packet.length)
        .put(HexFormat.of().parseHex("01005e0000120200000001030800"))
        .put(packet)
        .array();
  }

  /** The kernel would drop it otherwise. */
  private static void headerChecksum(byte[] packet) {
    packet[10] = 0;
    packet[11] = 0;
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += (packet[i] & 0xff) << 8 | (packet[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    packet[10] = (byte) (sum >> 8);
    packet[11] = (byte) sum;
  }
}
