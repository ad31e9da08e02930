package dev.fairlead.lb;

import dev.fairlead.lb.backend.StickNumbers;
import dev.fairlead.lb.stick.StickTable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The clients of one backend that stick to a server, for people. Any thread but an event loop. */
public final class StickyClients {

  /**
   * One of them.
   *
   * @param address without the bits that do not count
   * @param prefixLength how many do
   * @param server empty when no server of that name has been there since start
   * @param idleNanos since its last use
   * @param leftNanos until it is forgotten; 0 = it is not
   */
  public record Client(
      InetAddress address,
      int prefixLength,
      Optional<String> server,
      long idleNanos,
      long leftNanos) {}

  private final StickTable table;
  private final StickNumbers numbers;

  StickyClients(StickTable table, StickNumbers numbers) {
    this.table = table;
    this.numbers = numbers;
  }

  /** Most of them. */
  public int size() {
    return table.config().size();
  }

  public int used() {
    return table.used();
  }

  /**
   * Those that are there, the one used last first.
   *
   * @param most so many at most, then in no order
   */
  public List<Client> list(int most) {
    List<Client> clients = new ArrayList<>();
    for (StickTable.Entry entry : table.entries(System.nanoTime(), most)) {
      ClientAddress address = new ClientAddress(entry.high(), entry.low());
      clients.add(
          new Client(
              address.address(),
              address.isIpv4() ? table.config().ipv4Prefix() : table.config().ipv6Prefix(),
              numbers.name(entry.server()),
              entry.idleNanos(),
              table.leftNanos(entry.idleNanos())));
    }
    clients.sort((one, other) -> Long.compare(one.idleNanos(), other.idleNanos()));
    return clients;
  }

  /**
   * Makes a client stick to a server.
   *
   * @return false when no server of that name has been there since start
   */
  public boolean set(InetAddress client, String server) {
    Optional<Integer> number = numbers.number(server);
    ClientAddress address = ClientAddress.of(client);
    number.ifPresent(n -> table.put(address.high(), address.low(), n, System.nanoTime()));
    return number.isPresent();
  }

  /** Forgets one client; false when it was not known. */
  public boolean forget(InetAddress client) {
    ClientAddress address = ClientAddress.of(client);
    return table.remove(address.high(), address.low());
  }

  /** Forgets every client of a server; returns how many. */
  public int forgetThoseOf(String server) {
    return numbers.number(server).map(n -> table.removeIf(other -> other == n)).orElse(0);
  }

  /** Forgets everybody; returns how many. */
  public int forgetAll() {
    return table.removeIf(any -> true);
  }
}
