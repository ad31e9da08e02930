package dev.fairlead.lb.balance;

/**
 * What a selection begins with.
 *
 * @param offset moves the starting point, so that event loops that see a new list at the same
 *     moment do not all begin with its first server; at least 0
 * @param seed of random choices; anything but 0
 * @param releases where the owning event loop notes ended sessions
 * @param ring the backend's servers by the hash of their names
 * @param nowNanos this moment, on the clock that {@link Selection#choose} is told
 */
public record Beginning(int offset, long seed, Releases releases, SourceRing ring, long nowNanos) {}
