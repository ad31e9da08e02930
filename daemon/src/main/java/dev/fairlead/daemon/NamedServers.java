package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.daemon.names.Names;

/**
 * Goes before those who connect: they get the configuration with addresses in the place of names.
 * Reloads come one at a time, so one configuration is in preparation at most.
 */
final class NamedServers implements Participant {

  private final ServiceLoop control;
  private final Names names;

  /** Of the configuration that is being prepared. */
  private volatile Configuration expanded;

  /** Control loop only: what listeners and checks follow. */
  private Configuration inForce;

  NamedServers(ServiceLoop control, Names names, Configuration first) {
    this.control = control;
    this.names = names;
    this.expanded = first;
    this.inForce = first;
  }

  @Override
  public Prepared prepare(Configuration next) throws RefusedException {
    try {
      Names.Answers answers = names.ask(control.call(() -> names.unknown(next)));
      Configuration expansion = control.call(() -> names.expand(next, answers));
      expanded = expansion;
      return () -> {
        names.apply(next, answers);
        inForce = expansion;
      };
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A participant that knows addresses only. */
  Participant before(Participant inner) {
    return next -> inner.prepare(expanded);
  }

  /** What listeners and checks follow now. */
  Configuration inForce() {
    return inForce;
  }

  /** They have followed it. */
  void follow(Configuration next) {
    inForce = next;
  }
}
