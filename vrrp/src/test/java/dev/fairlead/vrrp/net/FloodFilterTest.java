package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.AdvertisementFilter;
import dev.fairlead.vrrp.AdvertisementFilter.Verdict;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.ChecksumForm;
import dev.fairlead.vrrp.packet.Datagram;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the kernel keeps away while a socket is flooded, and what it lets through. */
class FloodFilterTest {

  private static final InetAddress OWN = Routers.address("10.99.0.11");
  private static final InetAddress PEER = Routers.address("10.99.0.12");
  private static final InetAddress GROUP = Routers.address("224.0.0.18");
  private static final String[] ADDRESSES = {"10.99.0.100/24", "10.99.0.101/24"};

  private static final Settings V2 = Settings.of(Routers.version2(100, ADDRESSES), OWN);
  private static final Settings V3 = Settings.of(Routers.version3(100, ADDRESSES), OWN);
  private static final Settings UNICAST =
      Settings.of(Routers.unicast(100, "10.99.0.12", ADDRESSES), OWN);

  @Test
  void advertisementsOfOurPeersGetThrough() {
    for (Settings settings : List.of(V2, V3, UNICAST)) {
      SocketFilter filter = FloodFilter.of(settings);
      for (ChecksumForm form : ChecksumForm.values()) {
        for (int priority : new int[] {0, 1, 100, 254, 255}) {
          assertThat(FilterMachine.accepts(filter, packet(settings, priority, form), 0))
              .as("%s %s %d", settings, form, priority)
              .isTrue();
        }
      }
    }
  }

  @Test
  void theOrderOfTheAddressesMeansNothing() {
    Settings turned = Settings.of(Routers.version2(90, "10.99.0.101/24", "10.99.0.100/24"), PEER);
    assertThat(
            FilterMachine.accepts(
                FloodFilter.of(V2), packet(turned, 90, ChecksumForm.PSEUDO_HEADER), 0))
        .isTrue();
  }

  @Test
  void everyKindOfForgeryIsKeptAway() {
    assertKeptAway(V2, packet -> packet[8] = (byte) 254);
    assertKeptAway(V2, packet -> packet[26]++);
    assertKeptAway(V2, packet -> packet[3] -= 20);
    assertKeptAway(V2, packet -> packet[21]++);
    assertKeptAway(V2, packet -> packet[20] = 0x31);
    assertKeptAway(V2, packet -> packet[20] = 0x22);
    assertKeptAway(V2, packet -> packet[25] = 2);
    assertKeptAway(V2, packet -> packet[24] = 0);
    assertKeptAway(V3, packet -> packet[26]++);
    byte[] own = packet(V2, 100, ChecksumForm.PSEUDO_HEADER);
    System.arraycopy(OWN.getAddress(), 0, own, 12, 4);
    assertThat(FilterMachine.accepts(FloodFilter.of(V2), own, 0)).as("looped").isFalse();
  }

  @Test
  void wellFormedOnesWithAnotherPasswordListOrSenderAreKeptAway() {
    Settings otherList = Settings.of(Routers.version2(200, "10.99.0.100/24", "10.99.0.9/24"), PEER);
    Settings shorter = Settings.of(Routers.version2(200, "10.99.0.100/24"), PEER);
    Settings longer =
        Settings.of(
            Routers.version2(200, "10.99.0.100/24", "10.99.0.101/24", "10.99.0.9/24"), PEER);
    for (Settings sender : List.of(otherList, shorter, longer)) {
      assertThat(
              FilterMachine.accepts(
                  FloodFilter.of(V2), packet(sender, 200, ChecksumForm.PSEUDO_HEADER), 0))
          .isFalse();
    }
    VirtualRouterConfig config = Routers.version2(200, ADDRESSES);
    Settings otherPassword = Settings.of(Routers.withPassword(config, "654321"), PEER);
    assertThat(
            FilterMachine.accepts(
                FloodFilter.of(V2), packet(otherPassword, 200, ChecksumForm.PSEUDO_HEADER), 0))
        .isFalse();
    Settings stranger = Settings.of(Routers.version2(200, ADDRESSES), address("10.99.0.77"));
    byte[] fromStranger =
        AdvertisementCodec.encodeIpv4Packet(
            stranger.advertisement(200), stranger.source(), OWN, ChecksumForm.PSEUDO_HEADER, 7);
    assertThat(FilterMachine.accepts(FloodFilter.of(UNICAST), fromStranger, 0)).isFalse();
  }

