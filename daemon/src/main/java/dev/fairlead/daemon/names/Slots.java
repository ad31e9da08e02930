package dev.fairlead.daemon.names;

import dev.fairlead.config.ResolveConfig;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The addresses of one DNS name, each in a numbered place that it keeps for as long as it is there:
 * servers are called by these numbers, so an answer in another order, or one address less, renames
 * nobody. Immutable.
 *
 * @param places address and when it was last in an answer ({@code nanoTime}), by number from 1
 */
record Slots(Map<Integer, Place> places) {

  /** Nothing is known. */
  static final Slots EMPTY = new Slots(Map.of());

  /** One address. */
  record Place(InetAddress address, long seenAt) {}

  Slots {
    places = Map.copyOf(places);
  }

  /** The addresses by number. */
  Map<Integer, InetAddress> addresses() {
    Map<Integer, InetAddress> addresses = new TreeMap<>();
    places.forEach((number, place) -> addresses.put(number, place.address()));
    return addresses;
  }

  /**
   * After one more answer. An address that is missing from it keeps its place for {@code hold}:
   * name servers give part of a long list, or none in a bad moment. A new one gets the lowest free
   * place.
   *
   * @param answer in any order
   */
  Slots after(Collection<InetAddress> answer, ResolveConfig rules, long now) {
    List<InetAddress> wanted =
        answer.stream()
            .filter(address -> counts(address, rules.family()))
            .distinct()
            // The order of an answer is chance: two nodes must come to the same numbers.
            .sorted(Comparator.comparing(address -> HexFormat.of().formatHex(address.getAddress())))
            .toList();
    Map<Integer, Place> next = new TreeMap<>();
    List<InetAddress> added = new ArrayList<>(wanted);
    places.forEach((number, place) -> {
      if (number > rules.maxAddresses()) {
        // Of rules that held before a reload.
        return;
      }
      if (wanted.contains(place.address())) {
        next.put(number, new Place(place.address(), now));
        added.remove(place.address());
      } else if (counts(place.address(), rules.family())
          && now - place.seenAt() < rules.hold().toNanos()) {
        next.put(number, place);
      }
    });
    int number = 1;
    for (InetAddress address : added) {
      while (next.containsKey(number)) {
        number++;
      }
      if (number <= rules.maxAddresses()) {
        next.put(number, new Place(address, now));
      }
    }
    return new Slots(next);
  }

  private static boolean counts(InetAddress address, ResolveConfig.Family family) {
    return switch (family) {
      case ANY -> true;
      case IPV4 -> address instanceof Inet4Address;
      case IPV6 -> !(address instanceof Inet4Address);
    };
  }
}
