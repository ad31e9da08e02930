package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import java.util.List;

/** A part of the process that follows the configuration, at start and on every reload. */
interface Participant {

  /**
   * Does everything that can fail, and changes nothing that anybody would notice.
   *
   * @param next what is to be in force
   * @throws RefusedException it cannot be; nothing has changed
   */
  Prepared prepare(Configuration next) throws RefusedException;

  /** Ready to take effect. Exactly one method is called, on the control loop. */
  interface Prepared {

    /** Takes effect. Does not fail. */
    void commit();

    /** Undoes what was prepared. */
    default void abort() {}
  }

  /** Why a configuration that is valid cannot be used on this host. */
  final class RefusedException extends Exception {

    private final List<String> reasons;

    RefusedException(List<String> reasons) {
      super(String.join("; ", reasons));
      this.reasons = List.copyOf(reasons);
    }

    /** Sentences for people. */
    List<String> reasons() {
      return reasons;
    }
  }
}
