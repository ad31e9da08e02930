package dev.fairlead.fuzz;

import com.sun.management.ThreadMXBean;
import dev.fairlead.health.HealthTargets;
import dev.fairlead.lb.relay.RelayTargets;
import dev.fairlead.vrrp.net.VrrpTargets;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * What must hold for any bytes: no exception, and no more memory than the bytes are worth. A length
 * field may promise gigabytes; what is allocated follows what has really come.
 */
public final class AnyBytes {

  /** Their order is that of the first byte of an input: add at the end. */
  static final List<Target> TARGETS =
      Stream.of(VrrpTargets.all(), HealthTargets.all(), RelayTargets.all())
          .flatMap(List::stream)
          .toList();

  /** Set where Jazzer watches comparisons and regular expressions, and allocates while it does. */
  static final String HOOKS = "fairlead.fuzz.hooks";

  /** An address of 4 bytes becomes an InetAddress, its holder, its array and a place in a list. */
  private static final long ALLOCATED_PER_BYTE = 64;

  /** Less than what 16 bits can promise. */
  private static final long ALLOCATED_AT_LEAST = (Boolean.getBoolean(HOOKS) ? 65_536 : 8) * 1024;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static {
    // What classes allocate when they are initialised is not an input's doing.
    inputs().forEach(AnyBytes::read);
    THREADS.getCurrentThreadAllocatedBytes();
  }

  private AnyBytes() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    long allocated = allocated(input);
    // The first time may have initialised something; what an input costs it costs every time.
    for (int again = 0; again < 2 && !isWorth(input.length, allocated); again++) {
      allocated = allocated(input);
    }
    if (!isWorth(input.length, allocated)) {
      throw new AssertionError(
          "%s allocates %d bytes for an input of %d"
              .formatted(target(input).name(), allocated, input.length));
    }
  }

  private static long allocated(byte[] input) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    read(input);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /** Whether an input of that length may cost that much memory. */
  static boolean isWorth(int length, long allocated) {
    return allocated <= ALLOCATED_AT_LEAST + ALLOCATED_PER_BYTE * length;
  }

  private static void read(byte[] input) {
    if (input.length > 0) {
      target(input).reader().read(Arrays.copyOfRange(input, 1, input.length));
    }
  }

  static Target target(byte[] input) {
    return TARGETS.get((input[0] & 0xff) % TARGETS.size());
  }

  /** Every target's seeds, each behind its target's number, and what was found. */
  static List<byte[]> inputs() {
    List<byte[]> inputs = new ArrayList<>();
    for (int i = 0; i < TARGETS.size(); i++) {
      for (byte[] seed : TARGETS.get(i).seeds()) {
        byte[] input = new byte[seed.length + 1];
        input[0] = (byte) i;
        System.arraycopy(seed, 0, input, 1, seed.length);
        inputs.add(input);
      }
    }
    inputs.addAll(found());
    return inputs;
  }

  /** What Jazzer found to be interesting, or wrong, one input in each line. */
  private static List<byte[]> found() {
    try (InputStream in = AnyBytes.class.getResourceAsStream("/found.hex")) {
      if (in == null) {
        throw new IllegalStateException("no resource found.hex");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .map(HexFormat.of()::parseHex)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
