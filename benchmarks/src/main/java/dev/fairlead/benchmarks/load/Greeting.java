package dev.fairlead.benchmarks.load;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The first bytes of each connection: what the server is asked to do with it, and one number.
 *
 * <p>In band, so that a single listener of the proxy under test carries every kind of load.
 */
final class Greeting {
  /** One byte of mode, eight of argument. */
  static final int SIZE_BYTES = 9;

  /** Send back what comes. */
  static final byte ECHO = 'E';

  /** Send back as many bytes as the argument says, then close. */
  static final byte ECHO_AND_CLOSE = 'S';

  /** Discard what comes. */
  static final byte SINK = 'U';

  /** Send for ever; the argument is the rate in bytes per second, 0 for as fast as possible. */
  static final byte SOURCE = 'D';

  private static final ValueLayout.OfLong ARGUMENT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Greeting() {}

  static void write(MemorySegment message, byte mode, long argument) {
    message.set(ValueLayout.JAVA_BYTE, 0, mode);
    message.set(ARGUMENT, 1, argument);
  }

  static byte mode(MemorySegment message) {
    return message.get(ValueLayout.JAVA_BYTE, 0);
  }

  static long argument(MemorySegment message) {
    return message.get(ARGUMENT, 1);
  }
}
