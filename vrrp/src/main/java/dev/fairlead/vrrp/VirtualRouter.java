package dev.fairlead.vrrp;

/** The election: one function. */
public final class VirtualRouter {

  private VirtualRouter() {}

  /**
   * What one event does.
   *
   * @param now nanoTime; never less than in the step before
   */
  public static Step step(Settings settings, State state, Event event, long now) {
    throw new UnsupportedOperationException("not built yet: " + settings + state + event + now);
  }

  /**
   * The priority at which this router takes part at present.
   *
   * @return 1..255
   */
  public static int effectivePriority(Settings settings, Condition condition) {
    return condition.ability() == Ability.ABLE ? settings.priority() : Settings.LAST_RESORT;
  }
}
