package dev.fairlead.vrrp.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The bytes of sock_diag(7) for TCP: which connections use a local address, and the order to
 * destroy them. Host byte order; decodes any bytes without an exception.
 */
final class SocketDiagnosis {

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int SOCK_DESTROY = 21;
  private static final int NLM_F_REQUEST = 0x1;
  private static final int NLM_F_ACK = 0x4;
  private static final int NLM_F_DUMP = 0x300;

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_TIME_WAIT = 6;
  private static final int TCP_CLOSE = 7;
  private static final int TCP_LISTEN = 10;

  /** Connections that somebody still waits for. */
  private static final int STATES =
      ~(1 << TCP_TIME_WAIT | 1 << TCP_CLOSE | 1 << TCP_LISTEN) & 0x1fff;

  private static final int INET_DIAG_REQ_BYTECODE = 1;
  private static final byte INET_DIAG_BC_S_COND = 7;

  private static final int HEADER_BYTES = 16;
  private static final int REQUEST_BYTES = 56;
  private static final int ID_OFFSET = 4;

  /** struct inet_diag_sockid: ports, addresses, interface, cookie. */
  static final int ID_BYTES = 48;

  private SocketDiagnosis() {}

  /**
   * What one datagram of a dump says about the dump.
   *
   * @param errno 0 = no error
   */
  record Answer(boolean done, int errno) {}

  /** Asks for the connections of a family on a local address, which the kernel compares. */
  static byte[] dump(int sequence, int family, InetAddress local) {
    byte[] address = local.getAddress();
    // struct inet_diag_bc_op, struct inet_diag_hostcond and the address.
    int conditionBytes = 4 + 8 + address.length;
    int length = HEADER_BYTES + REQUEST_BYTES + 4 + conditionBytes;
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    header(out, length, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, sequence);
    request(out, family, STATES, new byte[ID_BYTES]);
    out.putShort((short) (4 + conditionBytes)).putShort((short) INET_DIAG_REQ_BYTECODE);
    // A jump to the end says yes, one beyond it no.
    out.put(INET_DIAG_BC_S_COND).put((byte) conditionBytes).putShort((short) (conditionBytes + 4));
    out.put((byte) (address.length == 4 ? LibC.AF_INET : LibC.AF_INET6))
        .put((byte) (address.length * 8))
        .putShort((short) 0)
        // Any port.
        .putInt(-1)
        .put(address);
    return out.array();
  }

  /**
   * Destroys sockets, in one datagram; the last message asks for an acknowledgement.
   *
   * @param firstSequence of the first message, one more for each
   * @param ids as {@link #decode} has found them
   */
  static byte[] destroy(int firstSequence, int family, List<byte[]> ids) {
    int length = HEADER_BYTES + REQUEST_BYTES;
    ByteBuffer out = ByteBuffer.allocate(length * ids.size()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < ids.size(); i++) {
      boolean last = i == ids.size() - 1;
      header(
          out,
          length,
          SOCK_DESTROY,
          last ? NLM_F_REQUEST | NLM_F_ACK : NLM_F_REQUEST,
          firstSequence + i);
      request(out, family, 0, ids.get(i));
    }
    return out.array();
  }

  private static void header(ByteBuffer out, int length, int type, int flags, int sequence) {
    out.putInt(length).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
  }

  /** struct inet_diag_req_v2. */
  private static void request(ByteBuffer out, int family, int states, byte[] id) {
    out.put((byte) family).put((byte) IPPROTO_TCP).putShort((short) 0).putInt(states).put(id);
  }

  /**
   * Reads one datagram of a dump's answer.
   *
   * @param sequence of the dump; other messages are skipped
   * @param ids gets the id of each socket
   */
  static Answer decode(ByteBuffer datagram, int sequence, List<byte[]> ids) {
    ByteBuffer in = datagram.order(ByteOrder.nativeOrder());
    int at = in.position();
    while (in.limit() - at >= HEADER_BYTES) {
      int length = in.getInt(at);
      if (length < HEADER_BYTES || length > in.limit() - at) {
        break;
      }
      int type = in.getShort(at + 4) & 0xffff;
      if (in.getInt(at + 8) == sequence) {
        int body = length - HEADER_BYTES;
        switch (type) {
          case NLMSG_DONE -> {
            return new Answer(true, 0);
          }
          case NLMSG_ERROR -> {
            return new Answer(true, body < 4 ? LibC.ENOBUFS : -in.getInt(at + HEADER_BYTES));
          }
          case SOCK_DIAG_BY_FAMILY -> {
            if (body >= ID_OFFSET + ID_BYTES) {
              byte[] id = new byte[ID_BYTES];
              in.get(at + HEADER_BYTES + ID_OFFSET, id);
              ids.add(id);
            }
          }
          default -> {}
        }
      }
      at += Math.min(in.limit() - at, (length + 3) & ~3);
    }
    return new Answer(false, 0);
  }
}
