package dev.fairlead.lb.relay;

import dev.fairlead.config.EntranceConfig;
import dev.fairlead.config.EntranceConfig.AcceptProxyConfig;
import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.proxy.Endpoints;
import dev.fairlead.lb.proxy.ProxyHeader;
import dev.fairlead.lb.source.SourceTable;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a connection before it becomes a session: who is it, may he come in, and has he not had
 * enough already? Those who are turned away are reset and counted, not logged: a flood of them is
 * when this matters. Only frontends with a guarded entrance ask it.
 */
final class Doorkeeper {

  private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);

  private Doorkeeper() {}

  /**
   * Takes an accepted socket that holds a place in the frontend.
   *
   * @param high first half of the peer's address; 0, as the other half, where it has none
   */
  static void receive(
      RelayLoop loop,
      Frontend frontend,
      Frontend.Route route,
      FileDescriptor socket,
      long high,
      long low,
      int port) {
    try {
      AcceptProxyConfig accept = route.config().entrance().acceptProxy().orElse(null);
      if (accept == null) {
        admit(loop, frontend, route, socket, high, low, port, null);
      } else if (!hasAddress(high, low) || accept.from().allows(high, low)) {
        // Whoever may open a unix socket is trusted.
        new Greeting(loop, frontend, route, socket, high, low, port).begin(accept.timeout());
      } else if (accept.rejectOthers()) {
        reject(loop, frontend, socket, Rejection.PROXY_UNTRUSTED);
      } else {
        admit(loop, frontend, route, socket, high, low, port, null);
      }
    } catch (RuntimeException e) {
      broken(frontend, route, socket, e);
    }
  }

  /** Something threw where nothing may; the socket's events must not be watched any more. */
  static void broken(Frontend frontend, Frontend.Route route, FileDescriptor socket, Throwable e) {
    LOG.error("internal error: a connection of frontend {} is reset", route.config().name(), e);
    reset(socket);
    frontend.leave();
  }

  /** Lets the client in, whoever that is, if he may. */
  static void admit(
      RelayLoop loop,
      Frontend frontend,
      Frontend.Route route,
      FileDescriptor socket,
      long peerHigh,
      long peerLow,
      int peerPort,
      @Nullable ProxyHeader header) {
    Endpoints endpoints = header == null ? null : header.endpoints();
    long high = endpoints == null ? peerHigh : endpoints.sourceHigh();
    long low = endpoints == null ? peerLow : endpoints.sourceLow();
    int port = endpoints == null ? peerPort : endpoints.sourcePort();
    EntranceConfig entrance = route.config().entrance();
    SourceTable.Source source = null;
    // The header of a client at "::" names an address, if one that nobody can have.
    if (endpoints != null || hasAddress(high, low)) {
      if (!entrance.access().allows(high, low)) {
        reject(loop, frontend, socket, Rejection.DENIED);
        return;
      }
      SourceTable sources = route.sources();
      if (sources != null) {
        SourceTable.Answer answer = sources.enter(high, low, entrance.limits(), System.nanoTime());
        Rejection rejection = answer.rejection();
        if (rejection != null) {
          reject(loop, frontend, socket, rejection);
          return;
        }
        source = answer.source();
      }
    }
    Admission admission = header == null && source == null ? null : new Admission(header, source);
    Session.start(loop, frontend, route, socket, high, low, port, admission);
  }

  /**
   * Resets a connection that no session has begun with; its events must not be watched any more.
   */
  static void reject(RelayLoop loop, Frontend frontend, FileDescriptor socket, Rejection why) {
    reset(socket);
    frontend.rejected(loop.index(), why);
    frontend.leave();
  }

  private static void reset(FileDescriptor socket) {
    try {
      Socket direct = socket instanceof Socket known ? known : new Socket(socket.intValue());
      direct.setSoLinger(0);
    } catch (IOException e) {
      LOG.debug("it has gone by itself", e);
    }
    Descriptors.close(socket);
  }

  private static boolean hasAddress(long high, long low) {
    return high != 0 || low != 0;
  }
}
