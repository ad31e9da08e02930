package dev.fairlead.vrrp.net;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the kernel of a node has. Without a program: tests ask every few milliseconds. */
final class KernelView implements AutoCloseable {

  private final Rtnetlink rtnetlink;

  private KernelView(Rtnetlink rtnetlink) {
    this.rtnetlink = rtnetlink;
  }

  /** A netlink socket stays in the namespace it was made in, whoever uses it. */
  static KernelView of(String namespace) {
    AtomicReference<Rtnetlink> made = new AtomicReference<>();
    Thread thread =
        new Thread(() -> {
          Lan.enter(namespace);
          try {
            made.set(new Rtnetlink());
          } catch (SocketException e) {
            throw new UncheckedIOException(e);
          }
        });
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return new KernelView(made.get());
  }

  boolean has(String interfaceName, String addressAndPrefix) {
    return has(link -> link.name().equals(interfaceName), addressAndPrefix);
  }

  /** Where neighbours get an answer: an interface that is up, with carrier. */
  boolean answers(String addressAndPrefix) {
    return has(RouteMessage.Link::running, addressAndPrefix);
  }

  private synchronized boolean has(Predicate<RouteMessage.Link> where, String addressAndPrefix) {
    int slash = addressAndPrefix.indexOf('/');
    InetAddress address = Routers.address(addressAndPrefix.substring(0, slash));
    int prefixLength = Integer.parseInt(addressAndPrefix.substring(slash + 1));
    try {
      Set<Integer> interfaces =
          rtnetlink.links().stream()
              .filter(where)
              .map(RouteMessage.Link::index)
              .collect(Collectors.toSet());
      List<RouteMessage.Address> all = rtnetlink.addresses();
      return all.stream()
          .anyMatch(found ->
              interfaces.contains(found.index())
                  && found.address().equals(address)
                  && found.prefixLength() == prefixLength);
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    rtnetlink.close();
  }
}
