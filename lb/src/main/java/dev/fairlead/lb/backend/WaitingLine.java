package dev.fairlead.lb.backend;

import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that wait for a place on a server, from all event loops, first come first served.
 *
 * <p>Whoever has given a place back, or has joined, serves the line; while somebody does, others
 * only leave a note that there is more to do ({@link #notes}), so nobody waits for a lock and no
 * place is overlooked: a place is given back before {@link #size} is read, and a session is counted
 * in {@code size} before it looks for a place itself, so at least one of the two sees the other.
 *
 * <p>A session that waits for one particular server, or does not want one that has refused it, does
 * not hold up those behind it.
 */
final class WaitingLine {

  /** Finds a place for one of those who wait. */
  interface Places {
    /** The server this one must wait for, as things are now; null = any. */
    @Nullable Server own(Ticket ticket);

    /** Takes a place on this server. */
    boolean take(Server own);

    /** Takes a place anywhere. */
    @Nullable Server takeAny(Ticket ticket);

    /** Whether there is any server that may be waited for. */
    boolean isHope(Ticket ticket);

    void giveBack(Server server);
  }

  private final ConcurrentLinkedQueue<Ticket> tickets = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicInteger forAny = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private final AtomicInteger notes = new AtomicInteger();

  boolean isEmpty() {
    return size.get() == 0;
  }

  /** Who waits now. */
  int size() {
    return size.get();
  }

  /** Tickets that are still in memory, also of those who have left. */
  int kept() {
    return tickets.size();
  }

  /** Whether somebody who would take any server is here already, and so comes first. */
  boolean hasWaitersForAny() {
    return forAny.get() > 0;
  }

  /**
   * Joins at the end. The caller then lets the line be served, since a place may have come free.
   *
   * @return null when so many wait already
   */
  @Nullable Ticket join(Applicant applicant, @Nullable Server own, int most) {
    if (size.incrementAndGet() > most) {
      size.decrementAndGet();
      return null;
    }
    Ticket ticket = new Ticket(this, applicant, own);
    count(own, 1);
    tickets.add(ticket);
    return ticket;
  }

  void left(Ticket ticket) {
    size.decrementAndGet();
    count(ticket.own(), -1);
    gone.incrementAndGet();
  }

  private void count(@Nullable Server own, int change) {
    (own == null ? forAny : own.waiters()).addAndGet(change);
  }

  /** Calls everybody for whom there is a place. On an event loop. */
  void serve(Places places) {
    if (notes.getAndIncrement() != 0) {
      return;
    }
    int read = 1;
    do {
      serveOnce(places);
      read = notes.addAndGet(-read);
    } while (read != 0);
  }

  private void serveOnce(Places places) {
    boolean anyFull = false;
    // Those who have left stay in the list until it is their turn, or until there are many.
    boolean cleanUp = gone.get() > 64 + size.get();
    for (Iterator<Ticket> each = tickets.iterator(); each.hasNext(); ) {
      Ticket ticket = each.next();
      if (!ticket.isWaiting()) {
        each.remove();
        gone.decrementAndGet();
        continue;
      }
      if (anyFull && forAny.get() == size.get() && !cleanUp) {
        return;
      }
      Server own = wanted(ticket, places);
      if (own == null && anyFull) {
        continue;
      }
      if (!places.isHope(ticket)) {
        call(each, ticket, null, places);
        continue;
      }
      Server taken = own == null ? places.takeAny(ticket) : places.take(own) ? own : null;
      if (taken == null) {
        anyFull |= own == null && ticket.applicant().tried().isEmpty();
        continue;
      }
      call(each, ticket, taken, places);
    }
  }

  /** A server that went away while it was waited for is waited for no longer. */
  private static @Nullable Server wanted(Ticket ticket, Places places) {
    Server own = ticket.own();
    return own == null || own.takesItsOwn() ? own : places.own(ticket);
  }

  private void call(Iterator<Ticket> each, Ticket ticket, @Nullable Server server, Places places) {
    if (!ticket.call()) {
      if (server != null) {
        places.giveBack(server);
      }
      return;
    }
    each.remove();
    size.decrementAndGet();
    count(ticket.own(), -1);
    ticket.applicant().called(server);
  }
}
