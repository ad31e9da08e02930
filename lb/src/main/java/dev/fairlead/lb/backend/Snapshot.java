package dev.fairlead.lb.backend;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.balance.Beginning;
import dev.fairlead.lb.balance.ClientHash;
import dev.fairlead.lb.balance.Selection;
import dev.fairlead.lb.balance.SourceRing;
import dev.fairlead.lb.balance.Tried;
import dev.fairlead.lb.stick.StickTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one connection needs to know of a backend, all of one moment.
 *
 * <p>Servers are ranked in tiers; a lower tier is used only when every server above has been tried
 * or there is none: usable ones, then those without a result yet, then backups in the same order,
 * then, with {@code all-down = try-anyway}, those that say no, then those that do not answer. A
 * tier whose servers are only full is waited for.
 */
public final class Snapshot {

  private final Backend backend;
  private final BackendConfig config;
  private final List<List<Server>> tiers;
  private final @Nullable List<Selection<Server>>[] selections;
  private final SourceRing ring;
  private final @Nullable StickTable table;

  /** All servers, by their number in the stick table; empty without one. */
  private final @Nullable Server[] byStickNumber;

  private final int usable;
  private final boolean limited;

  /** Not by source hash: a client's server is its own. */
  private final boolean mayAvoid;

  @SuppressWarnings("unchecked") // an array of a generic type cannot be made otherwise
  Snapshot(
      Backend backend,
      BackendConfig config,
      List<Server> servers,
      SourceRing ring,
      @Nullable StickTable table,
      int loops) {
    this.backend = backend;
    this.config = config;
    this.tiers = rank(servers, config);
    this.ring = ring;
    this.table = table;
    this.usable = (int) servers.stream().filter(Snapshot::isUsable).count();
    // The configuration's limits, or those that an agent has asked for since.
    this.limited =
        config.hasLimits()
            || servers.stream().anyMatch(server -> server.config().maxConnections() > 0);
    this.mayAvoid = config.balance() != Balance.SOURCE && config.placement().race().connects();
    this.selections = (@Nullable List<Selection<Server>>[]) new List<?>[loops];
    int numbers = servers.stream().mapToInt(Server::stickNumber).max().orElse(-1) + 1;
    this.byStickNumber = new Server[table == null ? 0 : numbers];
    if (table != null) {
      servers.forEach(server -> byStickNumber[server.stickNumber()] = server);
    }
  }

  public BackendConfig config() {
    return config;
  }

  /** Servers that health calls usable and people let in. */
  public int usable() {
    return usable;
  }

  /** Whether connections may have to wait for a place. */
  boolean isLimited() {
    return limited;
  }

  /** Whether a server of this backend has this number in the stick table, be it down. */
  boolean isKnown(int stickNumber) {
    return stickNumber < byStickNumber.length && byStickNumber[stickNumber] != null;
  }

  /**
   * The server that is this client's own: by the stick table, or by its address.
   *
   * @param counter where a look at the stick table is counted; null = it is not the first for this
   *     connection
   * @return null when it has none that it may have now, and has not tried
   */
  @Nullable Server own(
      int loop, Applicant applicant, long nowNanos, @Nullable Counters<BackendCounter> counter) {
    if (table != null) {
      int number = table.find(applicant.clientHigh(), applicant.clientLow(), nowNanos);
      Server stuck = number >= 0 && isKnown(number) ? byStickNumber[number] : null;
      boolean may = stuck != null && stuck.takesItsOwn() && !applicant.tried().contains(stuck);
      if (counter != null) {
        counter.add(
            number < 0
                ? BackendCounter.STICK_MISSES
                : may ? BackendCounter.STICK_HITS : BackendCounter.STICK_REDISPATCHES,
            1);
      }
      if (may) {
        return stuck;
      }
    }
    return config.balance() == Balance.SOURCE ? choose(loop, applicant, nowNanos) : null;
  }

  /**
   * The next server for a client that has none of its own.
   *
   * @return null when none is left that may be tried, or all those are full
   */
  @Nullable Server choose(int loop, Applicant applicant, long nowNanos) {
    List<Selection<Server>> mine = selections[loop];
    if (mine == null) {
      mine = build(loop, nowNanos);
      selections[loop] = mine;
    }
    long hash =
        config.balance() == Balance.SOURCE
            ? ClientHash.of(applicant.clientHigh(), applicant.clientLow())
            : 0;
    Tried tried = applicant.tried();
    for (int tier = 0; tier < mine.size(); tier++) {
      Server server = mine.get(tier).choose(hash, nowNanos, tried);
      if (server != null) {
        return mayAvoid && server.promptness().isAvoided(nowNanos)
            ? insteadOf(server, mine.get(tier), tiers.get(tier), tried, nowNanos)
            : server;
      }
      if (limited && hasUntried(tiers.get(tier), tried)) {
        return null;
      }
    }
    return null;
  }

  /** Another one of the same tier that answers in time; if there is none, the same. */
  private static Server insteadOf(
      Server chosen,
      Selection<Server> selection,
      List<Server> servers,
      Tried tried,
      long nowNanos) {
    Tried unwanted = new Tried();
    for (int i = 0; i < servers.size(); i++) {
      Server server = servers.get(i);
      if (tried.contains(server) || server.promptness().isInDoubt()) {
        unwanted.add(server);
      }
    }
    Server other = selection.choose(0, nowNanos, unwanted);
    return other == null ? chosen : other;
  }

  /** Whether there is a server that this one has not tried, be it full. */
  boolean hasUntried(Tried tried) {
    for (int tier = 0; tier < tiers.size(); tier++) {
      if (hasUntried(tiers.get(tier), tried)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasUntried(List<Server> servers, Tried tried) {
    for (int i = 0; i < servers.size(); i++) {
      if (!tried.contains(servers.get(i))) {
        return true;
      }
    }
    return false;
  }

  private List<Selection<Server>> build(int loop, long nowNanos) {
    List<Selection<Server>> built = new ArrayList<>(tiers.size());
    Beginning beginning =
        new Beginning(loop, backend.seed(loop), backend.releases(loop), ring, nowNanos);
    for (List<Server> tier : tiers) {
      built.add(Selection.of(config.balance(), tier, beginning));
    }
    return built;
  }

  private static boolean isUsable(Server server) {
    return server.isOpen() && server.availability() == Availability.USABLE;
  }

  private static List<List<Server>> rank(List<Server> servers, BackendConfig config) {
    List<Server> primaries = select(servers, s -> !s.config().backup());
    List<Server> backups = select(servers, s -> s.config().backup());
    List<List<Server>> tiers = new ArrayList<>();
    for (List<Server> group : List.of(primaries, backups)) {
      tiers.add(select(group, Snapshot::isUsable));
      tiers.add(select(group, s -> s.isOpen() && s.availability() == Availability.UNKNOWN));
    }
    if (config.allDown() == AllDown.TRY_ANYWAY) {
      for (List<Server> group : List.of(primaries, backups)) {
        tiers.add(select(group, s -> s.isOpen() && s.availability() == Availability.UNREADY));
        tiers.add(select(group, s -> s.isOpen() && s.availability() == Availability.REFUSING));
        tiers.add(select(group, s -> s.isOpen() && s.availability() == Availability.DEAD));
      }
      // Nobody is left but those that people have asked to drain: better than nothing.
      tiers.add(select(servers, s -> !s.isOpen() && !s.isInMaintenance()));
    }
    tiers.removeIf(List::isEmpty);
    return List.copyOf(tiers);
  }

  private static List<Server> select(List<Server> servers, Predicate<Server> wanted) {
    return servers.stream().filter(wanted).toList();
  }
}
