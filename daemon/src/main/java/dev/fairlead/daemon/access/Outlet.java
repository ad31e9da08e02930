package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.lb.SessionRecord;
import java.io.IOException;

/** Writes lines to one kind of target. One thread's, but for {@link #close}. */
interface Outlet {

  /**
   * Takes one session; waits while the target is slow.
   *
   * @param line empty, to be used
   * @return whether it has been written; else {@link #flush} follows
   * @throws IOException it is lost
   */
  boolean write(StringBuilder line, AccessLogConfig how, SessionRecord session) throws IOException;

  /**
   * Writes what was taken and has not been written.
   *
   * @throws IOException all of that is lost
   */
  void flush() throws IOException;

  /** No longer waits for a target that takes nothing; any thread. */
  void close();

  /** Gives back what it holds. What is taken after that opens it anew. */
  void end();
}
