package dev.fairlead.daemon;

import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.vrrp.Ability;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides whether this node is fit to hold the addresses of a virtual router.
 *
 * <p>The order of the questions is the order of gravity: without a listener this node cannot serve
 * at all; with an event loop that hangs, or without usable servers, it serves badly but still
 * better than nobody, so it stays in the election as the last resort. One usable server is proof
 * enough, whatever the others say; only without that proof do we wait for servers that have not
 * been checked yet, and not for ever, because somebody has to hold the address even when no check
 * can run.
 */
final class Tracking {

  /** How long the first check of a server may take before it counts as failed. */
  static final Duration FIRST_RESULT_LIMIT = Duration.ofSeconds(10);

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
   * The decision for one virtual router.
   *
   * @param frontends those that {@code track} names
   * @param before what was decided last; kept while servers wait for their first check, so that a
   *     reload that replaces servers does not move the address
   */
  static Verdict decide(
      Track track, List<TrackedFrontend> frontends, Optional<Stall> stall, Verdict before) {
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
    Optional<TrackedFrontend> waiting = Optional.empty();
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
      waiting = Optional.of(frontend);
    }
    if (waiting.isPresent()) {
      return new Verdict(
          before.ability(), "waiting for the first check of backend " + waiting.get().backend());
    }
    return new Verdict(Ability.ABLE, "everything tracked is well");
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
