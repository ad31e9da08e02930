package dev.fairlead.daemon.access;

/**
 * An access log, for people and meters.
 *
 * @param target where its lines go, as in the configuration
 * @param lines written since start
 * @param bufferFull lost because the target was slow
 * @param rateLimited left out by lines-per-second
 * @param targetFailed lost because the target could not be written to
 */
public record AccessLogStatus(
    String frontend,
    String target,
    long lines,
    long bufferFull,
    long rateLimited,
    long targetFailed) {

  /** Those that should be there and are not. */
  public long lost() {
    return bufferFull + targetFailed;
  }
}
