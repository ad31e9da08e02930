package dev.fairlead.daemon.demo;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How a stand-in begins and ends: as a kube-apiserver does, which hurts a balancer that looks at
 * TCP only. It listens before it serves, and after SIGTERM it stops listening while watches stay
 * open.
 *
 * <p>All of it on the one event loop.
 */
final class ApiServerLife {

  private final ApiServerBehaviour behaviour;
  private final Set<ApiServerHandler> open = new HashSet<>();

  ApiServerLife(ApiServerBehaviour behaviour) {
    this.behaviour = behaviour;
  }

  /** Goes through the stages of a start, then says {@code serving NANOTIME}. */
  void begin(Channel listener, StartUp startUp) {
    EventLoop loop = listener.eventLoop();
    long forbiddenAt = startUp.silentMillis();
    long unreadyAt = forbiddenAt + startUp.forbiddenMillis();
    long readyAt = unreadyAt + startUp.unreadyMillis();
    if (startUp.forbiddenMillis() > 0) {
      behaviour.become(ApiServerBehaviour.Readiness.FORBIDDEN);
    } else if (startUp.unreadyMillis() > 0) {
      behaviour.become(ApiServerBehaviour.Readiness.UNREADY);
    }
    loop.schedule(() -> listener.config().setAutoRead(true), forbiddenAt, TimeUnit.MILLISECONDS);
    if (startUp.forbiddenMillis() > 0 && startUp.unreadyMillis() > 0) {
      loop.schedule(
          () -> behaviour.become(ApiServerBehaviour.Readiness.UNREADY),
          unreadyAt,
          TimeUnit.MILLISECONDS);
    }
    loop.schedule(
        () -> {
          behaviour.become(ApiServerBehaviour.Readiness.READY);
          System.out.println("serving " + System.nanoTime());
        },
        readyAt,
        TimeUnit.MILLISECONDS);
  }

  /** A connection has been accepted. */
  void opened(ApiServerHandler connection) {
    open.add(connection);
  }

  /** It is gone; the last one after the end of listening ends the process. */
  void closed(ApiServerHandler connection) {
    open.remove(connection);
    endWhenEmpty();
  }

  /**
   * SIGTERM: not ready from now on, and after the delay no listener. Requests under way are
   * answered, idle connections closed, watches kept until their clients leave.
   */
  void end(Channel listener) {
    behaviour.become(ApiServerBehaviour.Readiness.UNREADY);
    listener
        .eventLoop()
        .schedule(
            () -> stopListening(listener), behaviour.shutdownDelayMillis(), TimeUnit.MILLISECONDS);
  }

  private void stopListening(Channel listener) {
    System.out.println("no longer listening " + System.nanoTime());
    behaviour.close();
    listener.close();
    Set.copyOf(open).forEach(ApiServerHandler::closeIfIdle);
    endWhenEmpty();
  }

  private void endWhenEmpty() {
    if (behaviour.isClosing() && open.isEmpty()) {
      Runtime.getRuntime().halt(0);
    }
  }
}
