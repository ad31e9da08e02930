package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The {@link ClaimSocket}s of one virtual router: one for each interface and family it holds. */
final class ClaimWatch implements AutoCloseable {

  /** What one socket depends on. */
  private record Watched(RouteMessage.Link link, List<InetAddress> addresses) {}

  private final Kernel kernel;
  private final ClaimSocket.Listener listener;
  private final Consumer<String> failed;
  private final Map<Watched, ClaimSocket> sockets = new HashMap<>();

  /**
   * Watches nothing yet.
   *
   * @param failed told why a socket could not be opened
   */
  ClaimWatch(Kernel kernel, ClaimSocket.Listener listener, Consumer<String> failed) {
    this.kernel = kernel;
    this.listener = listener;
    this.failed = failed;
  }

  /**
   * Watches these addresses, where they are now.
   *
   * @param holding whether we hold them; others' claims are right otherwise
   */
  void follow(VirtualRouterConfig config, boolean holding) {
    List<Watched> wanted = holding && config.announcements().defend() ? wanted(config) : List.of();
    sockets
        .entrySet()
        .removeIf(open -> {
          boolean gone = !wanted.contains(open.getKey());
          if (gone) {
            open.getValue().close();
          }
          return gone;
        });
    for (Watched watched : wanted) {
      if (!sockets.containsKey(watched)) {
        try {
          sockets.put(
              watched, ClaimSocket.open(kernel, watched.link(), watched.addresses(), listener));
        } catch (SocketException e) {
          failed.accept(String.valueOf(e.getMessage()));
        }
      }
    }
  }

  private List<Watched> wanted(VirtualRouterConfig config) {
    Map<String, List<InetAddress>> places = new LinkedHashMap<>();
    for (VirtualAddress virtual : config.addresses()) {
      String name = virtual.interfaceName().orElse(config.interfaceName());
      String family = RouteCodec.isIpv6(virtual.address()) ? " 6" : " 4";
      places.computeIfAbsent(name + family, none -> new ArrayList<>()).add(virtual.address());
    }
    List<Watched> wanted = new ArrayList<>();
    places.forEach((place, addresses) ->
        kernel
            .links()
            .link(place.substring(0, place.length() - 2))
            .filter(link -> !link.mac().equals(MacAddress.NONE))
            .ifPresent(link -> wanted.add(new Watched(link, List.copyOf(addresses)))));
    return wanted;
  }

  @Override
  public void close() {
    sockets.values().forEach(ClaimSocket::close);
    sockets.clear();
  }
}
