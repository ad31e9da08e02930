package dev.fairlead.lb.backend;

import dev.fairlead.lb.stick.StickTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Numbers for names of servers: a stick table keeps the number, so what it remembers outlives a
 * reload, an order of servers, and a server that is away for a while.
 *
 * <p>The control loop adds names; any thread reads.
 */
public final class StickNumbers {

  private volatile List<String> names = List.of();

  /**
   * The number of a name, the same for the life of the process.
   *
   * <p>After 16384 different names in one backend new ones share the last number, and with it their
   * clients: somebody who renames servers that often loses some stickiness and nothing else.
   */
  int of(String name) {
    List<String> now = names;
    int known = now.indexOf(name);
    if (known >= 0) {
      return known;
    }
    if (now.size() == StickTable.MAX_SERVERS) {
      return now.size() - 1;
    }
    List<String> more = new ArrayList<>(now);
    more.add(name);
    names = List.copyOf(more);
    return now.size();
  }

  /** The name with this number. */
  public Optional<String> name(int number) {
    List<String> now = names;
    return number >= 0 && number < now.size() ? Optional.of(now.get(number)) : Optional.empty();
  }

  /** The number of a name that has one. */
  public Optional<Integer> number(String name) {
    int known = names.indexOf(name);
    return known < 0 ? Optional.empty() : Optional.of(known);
  }
}
