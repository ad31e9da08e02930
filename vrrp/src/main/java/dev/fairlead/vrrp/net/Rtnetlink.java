package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests to rtnetlink. The kernel works while we are inside sendto(2), and its answer lies in the
 * socket when that returns: so a request is two system calls, never a wait.
 */
final class Rtnetlink implements AutoCloseable {

  private static final int NETLINK_ROUTE = 0;
  private static final int BUFFER_BYTES = 64 * 1024;

  /** A dump of 4,096 interfaces with 10 addresses each still fits. */
  private static final int MAX_DATAGRAMS_PER_ANSWER = 4096;

  private final NativeSocket socket;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private int sequence;

  Rtnetlink() throws SocketException {
    socket = openSocket(0);
  }

  /**
   * A bound netlink socket.
   *
   * @param groups multicast groups to hear, as a bit mask; 0 = none
   */
  static NativeSocket openSocket(int groups) throws SocketException {
    NativeSocket socket = NativeSocket.open(LibC.AF_NETLINK, NETLINK_ROUTE, "a netlink socket");
    try {
      socket.bind(kernelAddress(groups), "netlink");
    } catch (SocketException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  /** A sockaddr_nl: of the kernel, or of our own socket with its groups. */
  static byte[] kernelAddress(int groups) {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.nativeOrder())
        .putShort((short) LibC.AF_NETLINK)
        .putShort((short) 0)
        .putInt(0)
        .putInt(groups)
        .array();
  }

  /**
   * Adds the address, or renews its lifetime.
   *
   * @param validSeconds {@link RouteMessage#FOREVER} = until removed
   * @return 0 or the errno
   */
  int addAddress(int index, VirtualAddress address, long validSeconds) {
    return request(RouteCodec.addAddress(++sequence, index, address, validSeconds));
  }

  /**
   * Removes the address.
   *
   * @return 0 or the errno; EADDRNOTAVAIL when it was not there
   */
  int removeAddress(int index, InetAddress address, int prefixLength) {
    return request(RouteCodec.removeAddress(++sequence, index, address, prefixLength));
  }

  List<RouteMessage.Link> links() throws SocketException {
    return dump(RouteCodec.dumpLinks(++sequence), RouteMessage.Link.class, "interfaces");
  }

  List<RouteMessage.Address> addresses() throws SocketException {
    return dump(RouteCodec.dumpAddresses(++sequence), RouteMessage.Address.class, "addresses");
  }

  private int request(byte[] message) {
    int errno = socket.send(message, kernelAddress(0));
    if (errno != 0) {
      return errno;
    }
    for (int i = 0; i < MAX_DATAGRAMS_PER_ANSWER; i++) {
      long length = receive(socket, buffer);
      if (length < 0) {
        return LibC.errno();
      }
      for (RouteMessage answer : RouteCodec.decode(buffer.getByteArray(0, (int) length))) {
        if (answer instanceof RouteMessage.Acknowledged(int answered, int result)
            && answered == sequence) {
          return result;
        }
      }
    }
    return LibC.ENOBUFS;
  }

  /** All or nothing: half a list would look as if the rest had been removed. */
  private <T extends RouteMessage> List<T> dump(byte[] message, Class<T> wanted, String what)
      throws SocketException {
    String purpose = "cannot ask the kernel for its " + what;
    List<T> found = new ArrayList<>();
    int errno = socket.send(message, kernelAddress(0));
    if (errno != 0) {
      throw new SocketException(purpose, errno);
    }
    for (int i = 0; i < MAX_DATAGRAMS_PER_ANSWER; i++) {
      long length = receive(socket, buffer);
      if (length < 0) {
        throw new SocketException(purpose, LibC.errno());
      }
      for (RouteMessage answer : RouteCodec.decode(buffer.getByteArray(0, (int) length))) {
        if (answer instanceof RouteMessage.Done(int answered) && answered == sequence) {
          return found;
        }
        if (answer instanceof RouteMessage.Acknowledged(int answered, int result)
            && answered == sequence) {
          throw new SocketException(purpose, result);
        }
        if (wanted.isInstance(answer)) {
          found.add(wanted.cast(answer));
        }
      }
    }
    throw new SocketException(purpose, LibC.ENOBUFS);
  }

  /**
   * One datagram.
   *
   * @return the length, or -1 with {@link LibC#errno} set
   */
  static long receive(NativeSocket socket, Memory buffer) {
    return socket.isOpen() ? LibC.recv(socket.descriptor(), buffer, buffer.size(), 0) : -1;
  }

  @Override
  public void close() {
    socket.close();
  }
}
