package dev.fairlead.daemon;

import sun.misc.Signal;

/**
 * Signals of the process. There is no other way in Java to learn of a second SIGTERM, or of SIGHUP.
 *
 * <p>Handlers run on a thread of the JVM's, one for each signal.
 */
public final class Signals {

  private Signals() {}

  /** What to do about a signal that asks for the end. */
  public interface Stop {
    /**
     * Called for each such signal.
     *
     * @param exitCode 128 + the signal's number: what a shell expects of a process it has ended
     */
    void requested(String signal, int exitCode);
  }

  public static void onStop(Stop stop) {
    for (String name : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(name),
          signal -> stop.requested("SIG" + signal.getName(), 128 + signal.getNumber()));
    }
  }

  static void onHangUp(Runnable reload) {
    Signal.handle(new Signal("HUP"), signal -> reload.run());
  }
}
