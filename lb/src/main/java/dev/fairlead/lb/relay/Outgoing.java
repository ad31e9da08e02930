package dev.fairlead.lb.relay;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.OutgoingConfig;
import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import dev.fairlead.config.ProxyVersion;
import dev.fairlead.config.SocketConfig;
import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.proxy.Endpoints;
import dev.fairlead.lb.proxy.ProxyHeader;
import dev.fairlead.lb.proxy.ProxyHeaderWriter;
import dev.fairlead.lb.source.SourcePorts;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Connects to a server in another way than the kernel would by itself, and says who the client is.
 * Only backends that ask for any of that come here.
 */
final class Outgoing {

  /** Ports tried for one connection: others on this host may have some of the range. */
  private static final int MOST_PORTS_TRIED = 32;

  private static final byte[] NOTHING = new byte[0];

  private Outgoing() {}

  /**
   * A socket on its way to the server.
   *
   * @throws LocalFailure what is asked for cannot be had
   * @throws IOException refused at once
   * @throws RuntimeException no socket could be made
   */
  static Socket dial(Session session, Server target, BackendConfig config) throws IOException {
    InetSocketAddress address = target.config().address();
    if (target.config().isUnix()) {
      Socket socket = new UnixStream(Socket.newSocketDomain().intValue());
      try {
        UnixListening.connect(socket, address.getHostString());
        return socket;
      } catch (IOException e) {
        Descriptors.close(socket);
        throw e;
      }
    }
    OutgoingConfig way = config.outgoing();
    if (way.source().hasPorts()) {
      return fromPorts(session, target, config, address);
    }
    boolean ipv6 = address.getAddress() instanceof Inet6Address;
    DialledSocket socket = new DialledSocket(LinuxSocket.newSocketStream(ipv6).intValue(), null, 0);
    try {
      prepareAndBind(session, socket, config, ipv6);
      connect(session, socket, config, address);
      return socket;
    } catch (IOException e) {
      Descriptors.close(socket);
      throw LocalFailure.ofConnect(e);
    }
  }

  private static void prepareAndBind(
      Session session, Socket socket, BackendConfig config, boolean ipv6) throws LocalFailure {
    try {
      prepare(socket, config, ipv6);
      bind(session, socket, config.outgoing().source(), ipv6);
    } catch (IOException e) {
      throw LocalFailure.of(e);
    }
  }

  private static void prepare(Socket socket, BackendConfig config, boolean ipv6)
      throws IOException {
    if (config.tcp().delayedAcks()) {
      Descriptors.delayAcks(socket, true);
    }
    SocketOptions.apply(SocketConfig.NONE, config.outgoing().socket(), socket, ipv6);
  }

  private static void bind(
      Session session, Socket socket, OutgoingConfig.Source source, boolean ipv6)
      throws IOException {
    InetAddress from;
    if (source.client()) {
      if (session.clientHigh() == 0 && session.clientLow() == 0) {
        // A unix socket's client has no address that a server could see.
        return;
      }
      from = new ClientAddress(session.clientHigh(), session.clientLow()).address();
      if (from instanceof Inet6Address != ipv6) {
        throw new LocalFailure("the client's address is of another family than the server's");
      }
      SocketOptions.transparent(socket, ipv6, true);
    } else {
      from = source.address(ipv6).orElse(null);
      if (from == null) {
        return;
      }
    }
    SocketOptions.bindWithoutPort(socket);
    socket.bind(new InetSocketAddress(from, 0));
  }

  /** One port after the other, until one can be had towards this server. */
  private static Socket fromPorts(
      Session session, Server target, BackendConfig config, InetSocketAddress address)
      throws IOException {
    OutgoingConfig.Source source = config.outgoing().source();
    boolean ipv6 = address.getAddress() instanceof Inet6Address;
    InetAddress from =
        source.address(ipv6).orElseGet(() -> InetAddress.ofLiteral(ipv6 ? "::" : "0.0.0.0"));
    SourcePorts ports = target.sourcePorts(source.firstPort(), source.lastPort());
    for (int tried = 0; tried < MOST_PORTS_TRIED; tried++) {
      // The descriptor first: when there is none, no port has been taken that would be lost.
      Socket opened = LinuxSocket.newSocketStream(ipv6);
      int port = ports.take();
      if (port == 0) {
        Descriptors.close(opened);
        break;
      }
      DialledSocket socket = new DialledSocket(opened.intValue(), ports, port);
      try {
        prepareAndBind(socket, config, from, port, ipv6);
        connect(session, socket, config, address);
        return socket;
      } catch (IOException e) {
        Descriptors.close(socket);
        if (!isTaken(e)) {
          throw e;
        }
      }
    }
    throw new LocalFailure(
        "no source port of %d-%d is free".formatted(source.firstPort(), source.lastPort()));
  }

