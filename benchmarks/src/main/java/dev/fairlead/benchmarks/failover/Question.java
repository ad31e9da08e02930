package dev.fairlead.benchmarks.failover;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Who has this address? The question as a frame, by ARP or by neighbour solicitation, and whether a
 * frame is an answer to it.
 */
final class Question {
  private static final int ARP = 0x0806;
  private static final int IPV6 = 0x86dd;

  private final byte[] asker;
  private final byte[] target;
  private final byte[] frame;

  /**
   * Frames for a lab's questions.
   *
   * @param asker hardware address of the interface that asks
   * @param source its protocol address
   */
  Question(byte[] asker, InetAddress source, InetAddress target) {
    this.asker = asker.clone();
    this.target = target.getAddress();
    frame =
        this.target.length == 4
            ? request(asker, source.getAddress(), this.target)
            : solicitation(asker, source.getAddress(), this.target);
  }

  int etherType() {
    return target.length == 4 ? ARP : IPV6;
  }

  byte[] frame() {
    return frame;
  }

  private static byte[] request(byte[] asker, byte[] source, byte[] target) {
    byte[] everybody = new byte[6];
    Arrays.fill(everybody, (byte) 0xff);
    return ByteBuffer.allocate(42)
        .put(everybody)
        .put(asker)
        .putShort((short) ARP)
        .putShort((short) 1)
        .putShort((short) 0x0800)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) 1)
        .put(asker)
        .put(source)
        .put(new byte[6])
        .put(target)
        .array();
  }

  private static byte[] solicitation(byte[] asker, byte[] source, byte[] target) {
    byte[] group = new byte[16];
    group[0] = (byte) 0xff;
    group[1] = 2;
    group[11] = 1;
    group[12] = (byte) 0xff;
    System.arraycopy(target, 13, group, 13, 3);
    ByteBuffer frame =
        ByteBuffer.allocate(86)
            .put(new byte[] {0x33, 0x33, (byte) 0xff, target[13], target[14], target[15]})
            .put(asker)
            .putShort((short) IPV6)
            .putInt(0x60000000)
            .putShort((short) 32)
            .put((byte) 58)
            .put((byte) 255)
            .put(source)
            .put(group)
            .put((byte) 135)
            .put((byte) 0)
            .putShort((short) 0)
            .putInt(0)
            .put(target)
            .put((byte) 1)
            .put((byte) 1)
            .put(asker);
    // RFC 4443, 2.3: the pseudo header is both addresses, the length and the protocol.
    int sum = 32 + 58;
    for (int at = 22; at < 86; at += 2) {
      sum += Short.toUnsignedInt(frame.getShort(at));
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return frame.putShort(56, (short) ~sum).array();
  }

  /** Whether it answers us; an announcement that nobody has asked for does not. */
  boolean isAnswer(ByteBuffer frame) {
    if (frame.remaining() < 42 || !RawSocket.equals(frame, 0, asker)) {
      return false;
    }
    if (target.length == 4) {
      return frame.get(20) == 0 && frame.get(21) == 2 && RawSocket.equals(frame, 28, target);
    }
    // Neighbour advertisement (136) with the solicited flag.
    return frame.remaining() >= 78
        && frame.get(20) == 58
        && Byte.toUnsignedInt(frame.get(54)) == 136
        && (frame.get(58) & 0x40) != 0
        && RawSocket.equals(frame, 62, target);
  }
}
