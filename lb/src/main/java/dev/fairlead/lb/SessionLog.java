package dev.fairlead.lb;

/** Where the records of ended sessions go: an access log. */
public interface SessionLog {

  /**
   * Takes the record of a session that has just ended. Called on an event loop, once for each
   * session: it must not wait, and must not keep more than it has room for.
   *
   * @param loop index of the event loop that calls; one loop never calls twice at once
   */
  void ended(int loop, SessionRecord session);
}
