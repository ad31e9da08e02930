package dev.fairlead.lb.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server that a client's address leads to, among those that may be used now. */
final class SourceHash<S extends Candidate> implements Selection<S> {

  private final SourceRing ring;
  private final int count;
  private final @Nullable S[] bySlot;

  @SuppressWarnings("unchecked") // an array of a generic type cannot be made otherwise
  SourceHash(List<S> candidates, SourceRing ring) {
    this.ring = ring;
    this.count = candidates.size();
    int slots = candidates.stream().mapToInt(Candidate::slot).max().orElse(-1) + 1;
    this.bySlot = (@Nullable S[]) new Candidate[slots];
    for (S server : candidates) {
      bySlot[server.slot()] = server;
    }
  }

  @Override
  public @Nullable S choose(long clientHash, long nowNanos, Tried tried) {
    if (count == 0 || (!tried.isEmpty() && !hasUntried(tried))) {
      return null;
    }
    int point = ring.size() == 0 ? 0 : ring.firstAfter(clientHash);
    for (int i = 0; i < ring.size(); i++) {
      int slot = ring.slotAt(point);
      S server = slot < bySlot.length ? bySlot[slot] : null;
      if (server != null && (tried.isEmpty() || !tried.contains(server))) {
        return server;
      }
      point = point + 1 < ring.size() ? point + 1 : 0;
    }
    return outsideTheRing(tried);
  }

  /** Or the whole circle would be walked for nothing. */
  private boolean hasUntried(Tried tried) {
    for (S server : bySlot) {
      if (server != null && !tried.contains(server)) {
        return true;
      }
    }
    return false;
  }

  /** Servers of weight 0 have no points, and are used only when there is nobody else. */
  private @Nullable S outsideTheRing(Tried tried) {
    for (S server : bySlot) {
      if (server != null && !tried.contains(server)) {
        return server;
      }
    }
    return null;
  }
}
