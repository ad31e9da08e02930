package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import io.netty.channel.IoEventLoop;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel has: interfaces and their addresses, kept true by its own notifications. When the
 * kernel had to drop some (ENOBUFS), everything is read again.
 */
final class LinkMonitor implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LinkMonitor.class);

  private static final int GROUP_LINK = 1;
  private static final int GROUP_IPV4_ADDRESS = 1 << 4;
  private static final int GROUP_IPV6_ADDRESS = 1 << 8;
  private static final int BUFFER_BYTES = 32 * 1024;

  /** In one turn of the loop; the rest waits for the next. */
  private static final int MAX_DATAGRAMS_PER_TURN = 64;

  /** A kernel that has no memory for an answer may have it a little later. */
  private static final long REREAD_SECONDS = 1;

  /** On the control loop. */
  interface Listener {
    /**
     * Something about these interfaces is different: they, or their addresses, came, went or
     * changed.
     *
     * @param removed addresses that were seen to go and did not come back
     */
    void changed(Set<String> interfaces, Set<Place> removed);
  }

  /** An address on an interface. */
  record Place(int interfaceIndex, InetAddress address) {

    /** By hand: the generated one takes ten milliseconds of the start. */
    @Override
    public int hashCode() {
      return 31 * interfaceIndex + address.hashCode();
    }
  }

  private final IoEventLoop loop;
  private final Rtnetlink rtnetlink;
  private final Listener listener;
  private final Consumer<Throwable> broken;
  private final ReadableSocket readable;
  private final NativeSocket socket;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private final Set<String> changed = new HashSet<>();
  private final Set<Place> removed = new HashSet<>();
  private final Map<Integer, RouteMessage.Link> links = new HashMap<>();
  private final Map<Integer, Map<InetAddress, RouteMessage.Address>> addresses = new HashMap<>();

  private boolean rereading;

  LinkMonitor(IoEventLoop loop, Rtnetlink rtnetlink, Listener listener, Consumer<Throwable> broken)
      throws SocketException {
    this.loop = loop;
    this.rtnetlink = rtnetlink;
    this.listener = listener;
    this.broken = broken;
    // The groups first, then the dump: what changes in between is seen twice, never missed.
    socket = Rtnetlink.openSocket(GROUP_LINK | GROUP_IPV4_ADDRESS | GROUP_IPV6_ADDRESS);
    readable = ReadableSocket.register(loop, socket, Kernel.guarded(this::receive, broken));
    try {
      resynchronise();
    } catch (SocketException e) {
      close();
      throw e;
    }
    changed.clear();
  }

  /** The interface of that name; empty = none. */
  Optional<RouteMessage.Link> link(String name) {
    return links.values().stream().filter(link -> link.name().equals(name)).findAny();
  }

  Collection<RouteMessage.Link> all() {
    return List.copyOf(links.values());
  }

  /** In the kernel's order: first the one that came first. */
  Collection<RouteMessage.Address> addresses(int interfaceIndex) {
    return addresses.getOrDefault(interfaceIndex, Map.of()).values();
  }

  /** The kernel tells of a new IPv6 address late: absent here does not mean removed. */
  Optional<RouteMessage.Address> address(int interfaceIndex, InetAddress address) {
    return Optional.ofNullable(addresses.getOrDefault(interfaceIndex, Map.of()).get(address));
  }

  /** Whether any interface has this address, ready to be used as a source. */
  boolean hasUsable(InetAddress wanted) {
    return addresses.values().stream()
        .flatMap(ofLink -> Optional.ofNullable(ofLink.get(wanted)).stream())
        .anyMatch(address -> !address.tentative());
  }

  /** Reads what has arrived; also called before a decision that must not be made on old news. */
  void receive() {
    for (int i = 0; i < MAX_DATAGRAMS_PER_TURN && socket.isOpen(); i++) {
      long length = Rtnetlink.receive(socket, buffer);
      if (length < 0) {
        if (LibC.errno() != LibC.ENOBUFS) {
          tell();
          return;
        }
        log.warn("the kernel dropped network notifications; reading everything again");
        reread();
        continue;
      }
      RouteCodec.decode(buffer.getByteArray(0, (int) length)).forEach(this::note);
    }
  }

  /** What is known stays in force until the kernel has told all: better old news than none. */
  private void reread() {
    try {
      resynchronise();
    } catch (SocketException e) {
      log.error("{}; trying again in {} s", e.getMessage(), REREAD_SECONDS);
      if (!rereading) {
        rereading = true;
        Runnable again =
            () -> {
              rereading = false;
              if (socket.isOpen()) {
                reread();
                receive();
              }
            };
        loop.schedule(Kernel.guarded(again, broken), REREAD_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  /** Only with all news read: between the removal and the return of an address lies no event. */
  private void tell() {
    if (!changed.isEmpty()) {
      Set<String> told = Set.copyOf(changed);
      Set<Place> gone = Set.copyOf(removed);
      changed.clear();
      removed.clear();
      listener.changed(told, gone);
    }
  }

  private void note(RouteMessage message) {
    switch (message) {
      case RouteMessage.Link link -> {
        RouteMessage.Link before = links.put(link.index(), link);
        if (before != null) {
          changed.add(before.name());
        }
        changed.add(link.name());
      }
      case RouteMessage.LinkRemoved(int index, String name) -> {
        links.remove(index);
        addresses.remove(index);
        changed.add(name);
      }
      case RouteMessage.Address address -> {
        Map<InetAddress, RouteMessage.Address> ofLink =
            addresses.computeIfAbsent(address.index(), index -> new LinkedHashMap<>());
        RouteMessage.Address before = ofLink.put(address.address(), address);
        removed.remove(new Place(address.index(), address.address()));
        // The renewal of a lease is our own daily noise, and changes nothing for anybody.
        if (before == null || before.tentative() != address.tentative()) {
          changedLink(address.index());
        }
      }
      case RouteMessage.AddressRemoved(int index, InetAddress address, int prefixLength) -> {
        Map<InetAddress, RouteMessage.Address> ofLink = addresses.get(index);
        if (ofLink != null
            && Optional.ofNullable(ofLink.get(address))
                .filter(known -> known.prefixLength() == prefixLength)
                .isPresent()) {
          ofLink.remove(address);
          removed.add(new Place(index, address));
          changedLink(index);
        }
      }
      case RouteMessage.Acknowledged _, RouteMessage.Done _, RouteMessage.Other _ -> {}
    }
  }

  private void changedLink(int index) {
    RouteMessage.Link link = links.get(index);
    if (link != null) {
      changed.add(link.name());
    }
  }

  private void resynchronise() throws SocketException {
    List<RouteMessage.Link> presentLinks = rtnetlink.links();
    List<RouteMessage.Address> presentAddresses = rtnetlink.addresses();
    // Those that went must be told too; those that are there are noted below.
    links.values().forEach(link -> changed.add(link.name()));
    addresses.forEach((index, ofLink) ->
        ofLink.keySet().forEach(address -> removed.add(new Place(index, address))));
    links.clear();
    addresses.clear();
    presentLinks.forEach(this::note);
    presentAddresses.forEach(this::note);
  }

  @Override
  public void close() {
    readable.close();
  }
}
