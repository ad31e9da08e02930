package dev.fairlead.config;

/** Something that a virtual router tracks, and what its failure does. */
public record TrackedItem(TrackConfig.Key key, Effect effect) {

  /** What a failure does. */
  public sealed interface Effect {

    /** The node hands the addresses over, and is the last resort until all is well again. */
    record Resign() implements Effect {}

    /**
     * The priority changes, and what follows is the election's business. As keepalived has it:
     * negative points count while it fails, positive ones while it is well; of a file with an
     * integer they are the factor.
     *
     * @param points -253..253, not 0
     */
    record Weight(int points) implements Effect {}
  }
}
