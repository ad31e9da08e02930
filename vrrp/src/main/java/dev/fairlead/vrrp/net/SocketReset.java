package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resets this host's TCP connections that use one of its addresses, whichever process they belong
 * to: SOCK_DESTROY of sock_diag(7), which needs CAP_NET_ADMIN and CONFIG_INET_DIAG_DESTROY.
 *
 * <p>A connection on an address that moves is lost in any case. Reset while the address is still
 * here, its client hears so at once; afterwards the kernel can no longer send from that address,
 * and a client that waits for an answer waits for as long as its timers let it.
 */
final class SocketReset implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SocketReset.class);

  /** The successor already answers; what is left of the sockets is swept later. */
  private static final long BUDGET_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int BUFFER_BYTES = 64 * 1024;

  /** In one system call; their answers fit into the socket's receive buffer, too. */
  private static final int BATCH = 64;

  /**
   * What was done.
   *
   * @param reset connections
   * @param complete false when the time was up before the last one
   */
  record Outcome(int reset, boolean complete) {}

  /** For the lists, and for the orders given while a list is being read. */
  private @Nullable NativeSocket lists;

  private final @Nullable NativeSocket orders;
  private final LongSupplier clock;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private int sequence;
  private int lastErrno;

  SocketReset() {
    this(System::nanoTime);
  }

  /**
   * Opens its sockets now, because later there may be no descriptor left.
   *
   * @param clock nanoTime
   */
  SocketReset(LongSupplier clock) {
    this.clock = clock;
    NativeSocket first = null;
    NativeSocket second = null;
    try {
      first = open();
      second = open();
    } catch (SocketException e) {
      log.warn("connections on virtual addresses cannot be reset: {}", e.getMessage());
    }
    lists = first;
    orders = second;
  }

  private static NativeSocket open() throws SocketException {
    return NativeSocket.open(LibC.AF_NETLINK, NETLINK_SOCK_DIAG, "a socket for sock_diag");
  }

  /** Resets the connections on {@code local}, for at most 20 ms. Listeners stay. */
  Outcome reset(InetAddress local) {
    NativeSocket from = lists;
    NativeSocket to = orders;
    if (from == null || to == null || !to.isOpen()) {
      return new Outcome(0, true);
    }
    long until = clock.getAsLong() + BUDGET_NANOS;
    // A dual-stack listener's IPv4 connections are IPv6 sockets to the kernel.
    int[] families =
        RouteCodec.isIpv6(local)
            ? new int[] {LibC.AF_INET6}
            : new int[] {LibC.AF_INET, LibC.AF_INET6};
    int reset = 0;
    try {
      if (!from.isOpen()) {
        // Once there was no descriptor left to open it again.
        from = open();
        lists = from;
      }
      for (int family : families) {
        // Again until none is found: a list that shrinks while it is read leaves some out.
        for (int found = 1; found > 0; reset += found) {
          // Without any yet it goes on: a host may have so many that a list alone takes as long.
          if (reset > 0 && clock.getAsLong() - until >= 0) {
            return new Outcome(reset, false);
          }
          found = resetListed(from, to, family, local, until);
          if (found < 0) {
            return new Outcome(reset - found, false);
          }
        }
      }
      lastErrno = 0;
    } catch (SocketException e) {
      if (e.errno() != lastErrno) {
        log.warn(
            "connections on {} are not reset, their clients will find out by their own timers: {}",
            NetUtil.toAddressString(local),
            e.getMessage());
      }
      lastErrno = e.errno();
    }
    return new Outcome(reset, true);
  }

  /**
   * Destroys what one list has, as it comes.
   *
   * @return how many; less than 0, their negative number, when the time was up
   */
  private int resetListed(
      NativeSocket from, NativeSocket to, int family, InetAddress local, long until)
      throws SocketException {
    String purpose = "cannot ask the kernel for its connections";
    int list = ++sequence;
    send(from, SocketDiagnosis.dump(list, family, local), purpose);
    int reset = 0;
    while (true) {
      List<byte[]> found = new ArrayList<>();
      SocketDiagnosis.Answer answer = SocketDiagnosis.decode(receive(from, purpose), list, found);
      if (answer.errno() != 0) {
        throw new SocketException(purpose, answer.errno());
      }
      for (int i = 0; i < found.size(); i += BATCH) {
        reset += destroy(to, family, found.subList(i, Math.min(found.size(), i + BATCH)));
      }
      if (answer.done()) {
        return reset;
      }
      if (reset > 0 && clock.getAsLong() - until >= 0) {
        // The kernel gives no second list on a socket before the first has been read to its end.
        from.close();
        lists = open();
        return -reset;
      }
    }
  }

  /**
   * Destroys listed sockets.
   *
   * @return how many still existed
   */
  private int destroy(NativeSocket socket, int family, List<byte[]> found) throws SocketException {
    String purpose = "cannot reset a connection";
    int first = sequence + 1;
    sequence += found.size();
    send(socket, SocketDiagnosis.destroy(first, family, found), purpose);
    int missing = 0;
    // The last is acknowledged in any case; of the others only failures are.
    for (boolean done = false; !done; ) {
      ByteBuffer datagram = receive(socket, purpose);
      for (RouteMessage message : RouteCodec.decode(bytes(datagram))) {
        if (message instanceof RouteMessage.Acknowledged(int answered, int errno)) {
          done |= answered == sequence;
          switch (errno) {
            case 0 -> {}
            // It ended by itself meanwhile.
            case LibC.ENOENT -> missing++;
            default -> throw new SocketException(purpose, errno);
          }
        }
      }
    }
    return found.size() - missing;
  }

  private void send(NativeSocket socket, byte[] message, String purpose) throws SocketException {
    // What an earlier request that failed half way has left.
    while (LibC.recv(socket.descriptor(), buffer, buffer.size(), 0) >= 0) {}
    int errno = socket.send(message, Rtnetlink.kernelAddress(0));
    if (errno != 0) {
      throw new SocketException(purpose, errno);
    }
  }

  /** As with rtnetlink, the kernel has answered before sendto(2) returns. */
  private ByteBuffer receive(NativeSocket socket, String purpose) throws SocketException {
    long length = Rtnetlink.receive(socket, buffer);
    if (length < 0) {
      throw new SocketException(purpose, LibC.errno());
    }
    return buffer.getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }

  private static byte[] bytes(ByteBuffer datagram) {
    byte[] bytes = new byte[datagram.remaining()];
    datagram.get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    for (NativeSocket socket : Arrays.asList(lists, orders)) {
      if (socket != null) {
        socket.close();
      }
    }
  }
}