  private static void prepareAndBind(
      Socket socket, BackendConfig config, InetAddress from, int port, boolean ipv6)
      throws LocalFailure {
    try {
      prepare(socket, config, ipv6);
      // One port serves connections to every server, as long as each is to another.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(from, port));
    } catch (IOException e) {
      throw LocalFailure.of(e);
    }
  }

  /**
   * With TCP Fast Open, what there is to be said travels with the SYN, if the kernel knows a cookie
   * of this server. Until the handshake is over it is kept, so that another server can be tried.
   */
  private static void connect(
      Session session, DialledSocket socket, BackendConfig config, InetSocketAddress address)
      throws IOException {
    // Once a server is connected, what the client says goes there, and is not read by others.
    if (!config.outgoing().fastOpen() || !session.isConnecting()) {
      socket.connect(address);
      return;
    }
    byte[] header = header(session, config);
    Chunk said = said(session);
    Chunk scratch = session.loop().scratch();
    scratch.put(header);
    int count = header.length + (said == null ? 0 : scratch.append(header.length, said));
    if (count == 0) {
      socket.connect(address);
      return;
    }
    try {
      socket.early(
          socket.sendToAddress(
              scratch.address(), 0, count, address.getAddress(), address.getPort(), true));
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("not supported")) {
        throw e;
      }
      // net.ipv4.tcp_fastopen is off.
      socket.connect(address);
    }
  }

  private static @Nullable Chunk said(Session session) {
    try {
      return session.readAhead();
    } catch (IOException e) {
      // The client has reset: no fault of the server's. Its own event, which is still to come, ends
      // the session.
      return null;
    }
  }

  private static boolean isTaken(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Address already in use")
        || message.contains("Cannot assign requested address");
  }

  /**
   * Says who the client is, before anything else.
   *
   * @return whether it could be said; a socket that has just connected takes it all
   */
  static boolean greet(Session session, BackendConfig config, Relay side) {
    if (config.outgoing().isPlain()) {
      return true;
    }
    byte[] header = header(session, config);
    Socket socket = side.asSocket();
    int early = socket instanceof DialledSocket dialled ? dialled.takeEarly() : 0;
    if (early >= header.length) {
      session.saidEarly(early - header.length);
      return true;
    }
    try {
      Chunk scratch = session.loop().scratch();
      scratch.put(header);
      Descriptors.noDelay(socket);
      return socket.sendAddress(scratch.address(), early, header.length) == header.length - early;
    } catch (IOException e) {
      return false;
    }
  }

  /** What comes first; empty when nothing does. */
  private static byte[] header(Session session, BackendConfig config) {
    SendProxyConfig send = config.outgoing().sendProxy().orElse(null);
    if (send == null) {
      return NOTHING;
    }
    Admission admission = session.admission();
    ProxyHeader received = admission == null ? null : admission.header();
    Endpoints endpoints = session.endpoints();
    return send.version() == ProxyVersion.V1
        ? ProxyHeaderWriter.v1(endpoints)
        : ProxyHeaderWriter.v2(
            endpoints,
            send.passTlvs() && received != null ? received.tlvs() : NOTHING,
            send.crc32c());
  }

  /** Of a connection as its socket knows it; null where it has no addresses. */
  static @Nullable Endpoints endpoints(Socket client) {
    InetSocketAddress remote = client.remoteAddress();
    InetSocketAddress local = client.localAddress();
    if (client instanceof UnixStream || remote == null || local == null) {
      return null;
    }
    ClientAddress source = ClientAddress.of(remote.getAddress());
    ClientAddress destination = ClientAddress.of(local.getAddress());
    return new Endpoints(
        source.high(),
        source.low(),
        remote.getPort(),
        destination.high(),
        destination.low(),
        local.getPort());
  }
}
