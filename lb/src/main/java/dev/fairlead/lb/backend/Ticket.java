package dev.fairlead.lb.backend;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A place in a {@link WaitingLine}. */
public final class Ticket {

  private enum State {
    WAITING,
    CALLED,
    LEFT
  }

  private final WaitingLine line;
  private final Applicant applicant;
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  /** The only server it waits for, as it joined; null = any. */
  private final @Nullable Server own;

  Ticket(WaitingLine line, Applicant applicant, @Nullable Server own) {
    this.line = line;
    this.applicant = applicant;
    this.own = own;
  }

  /**
   * Leaves the line.
   *
   * @return false: too late, {@link Applicant#called} is on its way with a place to give back
   */
  public boolean leave() {
    if (!state.compareAndSet(State.WAITING, State.LEFT)) {
      return false;
    }
    line.left(this);
    return true;
  }

  Applicant applicant() {
    return applicant;
  }

  boolean isWaiting() {
    return state.get() == State.WAITING;
  }

  /** Whether it was still waiting, and its turn has come. */
  boolean call() {
    return state.compareAndSet(State.WAITING, State.CALLED);
  }

  @Nullable Server own() {
    return own;
  }
}
