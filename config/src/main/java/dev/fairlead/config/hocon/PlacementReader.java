package dev.fairlead.config.hocon;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads what a backend's choice of a server respects: limits, queue, slow start, stick table. */
final class PlacementReader {

  private static final int MOST_CONNECTIONS = 10_000_000;

  /** Of native memory, 49 bytes each, that is 98 MiB; the process may have 256. */
  private static final int MOST_ENTRIES = 2 << 20;

  private final Reading reading;
  private final Section backend;
  private final RaceReader races;

  PlacementReader(Reading reading, Section backend, boolean isTemplate) {
    this.reading = reading;
    this.backend = backend;
    this.races = new RaceReader(backend, isTemplate);
  }

  /** A server's own limit. */
  static int maxConnections(Section server) {
    return server.integer("max-connections", 0, MOST_CONNECTIONS);
  }

  /**
   * @param connectTimeout stands in where no queue timeout is given, as with haproxy
   */
  PlacementConfig read(Duration connectTimeout) {
    return new PlacementConfig(
        backend.durationOrZero(
            "slow-start", BackendReader.MILLISECOND, Duration.ofHours(1), "full weight at once"),
        backend.integer("max-connections", 0, MOST_CONNECTIONS),
        queue(connectTimeout),
        stickTable(),
        races.race(),
        races.rebalance());
  }

  /** What is wrong only in the company of something else. */
  void compare(Balance balance, List<Placed<ServerConfig>> servers) {
    races.compare(balance);
    if (balance == Balance.FIRST) {
      for (int i = 0; i < servers.size() - 1; i++) {
        ServerConfig server = servers.get(i).value();
        if (server.maxConnections() == 0 && !server.backup()) {
          reading
              .findings()
              .warning(
                  "never-full",
                  servers.get(i).place(),
                  "has no max-connections: with balance = first the servers after it are used only"
                      + " while it is down");
          break;
        }
      }
    }
    if (servers.size() > 1 && servers.stream().allMatch(server -> server.value().backup())) {
      reading
          .findings()
          .warning(
              "only-backups",
              servers.getFirst().place(),
              "is a backup, and so is every other server: they are used as if none were");
    }
  }

  private QueueConfig queue(Duration connectTimeout) {
    Section queue = backend.child("queue", "size");
    QueueConfig config =
        new QueueConfig(
            queue.integer("size", 0, 1_000_000),
            queue
                .find(
                    "timeout",
                    value ->
                        Scalars.duration(
                            value, BackendReader.MILLISECOND, Duration.ofHours(24), ""))
                .map(Placed::value)
                .orElse(connectTimeout),
            queue.bool("leave-on-end"));
    queue.rejectUnknown();
    return config;
  }

  private Optional<StickTableConfig> stickTable() {
    Section table = backend.child("stick-table", "size");
    int size = table.integer("size", 0, MOST_ENTRIES);
    StickTableConfig config =
        new StickTableConfig(
            Math.max(1, size),
            table.durationOrZero("expire", Duration.ofSeconds(1), Duration.ofDays(365), "never"),
            table.integer("ipv4-prefix", 1, 32),
            table.integer("ipv6-prefix", 1, 128),
            table.choice("server-down", Scalars.words(ServerDown.values())),
            table.choice("server-full", Scalars.words(ServerFull.values())));
    table.rejectUnknown();
    boolean isWritten =
        List.of("expire", "ipv4-prefix", "ipv6-prefix", "server-down", "server-full").stream()
            .anyMatch(table::isGiven);
    if (size == 0 && isWritten && table.written("size").isEmpty()) {
      reading
          .findings()
          .error(
              "missing",
              table.here(),
              "needs a size: without one there is no table",
              "size = 200k");
    }
    return size == 0 ? Optional.empty() : Optional.of(config);
  }
}
