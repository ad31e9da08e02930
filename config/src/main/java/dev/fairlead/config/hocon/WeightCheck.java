package dev.fairlead.config.hocon;

import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackConfig.WatchedFile.Meaning;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect;
import dev.fairlead.config.VirtualRouterConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Computes whether the weights of a virtual router can ever move its addresses. The classic
 * configuration subtracts 10 from 100 while the other node has 80: the check fails, and nothing
 * happens, for years.
 *
 * <p>All nodes are taken to track the same with the same weights. Then what counts is the distance
 * of two priorities: a node loses the addresses when it drops <i>below</i> another, for an equal
 * priority does not take over from a sitting master.
 */
final class WeightCheck {

  private static final int OWNER = 255;

  /** keepalived's bound, and ours: 255 is the owner's. */
  private static final int MAX_PRIORITY = 254;

  private final Findings findings;
  private final Map<TrackConfig.Key, TrackConfig> tracks;
  private final Function<TrackedItem, Place> places;

  WeightCheck(
      Findings findings,
      Map<TrackConfig.Key, TrackConfig> tracks,
      Function<TrackedItem, Place> places) {
    this.findings = findings;
    this.tracks = tracks;
    this.places = places;
  }

  /** One item with points that are known before anything happens. */
  private record Weighted(TrackedItem item, int points) {
    int size() {
      return Math.abs(points);
    }
  }

  /**
   * Says what is wrong with the weights of a virtual router.
   *
   * @param others priorities of the other nodes; empty = not known
   */
  void run(VirtualRouterConfig router, List<Integer> others) {
    List<Weighted> weighted = new ArrayList<>();
    for (TrackedItem item : router.track().items()) {
      if (item.effect() instanceof Effect.Weight(int points)) {
        if (router.election().priority() == OWNER) {
          findings.warning(
              "weight",
              places.apply(item),
              "has no effect: the owner of an address always has priority 255",
              "weight = resign");
        } else if (!isFactor(item)) {
          weighted.add(new Weighted(item, points));
        }
      }
    }
    if (weighted.isEmpty()) {
      return;
    }
    Place first = places.apply(weighted.getFirst().item());
    if (!router.election().preempt()) {
      findings.warning(
          "weight",
          first,
          "cannot take the addresses from a node that holds them: with preempt = false nobody"
              + " takes over from a sitting master, whatever its priority",
          "preempt = true, or weight = resign");
    }
    int best =
        router.election().priority()
            + weighted.stream().mapToInt(Weighted::points).filter(p -> p > 0).sum();
    if (best > MAX_PRIORITY) {
      findings.warning(
          "weight",
          first,
          "is cut: with all that is well the priority would be %d, and is limited to %d"
              .formatted(best, MAX_PRIORITY));
    }
    if (others.isEmpty()) {
      findings.note(
          "weight",
          first,
          "may be too small to move the addresses: the other nodes' priorities are not known",
          "peer-priorities");
    } else {
      compare(router.election().priority(), others, weighted);
    }
  }

  /** Its points depend on what the file will say. */
  private boolean isFactor(TrackedItem item) {
    return tracks.get(item.key()) instanceof TrackConfig.WatchedFile file
        && file.means() == Meaning.INTEGER;
  }

  private void compare(int own, List<Integer> others, List<Weighted> weighted) {
    List<Integer> all = new ArrayList<>(others);
    all.add(own);
    all.sort(Collections.reverseOrder());
    int least = OWNER;
    for (int i = 1; i < all.size(); i++) {
      least = Math.min(least, all.get(i - 1) - all.get(i));
    }
    String priorities = all.stream().map(String::valueOf).collect(Collectors.joining(", "));
    int total = weighted.stream().mapToInt(Weighted::size).sum();
    if (total <= least) {
      findings.error(
          "weight",
          places.apply(weighted.getFirst().item()),
          "can never move the addresses: %s, and the nodes' priorities %s are at least %d apart"
              .formatted(
                  weighted.size() == 1
                      ? "it changes the priority by " + total
                      : "all weights together change the priority by " + total,
                  priorities,
                  least),
          "more than " + least + ", or weight = resign");
      return;
    }
    int top = all.getFirst();
    int distance = top - all.get(1);
    for (Weighted one : weighted) {
      if (one.size() <= distance) {
        findings.warning(
            "weight",
            places.apply(one.item()),
            "alone does not take the addresses from the node with priority %d: %d - %d = %d is not"
                    .formatted(top, top, one.size(), top - one.size())
                + " below "
                + all.get(1),
            "more than " + distance + ", or weight = resign");
      }
    }
  }
}
