package dev.fairlead.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whom to tell, and how, when a virtual router changes state.
 *
 * @param name unique
 * @param routers names of the virtual routers that are meant
 * @param states of which it wants to hear
 * @param timeout of one attempt
 * @param retries attempts after the first failed
 * @param backoff before the first retry; doubled before each further one
 */
public record HookConfig(
    String name,
    List<String> routers,
    Set<State> states,
    Action action,
    Duration timeout,
    int retries,
    Duration backoff) {

  public HookConfig {
    routers = List.copyOf(routers);
    states = Set.copyOf(states);
  }

  /** What happened to the virtual router on this node, in keepalived's words. */
  public enum State {
    /** Holds the addresses. */
    MASTER,
    /** Somebody else does, or will. */
    BACKUP,
    /** Out of the election. */
    FAULT,
    /** No longer runs here: the process ends, or a reload has removed it. */
    STOP
  }

  /** How it is told. */
  public sealed interface Action {

    /**
     * A program is run, with what there is to know in its environment.
     *
     * @param command program and arguments; no shell is involved
     * @param keepalivedArguments whether keepalived's four arguments follow: {@code INSTANCE},
     *     name, state, priority
     * @param user whom it runs as; empty = as this process
     */
    record Command(List<String> command, boolean keepalivedArguments, Optional<String> user)
        implements Action {
      public Command {
        command = List.copyOf(command);
      }
    }

    /**
     * A JSON object is posted.
     *
     * @param url may carry a token, so it is not shown
     * @param caFile PEM certificates that the server's chain must lead to; empty = the run-time's
     * @param bearerTokenFile read again for each attempt
     */
    record Webhook(Secret url, Optional<Path> caFile, Optional<Path> bearerTokenFile)
        implements Action {}
  }
}
