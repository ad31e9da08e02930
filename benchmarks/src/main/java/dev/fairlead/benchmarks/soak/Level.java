package dev.fairlead.benchmarks.soak;

/**
 * What a Fairlead holds at one moment.
 *
 * @param descriptors open, less those of pooled pipes, which are kept on purpose, and of jars: each
 *     is opened with the first class that is needed of it, perhaps by the first fault
 */
record Level(long sessions, long sockets, long pipes, long buffers, long descriptors) {

  /** No limit for what comes later. */
  static final Level ANY = new Level(0, 0, 0, 0, Long.MAX_VALUE);

  /**
   * Now.
   *
   * @param jars open ones
   */
  static Level of(Exposition metrics, long jars) {
    return new Level(
        metrics.of("fairlead_sessions"),
        metrics.of("fairlead_relay_open_sockets"),
        metrics.of("fairlead_relay_pipes{state=\"in_use\"}"),
        metrics.of("fairlead_relay_buffers{state=\"in_use\"}"),
        metrics.of("process_open_fds")
            - jars
            - 2 * metrics.of("fairlead_relay_pipes{state=\"pooled\"}"));
  }

  /** Everything that must be zero without clients. */
  long inUse() {
    return sessions + sockets + pipes + buffers;
  }

  /** The same with fewer descriptors, if the other has fewer. */
  Level least(Level other) {
    return new Level(
        other.sessions,
        other.sockets,
        other.pipes,
        other.buffers,
        Math.min(descriptors, other.descriptors));
  }

  String text() {
    return "%d sessions, %d sockets, %d pipes and %d buffers in use, %d other descriptors"
        .formatted(sessions, sockets, pipes, buffers, descriptors);
  }
}
