package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of the kernel's classic packet filter (BPF), which decides about a datagram before it
 * is put into a socket's queue. Written one check after the other: a datagram that fails one is
 * rejected there. Jumps stay short, however many checks there are.
 */
final class SocketFilter {

  /** Load and compare instructions of linux/bpf_common.h. */
  static final int LD_WORD = 0x20;

  static final int LD_HALF = 0x28;
  static final int LD_BYTE = 0x30;
  static final int LD_LENGTH = 0x80;
  static final int LD_IMMEDIATE = 0x00;
  static final int LDX_MEMORY = 0x61;
  static final int LD_MEMORY = 0x60;
  static final int STORE = 0x02;
  static final int ADD = 0x04;
  static final int ADD_X = 0x0c;
  static final int TO_X = 0x07;
  static final int AND = 0x54;
  static final int SHIFT_RIGHT = 0x74;
  static final int JUMP_EQUAL = 0x15;
  static final int JUMP_GREATER_EQUAL = 0x35;
  static final int RETURN = 0x06;

  private static final int JUMP = 0x05;

  /** Ancillary data (linux/filter.h): the packet's direction, and a random number. */
  static final int PACKET_TYPE = -0x1000 + 4;

  static final int RANDOM = -0x1000 + 56;

  /** What precedes the data of an IPv6 raw socket: its IP header. */
  static final int NETWORK_HEADER = -0x100000;

  /** The whole datagram. */
  private static final int ALL = -1;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_DETACH_FILTER = 27;
  private static final int MAX_INSTRUCTIONS = 4096;

  /**
   * One instruction.
   *
   * @param jumpTrue how many are skipped when the comparison holds
   */
  record Instruction(int code, int jumpTrue, int jumpFalse, int value) {}

  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Instruction> reject;

  /**
   * An empty program.
   *
   * @param sample of how many rejected datagrams one is let through, to be counted; a power of two,
   *     0 = none
   */
  SocketFilter(int sample) {
    reject =
        sample == 0
            ? List.of(new Instruction(RETURN, 0, 0, 0))
            : List.of(
                new Instruction(LD_WORD, 0, 0, RANDOM),
                new Instruction(AND, 0, 0, sample - 1),
                new Instruction(JUMP_EQUAL, 1, 0, 0),
                new Instruction(RETURN, 0, 0, 0),
                new Instruction(RETURN, 0, 0, ALL));
  }

  /** An instruction that jumps nowhere. */
  SocketFilter add(int code, int value) {
    instructions.add(new Instruction(code, 0, 0, value));
    return this;
  }

  /** Goes on if what was loaded is {@code value}. */
  SocketFilter require(int value) {
    return requireOneOf(new int[] {value});
  }

  /** Goes on if what was loaded is one of them. */
  SocketFilter requireOneOf(int[] values) {
    for (int i = 0; i < values.length; i++) {
      // Over the comparisons that are left, and over the rejection.
      int rest = values.length - 1 - i + reject.size();
      if (rest > 255) {
        throw new IllegalArgumentException(values.length + " values are too many for a jump");
      }
      instructions.add(new Instruction(JUMP_EQUAL, rest, 0, values[i]));
    }
    instructions.addAll(reject);
    return this;
  }

  /** Goes on if what was loaded is not {@code value}. */
  SocketFilter refuse(int value) {
    instructions.add(new Instruction(JUMP_EQUAL, 0, reject.size(), value));
    instructions.addAll(reject);
    return this;
  }

  /** Goes on if what was loaded is at least {@code value}, unsigned. */
  SocketFilter requireAtLeast(int value) {
    instructions.add(new Instruction(JUMP_GREATER_EQUAL, reject.size(), 0, value));
    instructions.addAll(reject);
    return this;
  }

  /**
   * Goes on if one of the alternatives is there: each is compared word by word.
   *
   * @param alternatives of equal length, a multiple of four bytes
   */
  SocketFilter requireBytes(int offset, List<byte[]> alternatives) {
    for (int i = 0; i < alternatives.size(); i++) {
      ByteBuffer bytes = ByteBuffer.wrap(alternatives.get(i));
      int words = bytes.remaining() / 4;
      for (int word = 0; word < words; word++) {
        // A difference leads to the next alternative, the last word over all that are left: by a
        // jump of its own, as they may be many.
        int toNext = 2 * (words - 1 - word) + 1;
        instructions.add(new Instruction(LD_WORD, 0, 0, offset + 4 * word));
        instructions.add(new Instruction(JUMP_EQUAL, 0, toNext, bytes.getInt(4 * word)));
      }
      int left = (alternatives.size() - 1 - i) * (2 * words + 1) + reject.size();
      instructions.add(new Instruction(JUMP, 0, 0, left));
    }
    instructions.addAll(reject);
    return this;
  }

  /** Goes on if what was loaded, or what is in that scratch memory, is {@code value}. */
  SocketFilter requireEither(int value, int memory) {
    instructions.add(new Instruction(JUMP_EQUAL, 2 + reject.size(), 0, value));
    return add(LD_MEMORY, memory).require(value);
  }

  /** Goes on unless these six bytes are there. */
  SocketFilter refuseMac(int offset, MacAddress mac) {
    ByteBuffer bytes = ByteBuffer.wrap(mac.bytes());
    int high = bytes.getShort(0) & 0xffff;
    instructions.add(new Instruction(LD_WORD, 0, 0, offset + 2));
    instructions.add(new Instruction(JUMP_EQUAL, 0, 2 + reject.size(), bytes.getInt(2)));
    add(LD_HALF, offset);
    return refuse(high);
  }

  /** The end: what comes here is delivered. */
  SocketFilter accept() {
    return add(RETURN, ALL);
  }

  List<Instruction> instructions() {
    return List.copyOf(instructions);
  }

  /** Nothing gets through. */
  static SocketFilter nothing() {
    return new SocketFilter(0).add(RETURN, 0);
  }

  /**
   * From now on the kernel asks this program; one that was there is replaced.
   *
   * @throws SocketException when it refuses the program
   */
  void attach(NativeSocket socket) throws SocketException {
    if (instructions.size() > MAX_INSTRUCTIONS) {
      throw new IllegalStateException(instructions.size() + " instructions are too many");
    }
    try (Memory program = new Memory(8L * instructions.size())) {
      ByteBuffer code = program.getByteBuffer(0, program.size()).order(ByteOrder.nativeOrder());
      for (Instruction one : instructions) {
        code.putShort((short) one.code())
            .put((byte) one.jumpTrue())
            .put((byte) one.jumpFalse())
            .putInt(one.value());
      }
      byte[] descriptor =
          ByteBuffer.allocate(16)
              .order(ByteOrder.nativeOrder())
              .putShort((short) instructions.size())
              .putShort((short) 0)
              .putInt(0)
              .putLong(Pointer.nativeValue(program))
              .array();
      socket.option(SOL_SOCKET, SO_ATTACH_FILTER, descriptor, "a socket filter");
    }
  }

  /** Everything gets through again. */
  static void detach(NativeSocket socket) throws SocketException {
    socket.option(SOL_SOCKET, SO_DETACH_FILTER, 0, "no socket filter");
  }
}
