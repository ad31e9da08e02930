package dev.fairlead.lb.backend;

import dev.fairlead.lb.balance.Tried;
import org.jspecify.annotations.Nullable;

/** Who asks for a place on a server: a session whose client has connected. */
public interface Applicant {

  /** Index of the event loop it belongs to. */
  int loopIndex();

  /** The first 64 bits of its client's address; 0 where there is none. */
  long clientHigh();

  /** The rest of it; an IPv4 address is IPv4-mapped. */
  long clientLow();

  /** Servers it does not want again. */
  Tried tried();

  /**
   * It has waited, and here is its place. Called on any event loop, at most once for each {@link
   * Ticket}; hands over to its own.
   *
   * @param server taken for it, so it gives it back; null = there is no server any more
   */
  void called(@Nullable Server server);
}
