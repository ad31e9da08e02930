package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.fuzz.Target;
import dev.fairlead.vrrp.AdvertisementFilter;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.ChecksumForm;
import dev.fairlead.vrrp.packet.Datagram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.NullMarked;

/** Advertisements, the kernel's messages, and what others say on the LAN about our addresses. */
@NullMarked
public final class VrrpTargets {

  private static final int ETHERNET_BYTES = 14;
  private static final int IPV6_HEADER_BYTES = 40;
  private static final int PCAP_HEADER_BYTES = 24;
  private static final int ADVERTISEMENT_PROTOCOL = 112;

  private static final List<String> RECORDINGS =
      List.of(
          "frr_v2_stop",
          "frr_v3_takeover",
          "synth_garp_forms",
          "synth_v2_negative",
          "v2_ah",
          "v2_equal_prio",
          "v2_noauth",
          "v2_pass_multivip",
          "v2_pass_toolong",
          "v2_seedA_adv2",
          "v2_unicast",
          "v3_ipv4",
          "v3_ipv4_unicast",
          "v3_ipv6");

  private static final InetAddress VIP = InetAddress.ofLiteral("10.99.0.100");
  private static final InetAddress VIP6 = InetAddress.ofLiteral("fd00:99::100");
  private static final MacAddress OWN = MacAddress.of(new byte[] {2, 0, 0, 0, 1, 1});

  private static final Settings V2 =
      settings(2, VIP, "10.99.0.11", Authentication.password(new byte[] {'1', '2', '3'}));
  private static final Settings V3 = settings(3, VIP, "10.99.0.11", Authentication.NONE);
  private static final Settings V3_IPV6 = settings(3, VIP6, "fe80::1", Authentication.NONE);

  private VrrpTargets() {}

  public static List<Target> all() {
    return List.of(
        new Target("IPv4 packet with an advertisement", VrrpTargets::ipv4, frames(0x0800, 0)),
        new Target("IPv6 header and advertisement", VrrpTargets::ipv6, ipv6Seeds()),
        new Target("rtnetlink", bytes -> RouteCodec.decode(bytes), routeSeeds()),
        new Target("sock_diag", VrrpTargets::socketDiagnosis, diagnosisSeeds()),
        new Target("ARP claim", bytes -> claim(bytes, VIP), frames(0x0806, -ETHERNET_BYTES)),
        new Target(
            "neighbour advertisement claim",
            bytes -> claim(bytes, VIP6),
            AnnouncementFrames.announcement(OWN, VIP6, ArpForm.REQUEST, true)));
  }

  private static Settings settings(
      int version, InetAddress vip, String source, Authentication authentication) {
    return new Settings(
        version,
        51,
        100,
        1_000_000_000L,
        false,
        0,
        0,
        InitialState.BACKUP,
        InetAddress.ofLiteral(source),
        List.of(),
        0,
        authentication,
        ChecksumForm.PSEUDO_HEADER,
        List.of(new VirtualAddress(vip, 24, Optional.empty(), Optional.empty())),
        GratuitousArp.DEFAULT,
        false);
  }

  private static void ipv4(byte[] packet) {
    if (Datagram.unwrapIpv4(ByteBuffer.wrap(packet)) instanceof Datagram datagram) {
      for (Datagram each : List.of(datagram, summed(datagram))) {
        AdvertisementFilter.examine(V2, each);
        AdvertisementFilter.examine(V3, each);
        decode(each);
      }
    }
  }

  /** With a checksum that is right if the length is: chance does not find one in 65,536. */
  private static Datagram summed(Datagram datagram) {
    byte[] payload = new byte[datagram.payload().remaining()];
    datagram.payload().get(datagram.payload().position(), payload);
    if (payload.length < 8) {
      return datagram;
    }
    boolean version2 = payload[0] >> 4 == 2;
    int each = datagram.source().getAddress().length;
    int length = 8 + (payload[3] & 0xff) * each + (version2 ? 8 : 0);
    payload[6] = 0;
    payload[7] = 0;
    long sum = each == 16 ? AdvertisementCodec.PROTOCOL + length : 0;
    if (each == 16) {
      // One of them may be an IPv4 address in an IPv6 one, which Java takes for IPv4.
      byte[] destination = datagram.destination().getAddress();
      sum += sum(datagram.source().getAddress(), 16) + sum(destination, destination.length);
    }
    sum += sum(payload, Math.min(length, payload.length));
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    payload[6] = (byte) (~sum >> 8);
    payload[7] = (byte) ~sum;
    return new Datagram(
        datagram.source(), datagram.destination(), datagram.hopLimit(), ByteBuffer.wrap(payload));
  }

  private static long sum(byte[] bytes, int length) {
    long sum = 0;
    for (int i = 0; i < length; i++) {
      sum += i % 2 == 0 ? (bytes[i] & 0xff) << 8 : bytes[i] & 0xff;
    }
    return sum;
  }

  /** As Ipv6Message puts it together from what the kernel says. */
  private static void ipv6(byte[] packet) {
    if (packet.length < IPV6_HEADER_BYTES) {
      return;
    }
    Datagram datagram =
        new Datagram(
            RouteCodec.inetAddress(Arrays.copyOfRange(packet, 8, 24)),
            RouteCodec.inetAddress(Arrays.copyOfRange(packet, 24, 40)),
            packet[7] & 0xff,
            ByteBuffer.wrap(packet, IPV6_HEADER_BYTES, packet.length - IPV6_HEADER_BYTES).slice());
    for (Datagram each : List.of(datagram, summed(datagram))) {
      AdvertisementFilter.examine(V3_IPV6, each);
      decode(each);
    }
  }

