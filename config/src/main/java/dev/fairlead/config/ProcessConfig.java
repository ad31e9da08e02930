package dev.fairlead.config;

import java.time.Duration;

/**
 * What concerns the process as a whole.
 *
 * @param eventLoops threads that relay; 0 = one for each CPU this process may use. Needs a restart
 * @param drain how long sessions may live on after SIGTERM
 * @param realtime whether the control thread is scheduled before all ordinary ones
 * @param lockMemory whether pages that were once in memory stay there
 * @param dataPath how relays read and write
 */
public record ProcessConfig(
    int eventLoops, Duration drain, boolean realtime, boolean lockMemory, DataPath dataPath) {

  /** Scheduled and paged like any other. */
  public ProcessConfig(int eventLoops, Duration drain) {
    this(eventLoops, drain, false, false);
  }

  /** With the data path that suits the kernel and the load. */
  public ProcessConfig(int eventLoops, Duration drain, boolean realtime, boolean lockMemory) {
    this(eventLoops, drain, realtime, lockMemory, DataPath.AUTO);
  }
}
