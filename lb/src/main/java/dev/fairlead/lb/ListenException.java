package dev.fairlead.lb;

import dev.fairlead.config.ListenerConfig;

/** A listener cannot be bound; the message names the address and the reason. */
public final class ListenException extends Exception {

  private final ListenerConfig listener;

  public ListenException(ListenerConfig listener, String reason) {
    super("cannot listen on " + listener + ": " + reason);
    this.listener = listener;
  }

  /** The listener that could not be bound. */
  public ListenerConfig listener() {
    return listener;
  }
}
