package dev.fairlead.daemon;

import dev.fairlead.config.TrackedItem.Effect;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.daemon.track.Standing.Health;
import dev.fairlead.vrrp.Ability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides whether this node is fit to hold the addresses of a virtual router.
 *
 * <p>The order of the questions is the order of gravity: without a listener this node cannot serve
 * at all; with an event loop that hangs, or without usable servers, it serves badly but still
 * better than nobody, so it stays in the election as the last resort; and so it does when something
 * beside itself has failed that was to make it resign. One usable server is proof enough, whatever
 * the others say; only without that proof do we wait for servers that have not been checked yet,
 * and not for ever, because somebody has to hold the address even when no check can run.
 */
final class Tracking {

  /** How long the first check of a server may take before it counts as failed. */
  static final Duration FIRST_RESULT_LIMIT = Duration.ofSeconds(10);

  /** From one end of the priorities to the other. */
  private static final int MAX_POINTS = 254;

  private Tracking() {}

  /** What was decided, and a sentence for log and status. */
  record Verdict(Ability ability, String reason) {}

  /** Before anything is known: not in the election. */
  static final Verdict STARTING = new Verdict(Ability.UNABLE, "starting");

  /**
   * One tracked frontend at this moment.
   *
   * @param listening whether all of its listeners are bound
   * @param backend name of where it leads
   * @param servers of that backend
   */
  record TrackedFrontend(String name, boolean listening, String backend, Servers servers) {}

  /**
   * How the servers of a backend are.
   *
   * @param usable healthy, and not taken out by people
   * @param unchecked may become usable with their first result
   * @param uncheckedFor how long the one that has waited longest has been waiting
   * @param total all of the backend's
   */
  record Servers(int usable, int unchecked, Duration uncheckedFor, int total) {}

  /** The event loop that has not turned for longest. */
  record Stall(String loop, Duration since) {}

  /**
   * What tracked items add to a priority.
   *
   * @param reason for people; empty = nothing is added
   */
  record Points(int points, String reason) {
    static final Points NONE = new Points(0, "");
  }

  /**
   * The decision for one virtual router.
   *
   * @param frontends those that {@code track} names
   * @param items those that {@code track} names
   * @param before what was decided last; kept while servers wait for their first check, so that a
   *     reload that replaces servers does not move the address
   */
  static Verdict decide(
      Track track,
      List<TrackedFrontend> frontends,
      Optional<Stall> stall,
      List<ItemState> items,
      Verdict before) {
    for (TrackedFrontend frontend : frontends) {
      if (!frontend.listening()) {
        return new Verdict(Ability.UNABLE, "frontend " + frontend.name() + " is not listening");
      }
    }
    if (stall.isPresent() && isTooLong(stall.get(), track)) {
      return new Verdict(
          Ability.LAST_RESORT,
          "event loop %s has not turned for more than %s"
              .formatted(stall.get().loop(), seconds(track.maxEventLoopStall())));
    }
    String waiting = "";
    for (ItemState item : items) {
      if (resigns(item)) {
        return new Verdict(Ability.LAST_RESORT, item.sentence());
      }
      if (item.health() == Health.UNKNOWN && item.item().effect() instanceof Effect.Resign) {
        if (item.since().compareTo(FIRST_RESULT_LIMIT) >= 0) {
          return new Verdict(Ability.LAST_RESORT, item.sentence());
        }
        waiting = "waiting for the first result of " + item.item().key();
      }
    }
    for (TrackedFrontend frontend : frontends) {
      Servers servers = frontend.servers();
      if (servers.usable() >= track.minUsableServers()) {
        continue;
      }
      boolean mayStillBecome =
          servers.usable() + servers.unchecked() >= track.minUsableServers()
              && servers.uncheckedFor().compareTo(FIRST_RESULT_LIMIT) < 0;
      if (!mayStillBecome) {
        return new Verdict(Ability.LAST_RESORT, tooFew(frontend, track));
      }
      waiting = "waiting for the first check of backend " + frontend.backend();
    }
    return waiting.isEmpty()
        ? new Verdict(Ability.ABLE, "everything tracked is well")
        : new Verdict(before.ability(), waiting);
  }

  /** A number in a file can be so low that no priority is left: keepalived calls that a fault. */
  private static boolean resigns(ItemState item) {
    return switch (item.item().effect()) {
      case Effect.Resign() -> item.health() == Health.FAILED;
      case Effect.Weight(int points) -> item.integer() && item.number() * points <= -MAX_POINTS;
    };
  }

  /** What the items of one virtual router add to its priority, those that resign left aside. */
  static Points points(List<ItemState> items) {
    int sum = 0;
    List<String> reasons = new ArrayList<>();
    for (ItemState item : items) {
      int points = points(item);
      if (points != 0) {
        sum += points;
        reasons.add(item.sentence() + ": " + (points > 0 ? "+" : "") + points);
      }
    }
    return reasons.isEmpty() ? Points.NONE : new Points(sum, String.join("; ", reasons));
  }

  private static int points(ItemState item) {
    return switch (item.item().effect()) {
      case Effect.Resign() -> 0;
      case Effect.Weight(int factor) when item.integer() ->
          Math.clamp((long) item.number() * factor, -MAX_POINTS, MAX_POINTS);
      case Effect.Weight(int points) when points < 0 -> item.health() == Health.FAILED ? points : 0;
      case Effect.Weight(int points) -> item.health() == Health.WELL ? points : 0;
    };
  }

  private static boolean isTooLong(Stall stall, Track track) {
    return track.maxEventLoopStall().isPositive()
        && stall.since().compareTo(track.maxEventLoopStall()) > 0;
  }

  private static String tooFew(TrackedFrontend frontend, Track track) {
    Servers servers = frontend.servers();
    String need = track.minUsableServers() > 1 ? ", needs " + track.minUsableServers() : "";
    return servers.usable() == 0
        ? "no usable server in backend " + frontend.backend() + need
        : "only %d of %d servers usable in backend %s%s"
            .formatted(servers.usable(), servers.total(), frontend.backend(), need);
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
