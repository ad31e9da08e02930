package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Virtual addresses held on a lease shorter than a second: a table of nf_tables that drops what is
 * for an address whose lease has ended, and questions for its hardware address. The address may
 * still be there, since lifetimes are whole seconds, but nobody is answered from it.
 *
 * <p>An address is in two sets. {@code lease} forgets it after two and a half advertisement
 * intervals, before the first backup takes over; {@code guarded}, without which nothing is dropped,
 * after ten seconds, when the kernel has long removed the address itself. So a table that a killed
 * process leaves behind does nothing, and a keepalived that takes this node over later is not
 * harmed by it. Both are renewed with each advertisement, in one transaction, which is one system
 * call and an event for whoever listens to nf_tables.
 */
final class LeaseFilter implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LeaseFilter.class);

  private static final int NETLINK_NETFILTER = 12;
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final String GUARDED = "guarded";
  private static final String LEASE = "lease";
  private static final String INPUT = "input";

  /** Longer than any address that was not renewed is there. */
  private static final long GUARD_MILLIS = 10_000;

  private final NativeSocket socket;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private final String table;

  /** As long as the kernel removes addresses by itself, there is an end to what must be guarded. */
  private final long guardMillis;

  private final Map<Integer, List<InetAddress>> addresses;
  private int sequence;
  private int lastErrno;

  private LeaseFilter(NativeSocket socket, VirtualRouterConfig config) {
    this.socket = socket;
    table = table(config);
    guardMillis = config.deadMan().addressLifetime() ? GUARD_MILLIS : 0;
    addresses = byFamily(config);
  }

  /** A word that nft(8) can be told, too. */
  static String table(VirtualRouterConfig config) {
    return "fairlead_%d_%d_%s"
        .formatted(
            config.ipv6() ? 6 : 4,
            config.routerId(),
            config.interfaceName().replaceAll("[^A-Za-z0-9]", "_"));
  }

  /**
   * Makes the table anew, without an address in it. What an earlier process has left of it goes.
   *
   * @throws SocketException when the kernel has no nf_tables, or we may not
   */
  static LeaseFilter open(VirtualRouterConfig config) throws SocketException {
    NativeSocket socket =
        NativeSocket.open(LibC.AF_NETLINK, NETLINK_NETFILTER, "a socket for nf_tables");
    LeaseFilter filter = new LeaseFilter(socket, config);
    try {
      int errno = filter.send(filter.creation());
      if (errno != 0) {
        throw new SocketException("cannot make a table of nf_tables", errno);
      }
      return filter;
    } catch (SocketException e) {
      socket.close();
      throw e;
    }
  }

  private NftablesBatch creation() {
    NftablesBatch batch = batch();
    int id = 0;
    for (int family : addresses.keySet()) {
      batch
          .addTable(family, table)
          .deleteTable(family, table)
          .addTable(family, table)
          .addSet(family, table, GUARDED, ++id)
          .addSet(family, table, LEASE, ++id)
          .addInput(family, table, INPUT)
          .addDrop(family, table, INPUT, GUARDED, LEASE);
    }
    return batch;
  }

  /** Removes what a killed process has left of that router. */
  static void removeLeftover(VirtualRouterConfig config) {
    try (NativeSocket socket =
        NativeSocket.open(LibC.AF_NETLINK, NETLINK_NETFILTER, "a socket for nf_tables")) {
      new LeaseFilter(socket, config).deleteTables();
    } catch (SocketException e) {
      log.warn("a table of nf_tables may be left: {}", e.getMessage());
    }
  }

  private static Map<Integer, List<InetAddress>> byFamily(VirtualRouterConfig config) {
    Map<Integer, List<InetAddress>> families = new LinkedHashMap<>();
    for (VirtualAddress virtual : config.addresses()) {
      InetAddress address = virtual.address();
      List<Integer> tables =
          RouteCodec.isIpv6(address)
              ? List.of(NftablesBatch.FAMILY_IPV6)
              : List.of(NftablesBatch.FAMILY_IPV4, NftablesBatch.FAMILY_ARP);
      tables.forEach(
          family -> families.computeIfAbsent(family, first -> new ArrayList<>()).add(address));
    }
    return families;
  }

  /**
   * All addresses are leased from now on.
   *
   * @param millis for so long
   */
  void renew(long millis) {
    int errno = send(renewal(millis));
    if (errno == LibC.ENOENT) {
      // As `nft flush ruleset` does, with which many a firewall starts.
      log.warn("table {} of nf_tables was removed by somebody else, and is made again", table);
      errno = send(creation());
      errno = errno == 0 ? send(renewal(millis)) : errno;
    }
    report(errno, "renew the leases of");
  }

  private NftablesBatch renewal(long millis) {
    NftablesBatch batch = batch();
    addresses.forEach((family, inFamily) ->
        batch
            .renew(family, table, LEASE, inFamily, millis)
            .renew(family, table, GUARDED, inFamily, guardMillis));
    return batch;
  }

  /** None is ours any more; what is for them is nobody's business. */
  void release() {
    NftablesBatch batch = batch();
    addresses.forEach((family, inFamily) ->
        batch
            .renew(family, table, LEASE, inFamily, 1)
            .renew(family, table, GUARDED, inFamily, 1)
            .remove(family, table, GUARDED, inFamily)
            .remove(family, table, LEASE, inFamily));
    int errno = send(batch);
    report(errno == LibC.ENOENT ? 0 : errno, "end the leases of");
  }

  private void report(int errno, String what) {
    if (errno != 0 && errno != lastErrno) {
      log.error("cannot {} {} in nf_tables: {}", what, addresses, LibC.words(errno));
    }
    lastErrno = errno;
  }

  private NftablesBatch batch() {
    sequence += 1000;
    return new NftablesBatch(sequence);
  }

  /**
   * As with rtnetlink the kernel has answered when sendto(2) returns: with the first error, or with
   * nothing.
   *
   * @return 0 or the errno
   */
  private int send(NftablesBatch batch) {
    int errno = socket.send(batch.bytes(), Rtnetlink.kernelAddress(0));
    while (true) {
      long length = Rtnetlink.receive(socket, buffer);
      if (length < 0) {
        return errno;
      }
      for (RouteMessage answer : RouteCodec.decode(buffer.getByteArray(0, (int) length))) {
        if (answer instanceof RouteMessage.Acknowledged(_, int result) && errno == 0) {
          errno = result;
        }
      }
    }
  }

  private void deleteTables() {
    NftablesBatch batch = batch();
    addresses.keySet().forEach(family -> batch.addTable(family, table).deleteTable(family, table));
    report(send(batch), "remove the table of");
  }

  @Override
  public void close() {
    if (socket.isOpen()) {
      deleteTables();
      socket.close();
    }
  }
}
