package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import org.pcap4j.packet.ArpPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IcmpV6NeighborAdvertisementPacket;
import org.pcap4j.packet.IpV6NeighborDiscoveryTargetLinkLayerAddressOption;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.IpV6SimpleFlowLabel;
import org.pcap4j.packet.IpV6SimpleTrafficClass;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.namednumber.ArpHardwareType;
import org.pcap4j.packet.namednumber.ArpOperation;
import org.pcap4j.packet.namednumber.EtherType;
import org.pcap4j.packet.namednumber.IcmpV6Code;
import org.pcap4j.packet.namednumber.IcmpV6Type;
import org.pcap4j.packet.namednumber.IpNumber;
import org.pcap4j.packet.namednumber.IpVersion;
import org.pcap4j.util.ByteArrays;

/**
 * The frames that tell a LAN where an address lives now. The only class that knows pcap4j, of which
 * only the builders are used: libpcap is never loaded. Frames are built ahead of time, because the
 * first use loads a few hundred classes and a takeover must not wait for them.
 */
final class AnnouncementFrames {

  private static final org.pcap4j.util.MacAddress ALL_NODES_MAC =
      org.pcap4j.util.MacAddress.getByAddress(new byte[] {0x33, 0x33, 0, 0, 0, 1});

  private AnnouncementFrames() {}

  /**
   * A gratuitous ARP message, or two, or an unsolicited neighbour advertisement.
   *
   * @param mac of the interface
   * @param address the virtual address
   * @param form of ARP
   * @param routerFlag of a neighbour advertisement
   */
  static List<byte[]> announcement(
      MacAddress mac, InetAddress address, ArpForm form, boolean routerFlag) {
    org.pcap4j.util.MacAddress source = org.pcap4j.util.MacAddress.getByAddress(mac.bytes());
    if (address instanceof Inet6Address ipv6) {
      return List.of(neighbourAdvertisement(source, ipv6, routerFlag));
    }
    return switch (form) {
      case REQUEST -> List.of(gratuitousArp(source, address, ArpOperation.REQUEST));
      case REPLY -> List.of(gratuitousArp(source, address, ArpOperation.REPLY));
      case BOTH ->
          List.of(
              gratuitousArp(source, address, ArpOperation.REQUEST),
              gratuitousArp(source, address, ArpOperation.REPLY));
    };
  }

  /**
   * The request with a broadcast target address, as keepalived sends it; the reply with our own,
   * which is the one that neighbours shall note (RFC 5944, 4.6).
   */
  private static byte[] gratuitousArp(
      org.pcap4j.util.MacAddress mac, InetAddress address, ArpOperation operation) {
    org.pcap4j.util.MacAddress target =
        operation.equals(ArpOperation.REPLY)
            ? mac
            : org.pcap4j.util.MacAddress.ETHER_BROADCAST_ADDRESS;
    ArpPacket.Builder arp =
        new ArpPacket.Builder()
            .hardwareType(ArpHardwareType.ETHERNET)
            .protocolType(EtherType.IPV4)
            .hardwareAddrLength((byte) org.pcap4j.util.MacAddress.SIZE_IN_BYTES)
            .protocolAddrLength((byte) ByteArrays.INET4_ADDRESS_SIZE_IN_BYTES)
            .operation(operation)
            .srcHardwareAddr(mac)
            .dstHardwareAddr(target)
            .srcProtocolAddr(address)
            .dstProtocolAddr(address);
    return frame(mac, org.pcap4j.util.MacAddress.ETHER_BROADCAST_ADDRESS, EtherType.ARP, arp);
  }

  /**
   * RFC 9568, 6.4.2 wants the router flag set. keepalived leaves it clear, and so do we unless told
   * otherwise: these nodes forward nothing, and a host that hears R=1 from a node that is no router
   * may later drop a default route through it (RFC 4861, 7.2.5).
   */
  private static byte[] neighbourAdvertisement(
      org.pcap4j.util.MacAddress mac, Inet6Address address, boolean routerFlag) {
    Inet6Address allNodes =
        (Inet6Address)
            RouteCodec.inetAddress(
                new byte[] {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    IcmpV6NeighborAdvertisementPacket.Builder advertisement =
        new IcmpV6NeighborAdvertisementPacket.Builder()
            .routerFlag(routerFlag)
            .solicitedFlag(false)
            .overrideFlag(true)
            .targetAddress(address)
            .options(
                List.of(
                    new IpV6NeighborDiscoveryTargetLinkLayerAddressOption.Builder()
                        .linkLayerAddress(mac.getAddress())
                        .correctLengthAtBuild(true)
                        .build()));
    IcmpV6CommonPacket.Builder icmp =
        new IcmpV6CommonPacket.Builder()
            .type(IcmpV6Type.NEIGHBOR_ADVERTISEMENT)
            .code(IcmpV6Code.NO_CODE)
            .srcAddr(address)
            .dstAddr(allNodes)
            .payloadBuilder(advertisement)
            .correctChecksumAtBuild(true);
    IpV6Packet.Builder ip =
        new IpV6Packet.Builder()
            .version(IpVersion.IPV6)
            .trafficClass(IpV6SimpleTrafficClass.newInstance((byte) 0))
            .flowLabel(IpV6SimpleFlowLabel.newInstance(0))
            .nextHeader(IpNumber.ICMPV6)
            .hopLimit((byte) 255)
            .srcAddr(address)
            .dstAddr(allNodes)
            .payloadBuilder(icmp)
            .correctLengthAtBuild(true);
    return frame(mac, ALL_NODES_MAC, EtherType.IPV6, ip);
  }

  /** Without padding, as keepalived: on a real Ethernet the driver fills up to 60 bytes. */
  private static byte[] frame(
      org.pcap4j.util.MacAddress source,
      org.pcap4j.util.MacAddress destination,
      EtherType type,
      Packet.Builder payload) {
    return new EthernetPacket.Builder()
        .srcAddr(source)
        .dstAddr(destination)
        .type(type)
        .payloadBuilder(payload)
        .pad(new byte[0])
        .build()
        .getRawData();
  }
}
