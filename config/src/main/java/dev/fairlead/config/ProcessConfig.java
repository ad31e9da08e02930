package dev.fairlead.config;

import java.time.Duration;

/**
 * What concerns the process as a whole.
 *
 * @param eventLoops threads that relay; 0 = one for each CPU this process may use. Needs a restart
 * @param drain how long sessions may live on after SIGTERM
 */
public record ProcessConfig(int eventLoops, Duration drain) {}
