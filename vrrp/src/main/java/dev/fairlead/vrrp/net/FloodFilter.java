package dev.fairlead.vrrp.net;

import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.packet.Authentication;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The {@link SocketFilter} of an advertisement socket while it is flooded: what would be rejected
 * anyway is rejected by the kernel, before it costs a system call. Stricter than {@link
 * dev.fairlead.vrrp.AdvertisementFilter} in three ways, and therefore not always there: no IP
 * options, no other list of addresses than ours, and no signed advertisements where we have no
 * password.
 */
final class FloodFilter {

  /** One of so many rejected datagrams is delivered all the same, to be counted and named. */
  static final int SAMPLE = 256;

  private static final int IPV4_WITHOUT_OPTIONS = 0x45;
  private static final int IPV4_HEADER_BYTES = 20;
  private static final int TOTAL_LENGTH = 2;
  private static final int TIME_TO_LIVE = 8;
  private static final int IPV4_SOURCE = 12;
  private static final int IPV4_DESTINATION = 16;
  private static final int HOP_LIMIT = 7;
  private static final int IPV6_SOURCE = 8;
  private static final int VRRP_HEADER_BYTES = 8;
  private static final int ADVERTISEMENT_TYPE = 1;
  private static final int VRRP_PROTOCOL = 112;

  /** A filter has room for 4,096; those of the checksum of 255 addresses are half of it. */
  private static final int MAX_INSTRUCTIONS_FOR_ADDRESSES = 1500;

  private final Settings settings;
  private final boolean ipv6;
  private final int count;

  /** Offset of the VRRP message. */
  private final int start;

  private final SocketFilter filter = new SocketFilter(SAMPLE);

  private FloodFilter(Settings settings) {
    this.settings = settings;
    ipv6 = RouteCodec.isIpv6(settings.source());
    count = settings.advertisedAddresses().size();
    start = ipv6 ? 0 : IPV4_HEADER_BYTES;
  }

  /** For a router with these settings. */
  static SocketFilter of(Settings settings) {
    return new FloodFilter(settings).build();
  }

  private SocketFilter build() {
    // The cheapest first.
    header();
    byteAt(start + 1).require(settings.routerId());
    byteAt(start).require(settings.version() << 4 | ADVERTISEMENT_TYPE);
    byteAt(start + 3).require(count);
    sender();
    timing();
    addresses();
    if (!ipv6) {
      // Of IPv6 the kernel itself is told to verify it.
      checksum();
    }
    return filter.accept();
  }

  private SocketFilter byteAt(int offset) {
    return filter.add(SocketFilter.LD_BYTE, offset);
  }

  private int ipHeader(int offset) {
    return ipv6 ? SocketFilter.NETWORK_HEADER + offset : offset;
  }

  private int messageBytes() {
    int addressBytes = ipv6 ? 16 : 4;
    return VRRP_HEADER_BYTES
        + count * addressBytes
        + (settings.version() == 2 ? Authentication.LENGTH_BYTES : 0);
  }

  private void header() {
    if (ipv6) {
      byteAt(ipHeader(HOP_LIMIT)).requireAtLeast(settings.minimumHopLimit());
      filter.add(SocketFilter.LD_LENGTH, 0).requireAtLeast(messageBytes());
      return;
    }
    byteAt(0).require(IPV4_WITHOUT_OPTIONS);
    byteAt(TIME_TO_LIVE).requireAtLeast(settings.minimumHopLimit());
    filter
        .add(SocketFilter.LD_HALF, TOTAL_LENGTH)
        .requireAtLeast(IPV4_HEADER_BYTES + messageBytes());
    filter.add(SocketFilter.LD_LENGTH, 0).requireAtLeast(IPV4_HEADER_BYTES + messageBytes());
  }

  private void sender() {
    int offset = ipHeader(ipv6 ? IPV6_SOURCE : IPV4_SOURCE);
    List<byte[]> peers = settings.peers().stream().map(InetAddress::getAddress).toList();
    if (!ipv6) {
      filter
          .add(SocketFilter.LD_WORD, offset)
          .refuse(ByteBuffer.wrap(settings.source().getAddress()).getInt());
    }
    if (!peers.isEmpty()) {
      filter.requireBytes(offset, peers);
    }
  }

  private void timing() {
    if (settings.version() == 3) {
      filter.add(SocketFilter.LD_HALF, start + 4).add(SocketFilter.AND, 0xfff).requireAtLeast(1);
      return;
    }
    byteAt(start + 4).require(settings.authentication().type());
    byteAt(start + 5).require((int) (settings.intervalNanos() / 1_000_000_000L));
    if (settings.authentication().type() != Authentication.NONE.type()) {
      byte[] password =
          ByteBuffer.allocate(Authentication.LENGTH_BYTES)
              .putLong(settings.authentication().data())
              .array();
      filter.requireBytes(start + VRRP_HEADER_BYTES + 4 * count, List.of(password));
    }
  }

  /** In any order: each that is advertised is one of ours. */
  private void addresses() {
    int instructionsEach = ipv6 ? 9 : 3;
    if (count * (count * instructionsEach + 5) > MAX_INSTRUCTIONS_FOR_ADDRESSES) {
      return;
    }
    List<byte[]> ours =
        settings.advertisedAddresses().stream().map(InetAddress::getAddress).toList();
    int bytes = ipv6 ? 16 : 4;
    for (int i = 0; i < count; i++) {
      filter.requireBytes(start + VRRP_HEADER_BYTES + bytes * i, ours);
    }
  }

  /** The sum of all 16-bit words, with the carries put back, must be all ones (RFC 1071). */
  private void checksum() {
    // Scratch memory 0 holds the sum.
    filter.add(SocketFilter.LD_IMMEDIATE, 0).add(SocketFilter.STORE, 0);
    for (int offset = 0; offset < messageBytes(); offset += 2) {
      addHalf(start + offset);
    }
    if (settings.version() == 2) {
      fold();
      filter.require(0xffff);
      return;
    }
    // Version 3 has two forms; which one is right decides the sum without the pseudo header.
    filter.add(SocketFilter.LD_MEMORY, 0).add(SocketFilter.STORE, 1);
    fold();
    filter.add(SocketFilter.STORE, 2);
    filter.add(SocketFilter.LD_MEMORY, 1).add(SocketFilter.STORE, 0);
    for (int offset = IPV4_SOURCE; offset < IPV4_DESTINATION + 4; offset += 2) {
      addHalf(offset);
    }
    filter
        .add(SocketFilter.LD_MEMORY, 0)
        .add(SocketFilter.ADD, VRRP_PROTOCOL + messageBytes())
        .add(SocketFilter.STORE, 0);
    fold();
    filter.requireEither(0xffff, 2);
  }

  private void addHalf(int offset) {
    filter
        .add(SocketFilter.LD_HALF, offset)
        .add(SocketFilter.LDX_MEMORY, 0)
        .add(SocketFilter.ADD_X, 0)
        .add(SocketFilter.STORE, 0);
  }

  /** The sum in scratch memory 0 as 16 bits. */
  private void fold() {
    for (int i = 0; i < 2; i++) {
      filter
          .add(SocketFilter.LD_MEMORY, 0)
          .add(SocketFilter.SHIFT_RIGHT, 16)
          .add(SocketFilter.TO_X, 0)
          .add(SocketFilter.LD_MEMORY, 0)
          .add(SocketFilter.AND, 0xffff)
          .add(SocketFilter.ADD_X, 0)
          .add(SocketFilter.STORE, 0);
    }
    filter.add(SocketFilter.LD_MEMORY, 0);
  }
}
