package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One virtual address on one interface, held on a lease from the kernel.
 *
 * <p>The address has a valid lifetime that each advertisement renews. A process that is killed or
 * frozen stops renewing, and the kernel takes the address away before the others take over: no
 * address is left behind, and never two nodes answer for it. Refused: a renewal of its own timer
 * (it could outlive the last advertisement), and a helper process (it can die too).
 *
 * <p>What an owner (priority 255) had before is no lease: it is the node's own address, which other
 * programs live by as well. It gets no lifetime, and is not removed.
 */
final class AddressLease {

  private static final Logger log = LoggerFactory.getLogger(AddressLease.class);

  private final Rtnetlink rtnetlink;
  private final String router;
  private final VirtualAddress address;
  private final String interfaceName;
  private boolean held;

  /** Held, and the node's own. */
  private boolean own;

  /** The lifetime that was asked for last. */
  private long askedSeconds;

  private int lastErrno;

  /**
   * Not held yet.
   *
   * @param router for the log
   * @param interfaceName for the log; which one that is now is told with each call
   */
  AddressLease(Rtnetlink rtnetlink, String router, VirtualAddress address, String interfaceName) {
    this.rtnetlink = rtnetlink;
    this.router = router;
    this.address = address;
    this.interfaceName = interfaceName;
  }

  /**
   * Whether what is there is the node's own: without a lifetime, or with a longer one than any of
   * ours, as a DHCP client gives.
   *
   * @param validSeconds what we would ask for
   */
  boolean isNodesOwn(RouteMessage.Address found, long validSeconds) {
    boolean leased = held && !own;
    long ours = leased ? askedSeconds : validSeconds;
    return ours == RouteMessage.FOREVER ? !leased : found.validSeconds() > ours;
  }

  /** It is there already, and stays as it is. */
  void leaveAlone() {
    if (!own) {
      log.info(
          "{}: {} is this node's own address on {}: it keeps it, whatever happens here",
          router,
          text(),
          interfaceName);
    }
    own = true;
    held = true;
  }

  /**
   * Adds the address, or renews it.
   *
   * @param validSeconds until the kernel takes it away; {@link RouteMessage#FOREVER} = never
   * @return whether it is there now
   */
  boolean hold(int interfaceIndex, long validSeconds) {
    own = false;
    askedSeconds = validSeconds;
    int errno = rtnetlink.addAddress(interfaceIndex, address, validSeconds);
    if (errno != 0) {
      // Repeated with every advertisement: one line for each new reason.
      if (errno != lastErrno) {
        log.error("{}: cannot add {} to {}: {}", router, text(), interfaceName, LibC.words(errno));
      }
    } else if (!held || lastErrno != 0) {
      log.info("{}: added {} to {}", router, text(), interfaceName);
    }
    lastErrno = errno;
    // After a failed renewal the address may still be there: letting go must still remove it.
    held |= errno == 0;
    return errno == 0;
  }

  /** Removes the address. One that is gone already, with or without its interface, is fine. */
  void release(int interfaceIndex) {
    if (!held) {
      return;
    }
    held = false;
    lastErrno = 0;
    if (own) {
      own = false;
      return;
    }
    int errno = rtnetlink.removeAddress(interfaceIndex, address.address(), address.prefixLength());
    switch (errno) {
      case 0 -> log.info("{}: removed {} from {}", router, text(), interfaceName);
      case LibC.EADDRNOTAVAIL, LibC.ENODEV ->
          log.info("{}: {} was no longer on {}", router, text(), interfaceName);
      default ->
          log.error(
              "{}: cannot remove {} from {}: {}", router, text(), interfaceName, LibC.words(errno));
    }
  }

  private String text() {
    return NetUtil.toAddressString(address.address()) + "/" + address.prefixLength();
  }

  boolean isHeld() {
    return held;
  }

  /** Whether it is held, and no lease. */
  boolean isOwn() {
    return own;
  }

  VirtualAddress virtualAddress() {
    return address;
  }

  InetAddress address() {
    return address.address();
  }

  String interfaceName() {
    return interfaceName;
  }
}
