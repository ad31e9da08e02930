package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Settings;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Virtual addresses that are on an interface although nobody here is master: of a process that was
 * killed without a lease, or of a keepalived. Left alone, two nodes would answer for them.
 */
final class Leftovers {

  private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

  private Leftovers() {}

  /** A configuration under which {@link #remove} would take the node's own address away. */
  static Optional<String> conflict(
      VirtualRouterConfig router,
      VirtualAddress address,
      Collection<RouteMessage.Link> links,
      Collection<RouteMessage.Address> addresses) {
    if (router.election().priority() == Settings.OWNER) {
      return Optional.empty();
    }
    boolean source = router.wire().sourceAddress().filter(address.address()::equals).isPresent();
    return source || isOnlyAddress(router, address, links, addresses)
        ? Optional.of(
            "%s is this node's own address on %s; a virtual address must be another one, unless"
                    .formatted(NetUtil.toAddressString(address.address()), router.interfaceName())
                + " the priority is 255 (the owner of the address)")
        : Optional.empty();
  }

  /** Without any other address of its family there the node would be cut off. */
  private static boolean isOnlyAddress(
      VirtualRouterConfig router,
      VirtualAddress virtual,
      Collection<RouteMessage.Link> links,
      Collection<RouteMessage.Address> addresses) {
    return !RouteCodec.isIpv6(virtual.address())
        && virtual.interfaceName().isEmpty()
        && isOnlyIpv4(virtual.address(), router.interfaceName(), links, addresses);
  }

  private static boolean isOnlyIpv4(
      InetAddress virtual,
      String interfaceName,
      Collection<RouteMessage.Link> links,
      Collection<RouteMessage.Address> addresses) {
    List<InetAddress> present =
        links.stream()
            .filter(link -> link.name().equals(interfaceName))
            .flatMap(link -> addresses.stream().filter(address -> address.index() == link.index()))
            .map(RouteMessage.Address::address)
            .filter(address -> !RouteCodec.isIpv6(address))
            .toList();
    return present.equals(List.of(virtual));
  }

  /**
   * Removes what is left of a router that is about to start.
   *
   * @param heldByUs addresses another virtual router of this process is master of
   */
  static void remove(Kernel kernel, VirtualRouterConfig router, Predicate<InetAddress> heldByUs) {
    if (router.election().priority() == Settings.OWNER) {
      return;
    }
    for (VirtualAddress virtual : router.addresses()) {
      String name = virtual.interfaceName().orElse(router.interfaceName());
      kernel
          .links()
          .link(name)
          .flatMap(link -> kernel.links().address(link.index(), virtual.address()))
          .filter(found -> !heldByUs.test(virtual.address()))
          .ifPresent(found -> remove(kernel, router, virtual, found, name));
    }
  }

  /** Removes what a process, by its own account, has left. */
  static void remove(Kernel kernel, LeftAddress left) {
    String name = left.interfaceName();
    kernel
        .links()
        .link(name)
        .flatMap(link -> kernel.links().address(link.index(), left.address()))
        .ifPresent(found ->
            remove(
                kernel,
                NetUtil.toAddressString(left.address()),
                found,
                name,
                () ->
                    Optional.of("it is the interface's only address")
                        .filter(sentence ->
                            isOnlyIpv4(
                                left.address(),
                                name,
                                kernel.links().all(),
                                kernel.links().addresses(found.index())))));
  }

  private static void remove(
      Kernel kernel,
      VirtualRouterConfig router,
      VirtualAddress virtual,
      RouteMessage.Address found,
      String interfaceName) {
    remove(
        kernel,
        virtual.toString(),
        found,
        interfaceName,
        () ->
            conflict(
                router, virtual, kernel.links().all(), kernel.links().addresses(found.index())));
  }

  private static void remove(
      Kernel kernel,
      String virtual,
      RouteMessage.Address found,
      String interfaceName,
      Supplier<Optional<String>> conflict) {
    Optional<String> refusal =
        KeepalivedProcess.find()
            .map(keepalived ->
                "keepalived (process %d) runs here and may hold it".formatted(keepalived.id()))
            .or(conflict);
    if (refusal.isPresent()) {
      log.error(
          "virtual address {} is already on {} and stays there: {}",
          virtual,
          interfaceName,
          refusal.get());
      return;
    }
    int errno =
        kernel.rtnetlink().removeAddress(found.index(), found.address(), found.prefixLength());
    String leftover = NetUtil.toAddressString(found.address()) + "/" + found.prefixLength();
    if (errno == 0 || errno == LibC.EADDRNOTAVAIL) {
      log.warn(
          "removed {} from {}: left behind by a process that did not let go of it",
          leftover,
          interfaceName);
    } else {
      log.error(
          "cannot remove the left address {} from {}: {}",
          leftover,
          interfaceName,
          LibC.words(errno));
    }
  }
}