  private static InetAddress address(String text) {
    return Routers.address(text);
  }

  @Test
  void aSampleOfWhatIsRejectedGetsThroughToBeCounted() {
    byte[] packet = packet(V2, 100, ChecksumForm.PSEUDO_HEADER);
    packet[8] = 1;
    assertThat(FilterMachine.samples(FloodFilter.of(V2), packet, 0)).isTrue();
    assertThat(FilterMachine.accepts(FloodFilter.of(V2), packet, 0)).isFalse();
  }

  @Test
  void ipv6LooksAtTheHeaderInFrontOfTheData() {
    InetAddress own = address("fe80::11");
    InetAddress peer = address("fe80::12");
    InetAddress group = address("ff02::12");
    VirtualRouterConfig config = Routers.version3(100, "fe80::51/64", "fd00:99::100/64");
    SocketFilter filter = FloodFilter.of(Settings.of(config, own));
    byte[] message =
        AdvertisementCodec.encode(
            Settings.of(config, peer).advertisement(90), peer, group, ChecksumForm.PSEUDO_HEADER);
    ByteBuffer packet =
        ByteBuffer.allocate(40 + message.length)
            .putInt(0x6c000000)
            .putShort((short) message.length)
            .put((byte) 112)
            .put((byte) 255)
            .put(peer.getAddress())
            .put(group.getAddress())
            .put(message);
    assertThat(FilterMachine.accepts(filter, packet.array(), 40)).isTrue();
    for (int at : new int[] {7, 40, 41, 43, 40 + 8 + 15}) {
      byte[] forged = packet.array().clone();
      forged[at]--;
      assertThat(FilterMachine.accepts(filter, forged, 40)).as("byte " + at).isFalse();
    }
  }

  /** What the election would listen to must get through, whatever else is strange about it. */
  @Test
  void neverStricterThanSaid() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      Settings settings = List.of(V2, V3, UNICAST).get(random.nextInt(3));
      byte[] packet = packet(settings, random.nextInt(256), ChecksumForm.PSEUDO_HEADER);
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt();
      }
      boolean listens =
          Datagram.unwrapIpv4(ByteBuffer.wrap(packet)) instanceof Datagram datagram
              && AdvertisementFilter.examine(settings, datagram)
                  instanceof Verdict.Accepted(_, var differ)
              && !differ
              && packet[0] == 0x45;
      if (listens) {
        accepted++;
        if (!FilterMachine.accepts(FloodFilter.of(settings), packet, 0)) {
          throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(packet));
        }
      }
    }
    assertThat(accepted).isGreaterThan(10_000);
  }

  @Test
  void theLongestListsStillMakeAProgramTheKernelTakes() {
    String[] many = new String[255];
    for (int i = 0; i < many.length; i++) {
      many[i] = "10.98.0." + i + "/24";
    }
    assertThat(FloodFilter.of(Settings.of(Routers.version2(100, many), OWN)).instructions())
        .hasSizeLessThanOrEqualTo(4096);
    assertThat(FloodFilter.of(Settings.of(Routers.version3(100, many), OWN)).instructions())
        .hasSizeLessThanOrEqualTo(4096);
  }

  private static void assertKeptAway(Settings settings, Consumer<byte[]> forgery) {
    byte[] packet = packet(settings, 100, ChecksumForm.PSEUDO_HEADER);
    assertThat(FilterMachine.accepts(FloodFilter.of(settings), packet, 0)).isTrue();
    forgery.accept(packet);
    assertThat(FilterMachine.accepts(FloodFilter.of(settings), packet, 0))
        .as(HexFormat.of().formatHex(packet))
        .isFalse();
  }

  private static byte[] packet(Settings settings, int priority, ChecksumForm form) {
    return AdvertisementCodec.encodeIpv4Packet(
        settings.advertisement(priority), PEER, settings.peers().isEmpty() ? GROUP : OWN, form, 7);
  }
}
