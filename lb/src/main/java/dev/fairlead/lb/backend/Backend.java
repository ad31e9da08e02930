package dev.fairlead.lb.backend;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.balance.Selection;
import dev.fairlead.lb.balance.Tried;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Named servers. The control loop changes it; event loops read {@link #snapshot()}. */
public final class Backend {

  /**
   * What one connection needs to know, all of one moment.
   *
   * <p>Servers are ranked in tiers; a lower tier is used only when every server above has been
   * tried or there is none: usable ones, then those without a result yet, then, with {@code
   * all-down = try-anyway}, those that say no, then those that do not answer.
   */
  public static final class Snapshot {

    private final BackendConfig config;
    private final List<List<Server>> tiers;
    private final @Nullable List<Selection<Server>>[] selections;
    private final int usable;

    @SuppressWarnings("unchecked") // an array of a generic type cannot be made otherwise
    private Snapshot(BackendConfig config, List<List<Server>> tiers, int usable, int loops) {
      this.config = config;
      this.tiers = List.copyOf(tiers);
      this.usable = usable;
      this.selections = (@Nullable List<Selection<Server>>[]) new List<?>[loops];
    }

    public BackendConfig config() {
      return config;
    }

    /** Servers that health calls usable and people let in. */
    public int usable() {
      return usable;
    }

    /**
     * The next server for a connection on this event loop.
     *
     * @return null when none is left that may be tried
     */
    public @Nullable Server choose(int loop, Tried tried) {
      List<Selection<Server>> mine = selections[loop];
      if (mine == null) {
        mine = build(loop);
        selections[loop] = mine;
      }
      for (int tier = 0; tier < mine.size(); tier++) {
        Server server = mine.get(tier).choose(tried);
        if (server != null) {
          return server;
        }
      }
      return null;
    }

    private List<Selection<Server>> build(int loop) {
      List<Selection<Server>> built = new ArrayList<>(tiers.size());
      for (List<Server> tier : tiers) {
        built.add(Selection.of(config.balance(), tier, loop));
      }
      return built;
    }
  }

  private final String name;
  private final int loops;
  private final Counters<BackendCounter>[] counters;
  private volatile List<Server> servers;
  private volatile Snapshot snapshot;

  public Backend(BackendConfig config, int loops) {
    this.name = config.name();
    this.loops = loops;
    this.counters = Counters.forLoops(loops, BackendCounter.class);
    this.servers =
        config.servers().stream().map(server -> new Server(config.name(), server, loops)).toList();
    this.snapshot = rank(servers, config, loops);
  }

  public String name() {
    return name;
  }

  /** One volatile read; a connection uses the same snapshot for all its attempts. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** Those of one event loop. */
  public Counters<BackendCounter> counters(int loop) {
    return counters[loop];
  }

  /**
   * Takes a new configuration. Servers of the same name and address keep counters and health.
   *
   * @return servers that have just been put into maintenance
   */
  public List<Server> configure(BackendConfig next) {
    List<Server> merged = new ArrayList<>();
    List<Server> closed = new ArrayList<>();
    for (ServerConfig config : next.servers()) {
      Optional<Server> known =
          servers.stream()
              .filter(s ->
                  s.name().equals(config.name()) && s.config().address().equals(config.address()))
              .findFirst();
      if (known.isEmpty()) {
        merged.add(new Server(name, config, loops));
        continue;
      }
      Server server = known.get();
      boolean wasInMaintenance = server.isInMaintenance();
      server.configure(config);
      if (server.isInMaintenance() && !wasInMaintenance) {
        closed.add(server);
      }
      merged.add(server);
    }
    servers = List.copyOf(merged);
    snapshot = rank(servers, next, loops);
    return closed;
  }

  /**
   * Takes what health has found.
   *
   * @return the server, if it is known and this is news
   */
  public Optional<Server> availability(String server, Availability next) {
    Optional<Server> known = servers.stream().filter(s -> s.name().equals(server)).findFirst();
    if (known.isEmpty() || known.get().availability() == next) {
      return Optional.empty();
    }
    known.get().availability(next);
    snapshot = rank(servers, snapshot.config(), loops);
    return known;
  }

  /** Any thread. */
  public LoadBalancerSnapshot.Backend status() {
    return new LoadBalancerSnapshot.Backend(
        name,
        servers.stream().map(Server::snapshot).toList(),
        snapshot.usable(),
        Counters.sum(counters, BackendCounter.RETRIES),
        Counters.sum(counters, BackendCounter.REDISPATCHES));
  }

  private static Snapshot rank(List<Server> servers, BackendConfig config, int loops) {
    List<Server> usable =
        select(servers, s -> s.isOpen() && s.availability() == Availability.USABLE);
    List<List<Server>> tiers = new ArrayList<>();
    tiers.add(usable);
    tiers.add(select(servers, s -> s.isOpen() && s.availability() == Availability.UNKNOWN));
    if (config.allDown() == AllDown.TRY_ANYWAY) {
      tiers.add(select(servers, s -> s.isOpen() && s.availability() == Availability.UNREADY));
      tiers.add(select(servers, s -> s.isOpen() && s.availability() == Availability.DEAD));
      // Nobody is left but those that people have asked to drain: better than nothing.
      tiers.add(select(servers, s -> !s.isOpen() && !s.isInMaintenance()));
    }
    tiers.removeIf(List::isEmpty);
    return new Snapshot(config, tiers, usable.size(), loops);
  }

  private static List<Server> select(List<Server> servers, Predicate<Server> wanted) {
    return servers.stream().filter(wanted).toList();
  }
}
