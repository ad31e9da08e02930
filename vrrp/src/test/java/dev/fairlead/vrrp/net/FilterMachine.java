package dev.fairlead.vrrp.net;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a {@link SocketFilter} as the kernel would, so that it can be tested without one. */
final class FilterMachine {

  private final List<SocketFilter.Instruction> program;
  private final ByteBuffer packet;

  /** Where the data begin that offsets without a base count from. */
  private final int data;

  private final int random;
  private final int[] memory = new int[16];

  private FilterMachine(SocketFilter filter, byte[] packet, int data, int random) {
    program = filter.instructions();
    this.packet = ByteBuffer.wrap(packet);
    this.data = data;
    this.random = random;
  }

  /**
   * Whether it is delivered.
   *
   * @param data length of the network header that precedes the data of an IPv6 raw socket
   */
  static boolean accepts(SocketFilter filter, byte[] packet, int data) {
    return new FilterMachine(filter, packet, data, 1).run() != 0;
  }

  /** With a random number that lets the sample through. */
  static boolean samples(SocketFilter filter, byte[] packet, int data) {
    return new FilterMachine(filter, packet, data, 0).run() != 0;
  }

  private int run() {
    int a = 0;
    int x = 0;
    for (int at = 0; ; at++) {
      SocketFilter.Instruction one = program.get(at);
      int k = one.value();
      switch (one.code()) {
        case SocketFilter.LD_WORD, SocketFilter.LD_HALF, SocketFilter.LD_BYTE -> {
          int bytes =
              one.code() == SocketFilter.LD_WORD ? 4 : one.code() == SocketFilter.LD_HALF ? 2 : 1;
          Integer loaded = load(k, bytes);
          if (loaded == null) {
            return 0;
          }
          a = loaded;
        }
        case SocketFilter.LD_LENGTH -> a = packet.capacity() - data;
        case SocketFilter.LD_IMMEDIATE -> a = k;
        case SocketFilter.LD_MEMORY -> a = memory[k];
        case SocketFilter.LDX_MEMORY -> x = memory[k];
        case SocketFilter.STORE -> memory[k] = a;
        case SocketFilter.ADD -> a += k;
        case SocketFilter.ADD_X -> a += x;
        case SocketFilter.TO_X -> x = a;
        case SocketFilter.AND -> a &= k;
        case SocketFilter.SHIFT_RIGHT -> a >>>= k;
        case SocketFilter.JUMP_EQUAL -> at += a == k ? one.jumpTrue() : one.jumpFalse();
        case SocketFilter.JUMP_GREATER_EQUAL ->
            at += Integer.compareUnsigned(a, k) >= 0 ? one.jumpTrue() : one.jumpFalse();
        case 0x05 -> at += k;
        case SocketFilter.RETURN -> {
          return k;
        }
        default -> throw new AssertionError("no such instruction: " + one);
      }
    }
  }

  private @Nullable Integer load(int offset, int bytes) {
    if (offset == SocketFilter.RANDOM) {
      return random;
    }
    if (offset == SocketFilter.PACKET_TYPE) {
      return 0;
    }
    int at = offset < -0x1000 ? offset - SocketFilter.NETWORK_HEADER : data + offset;
    if (at < 0 || at + bytes > packet.capacity()) {
      return null;
    }
    return switch (bytes) {
      case 4 -> packet.getInt(at);
      case 2 -> packet.getShort(at) & 0xffff;
      default -> packet.get(at) & 0xff;
    };
  }
}