  /** What is understood can be said again, and means the same. */
  private static void decode(Datagram datagram) {
    InetAddress source = datagram.source();
    InetAddress destination = datagram.destination();
    if (AdvertisementCodec.decode(datagram) instanceof Advertisement first
        && source.getClass() == destination.getClass()) {
      byte[] again =
          AdvertisementCodec.encode(first, source, destination, ChecksumForm.PSEUDO_HEADER);
      Datagram sent = new Datagram(source, destination, 255, ByteBuffer.wrap(again));
      if (!first.equals(AdvertisementCodec.decode(sent))) {
        throw new AssertionError("not the same when it is sent again: " + first);
      }
    }
  }

  private static void socketDiagnosis(byte[] bytes) {
    List<byte[]> ids = new ArrayList<>();
    SocketDiagnosis.decode(ByteBuffer.wrap(bytes), 1, ids);
    for (byte[] id : ids) {
      if (id.length != SocketDiagnosis.ID_BYTES) {
        throw new AssertionError("an id of " + id.length + " bytes");
      }
    }
  }

  private static void claim(byte[] frame, InetAddress ours) {
    ClaimSocket.claim(frame, OWN, List.of(ours))
        .ifPresent(claim -> {
          if (!claim.address().equals(ours) || claim.by().equals(OWN)) {
            throw new AssertionError("no claim to ours by another: " + claim);
          }
        });
  }

  // ---- seeds ----

  /** From the Ethernet header's end, or {@code skip} bytes further, of all recorded frames. */
  private static List<byte[]> frames(int etherType, int skip) {
    return frames(frame -> (frame.getShort(12) & 0xffff) == etherType, skip);
  }

  private static List<byte[]> ipv6Seeds() {
    return frames(
        frame ->
            (frame.getShort(12) & 0xffff) == 0x86dd
                && frame.get(ETHERNET_BYTES + 6) == ADVERTISEMENT_PROTOCOL,
        0);
  }

  /** The first few of each recording: the rest differ in their time only. */
  private static List<byte[]> frames(Predicate<ByteBuffer> wanted, int skip) {
    List<byte[]> found = new ArrayList<>();
    for (String recording : RECORDINGS) {
      frames(recording).stream()
          .filter(wanted)
          .limit(recording.startsWith("synth") ? 30 : 3)
          .map(frame -> Arrays.copyOfRange(frame.array(), ETHERNET_BYTES + skip, frame.limit()))
          .forEach(found::add);
    }
    return found;
  }

  private static List<ByteBuffer> frames(String recording) {
    ByteBuffer pcap = ByteBuffer.wrap(resource("/vrrp-vectors/" + recording + ".pcap"));
    int magic = pcap.getInt(0);
    boolean big = magic == 0xa1b2c3d4 || magic == 0xa1b23c4d;
    pcap.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    List<ByteBuffer> frames = new ArrayList<>();
    for (int at = PCAP_HEADER_BYTES; at < pcap.limit(); ) {
      int length = pcap.getInt(at + 8);
      byte[] frame = new byte[length];
      pcap.get(at + 16, frame);
      frames.add(ByteBuffer.wrap(frame));
      at += 16 + length;
    }
    return frames;
  }

  private static byte[] resource(String name) {
    try (InputStream in = VrrpTargets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What we send has the form of what we hear; and links, as the kernel tells of them. */
  private static List<byte[]> routeSeeds() {
    VirtualAddress labelled =
        new VirtualAddress(VIP, 24, Optional.of("eth0:vip"), Optional.empty());
    VirtualAddress ipv6 = new VirtualAddress(VIP6, 64, Optional.empty(), Optional.empty());
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(RouteCodec.addAddress(1, 2, labelled, 2));
    seeds.add(RouteCodec.addAddress(1, 2, ipv6, RouteMessage.FOREVER));
    seeds.add(RouteCodec.removeAddress(1, 2, VIP, 24));
    seeds.add(message(2, ByteBuffer.allocate(20).order(ByteOrder.nativeOrder()).putInt(-99)));
    seeds.add(message(3, ByteBuffer.allocate(4)));
    for (int type : new int[] {16, 17}) {
      ByteBuffer link = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
      link.putShort((short) 0).putShort((short) 1).putInt(2).putInt(0x41).putInt(0);
      link.putShort((short) 9).putShort((short) 3);
      link.put("eth0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
      link.putShort((short) 10).putShort((short) 1).put(OWN.bytes()).putShort((short) 0);
      seeds.add(message(type, link));
    }
    ByteBuffer both = ByteBuffer.allocate(seeds.get(0).length + seeds.get(5).length);
    seeds.add(both.put(seeds.get(0)).put(seeds.get(5)).array());
    return seeds;
  }

  private static List<byte[]> diagnosisSeeds() {
    return List.of(
        message(20, ByteBuffer.allocate(72)),
        message(20, ByteBuffer.allocate(4 + SocketDiagnosis.ID_BYTES)),
        message(3, ByteBuffer.allocate(4)),
        message(2, ByteBuffer.allocate(20)));
  }

  /** A netlink message with sequence number 1. */
  private static byte[] message(int type, ByteBuffer body) {
    return ByteBuffer.allocate(16 + body.capacity())
        .order(ByteOrder.nativeOrder())
        .putInt(16 + body.capacity())
        .putShort((short) type)
        .putShort((short) 0)
        .putInt(1)
        .putInt(0)
        .put(body.array())
        .array();
  }
}
