package dev.fairlead.daemon.demo;

import java.util.Map;

/**
 * What one Fairlead says about itself.
 *
 * @param virtualRouter {@code MASTER}, {@code BACKUP}, …; empty when it has none
 * @param servers what it holds of each server ({@code UP}, {@code DEAD}, …), by address and port
 */
public record NodeStatus(String virtualRouter, Map<String, String> servers) {

  static final String MASTER = "MASTER";

  public NodeStatus {
    servers = Map.copyOf(servers);
  }

  /** Whether it holds the virtual address, as far as it knows. */
  public boolean isMaster() {
    return virtualRouter.equals(MASTER);
  }

  /** Whether that server takes new connections. */
  public boolean seesUp(String server) {
    return "UP".equals(servers.get(server));
  }
}
