package dev.fairlead.daemon.demo;

import java.util.Map;

/**
 * What one Fairlead says about itself.
 *
 * @param virtualRouter {@code MASTER}, {@code BACKUP}, …; empty when it has none
 * @param servers what it holds of each server ({@code UP}, {@code DOWN}, …), by address and port
 */
record NodeStatus(String virtualRouter, Map<String, String> servers) {

  static final String MASTER = "MASTER";

  NodeStatus {
    servers = Map.copyOf(servers);
  }

  boolean isMaster() {
    return virtualRouter.equals(MASTER);
  }

  /** Whether that server takes new connections. */
  boolean seesUp(String server) {
    return "UP".equals(servers.get(server));
  }
}
