package dev.fairlead.vrrp;

/**
 * What a router knows of its own node, in every state.
 *
 * @param started between {@link Event.Startup} and {@link Event.Shutdown}
 * @param linkUp whether the interface can carry advertisements
 * @param abilitySince nanoTime at which {@code ability} last changed
 */
public record Condition(boolean started, boolean linkUp, Ability ability, long abilitySince) {

  /** Of a router nobody has told anything yet. */
  public static final Condition UNKNOWN = new Condition(false, false, Ability.UNABLE, 0);

  /** Whether the router takes part in the election. */
  public boolean isEligible() {
    return started && linkUp && ability != Ability.UNABLE;
  }

  Condition withStarted(boolean now) {
    return new Condition(now, linkUp, ability, abilitySince);
  }

  Condition withLinkUp(boolean now) {
    return new Condition(started, now, ability, abilitySince);
  }

  Condition withAbility(Ability next, long now) {
    return next == ability ? this : new Condition(started, linkUp, next, now);
  }
}
