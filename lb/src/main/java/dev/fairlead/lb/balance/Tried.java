package dev.fairlead.lb.balance;

import java.util.ArrayList;
import java.util.List;

/** The servers one session has already failed to connect to. */
public final class Tried {

  /** No attempt yet; must not be added to. */
  public static final Tried NONE = new Tried();

  private final List<Object> servers = new ArrayList<>(4);

  public void add(Object server) {
    servers.add(server);
  }

  public boolean isEmpty() {
    return servers.isEmpty();
  }

  /** Identity, not equality: a server that was replaced by a reload is another one. */
  @SuppressWarnings("ReferenceEquality") // as the sentence above says
  public boolean contains(Object server) {
    for (int i = 0; i < servers.size(); i++) {
      if (servers.get(i) == server) {
        return true;
      }
    }
    return false;
  }
}
