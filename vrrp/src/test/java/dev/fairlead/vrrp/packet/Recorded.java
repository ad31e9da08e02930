package dev.fairlead.vrrp.packet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/**
 * One recorded advertisement: the frame, and what it holds according to an independent decoder.
 *
 * @param number as people count, from 1, including the packets of other protocols
 */
@NullMarked
public record Recorded(String file, int number, ByteBuffer frame, Config expected) {

  /** Every recording; {@code synth_garp_forms} holds no advertisement. */
  public static final List<String> FILES =
      List.of(
          "frr_v2_stop",
          "frr_v3_takeover",
          "synth_garp_forms",
          "synth_v2_negative",
          "v2_ah",
          "v2_equal_prio",
          "v2_failover_prio0_preempt",
          "v2_garp_params",
          "v2_noauth",
          "v2_partition_heal",
          "v2_pass_multivip",
          "v2_pass_toolong",
          "v2_priority255",
          "v2_seedA_adv2",
          "v2_unicast",
          "v2_vmac",
          "v2_vmac_noxmitbase",
          "v3_ipv4",
          "v3_ipv4_unicast",
          "v3_ipv6");

  private static final int ETHERNET_HEADER_BYTES = 14;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int IPV6_HEADER_BYTES = 40;
  private static final int PCAP_HEADER_BYTES = 24;

  /** The advertisements of a recording, in order. */
  public static List<Recorded> in(String file) {
    List<? extends Config> expected =
        ConfigFactory.parseString(
                "packets=" + new String(bytes(file + ".expected.json"), StandardCharsets.UTF_8))
            .getConfigList("packets");
    List<ByteBuffer> frames = frames(bytes(file + ".pcap"));
    if (frames.size() != expected.size()) {
      throw new IllegalStateException(
          file + ": " + frames.size() + " frames, " + expected.size() + " expected");
    }
    List<Recorded> recorded = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      if (expected.get(i).hasPath("version")) {
        recorded.add(new Recorded(file, i + 1, frames.get(i), expected.get(i)));
      }
    }
    return recorded;
  }

  public boolean isIpv4() {
    return frame.getShort(12) == ETHERTYPE_IPV4;
  }

  /** From the IP header to the end of the frame, padding included. */
  public ByteBuffer ipPacket() {
    return frame.slice(ETHERNET_HEADER_BYTES, frame.limit() - ETHERNET_HEADER_BYTES);
  }

  /** As an IPv4 raw socket, or an IPv6 one with its ancillary data, would give it. */
  public Datagram datagram() {
    if (isIpv4()) {
      return switch (Datagram.unwrapIpv4(ipPacket())) {
        case Datagram datagram -> datagram;
        case Rejected reason -> throw new IllegalStateException(this + ": " + reason);
      };
    }
    ByteBuffer packet = ipPacket();
    return new Datagram(
        source(),
        destination(),
        packet.get(7) & 0xff,
        packet.slice(IPV6_HEADER_BYTES, packet.getShort(4)));
  }

  public InetAddress source() {
    return address(expected.getString("ip_src"));
  }

  public InetAddress destination() {
    return address(expected.getString("ip_dst"));
  }

  /** The VRRP message as recorded. */
  public byte[] message() {
    return HexFormat.of().parseHex(expected.getString("vrrp_hex"));
  }

  /** Of a literal; never asks a name server. */
  public static InetAddress address(String literal) {
    try {
      return InetAddress.ofLiteral(literal).isLinkLocalAddress()
          ? InetAddress.getByAddress(InetAddress.ofLiteral(literal).getAddress())
          : InetAddress.ofLiteral(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  @Override
  public String toString() {
    return file + " #" + number;
  }

  private static byte[] bytes(String name) {
    try (InputStream in = Recorded.class.getResourceAsStream("/vrrp-vectors/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ByteBuffer> frames(byte[] bytes) {
    ByteBuffer pcap = ByteBuffer.wrap(bytes);
    int magic = pcap.getInt(0);
    pcap.order(
        magic == 0xa1b2c3d4 || magic == 0xa1b23c4d
            ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN);
    List<ByteBuffer> frames = new ArrayList<>();
    int at = PCAP_HEADER_BYTES;
    while (at < pcap.limit()) {
      int length = pcap.getInt(at + 8);
      frames.add(pcap.slice(at + 16, length));
      at += 16 + length;
    }
    return frames;
  }
}
