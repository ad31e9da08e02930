package dev.fairlead.lb.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one header, strictly, without ever asking for a byte of what follows it: what comes next
 * belongs to the relay. Version 2 says how long it is. A line of version 1 does not, so it is asked
 * for in the smallest pieces that it can still consist of; eight reads for a usual one.
 *
 * <p>A sender must not be guessed at: whatever cannot become a header any more is refused with the
 * first byte that says so.
 */
public final class ProxyHeaderReader {

  /** Why something is no header. */
  public enum Refusal {
    /** It begins like none. */
    MISSING,
    /** It begins like one and is not. */
    MALFORMED,
    /** Its checksum is wrong. */
    CHECKSUM,
    /** It is longer than it may be. */
    TOO_LONG
  }

  /** Version 1: the longest line, its end included. */
  static final int MAX_LINE = 107;

  /** Version 2: more than haproxy's own buffer, and room for a client's certificate. */
  public static final int MAX_HEADER = 16 * 1024;

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[] LINE = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final String UNKNOWN = "PROXY UNKNOWN";

  /** {@code PROXY UNKNOWN\r\n}: no header of either version is shorter. */
  private static final int SHORTEST = 15;

  private static final int GROUPS = 8;
  private static final int FIXED = 16;
  private static final int IPV4_LENGTH = 12;
  private static final int IPV6_LENGTH = 36;
  private static final int UNIX_LENGTH = 216;
  private static final int TYPE_CRC32C = 0x03;
  private static final int TYPE_NOOP = 0x04;

  private byte[] bytes = new byte[SHORTEST];
  private int count;
  private int wanted = SHORTEST;
  private @Nullable ProxyHeader header;
  private @Nullable Refusal refusal;

  /** How many bytes may be read for it now; 0 = it is complete, or refused. */
  public int wanted() {
    return wanted;
  }

  /** The header, once it is complete. */
  public @Nullable ProxyHeader header() {
    return header;
  }

  /** Why it is none, once that is known. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /** Whether nothing has come so far. */
  public boolean isEmpty() {
    return count == 0;
  }

  /** Takes what has been read: at most {@link #wanted()} bytes. */
  public void accept(ByteBuffer read) {
    int length = read.remaining();
    if (length > wanted) {
      throw new IllegalArgumentException(wanted + " bytes were wanted, " + length + " came");
    }
    if (count + length > bytes.length) {
      // What is promised is not kept room for before it comes: seventeen bytes would cost 16 KiB.
      int more = Math.min(2 * (count + length), count + wanted);
      bytes = Arrays.copyOf(bytes, Math.max(more, MAX_LINE));
    }
    read.get(bytes, count, length);
    count += length;
    wanted -= length;
    if (bytes[0] == LINE[0]) {
      line();
    } else {
      binary();
    }
  }

  private void refuse(Refusal reason) {
    refusal = reason;
    wanted = 0;
  }

  private void complete(@Nullable Endpoints endpoints, byte[] tlvs) {
    header = new ProxyHeader(endpoints, tlvs);
    wanted = 0;
  }

  private boolean beginsWith(byte[] start) {
    int length = Math.min(count, start.length);
    return Arrays.equals(bytes, 0, length, start, 0, length);
  }

  // ---- version 1 ----

  private void line() {
    if (!beginsWith(LINE)) {
      refuse(Refusal.MISSING);
      return;
    }
    int end = -1;
    int spaces = 0;
    for (int i = 0; i < count && end < 0; i++) {
      if (bytes[i] == '\n') {
        end = i;
      } else if (bytes[i] == ' ') {
        spaces++;
      }
    }
    if (end > 0 && bytes[end - 1] == '\r') {
      text(new String(bytes, 0, end - 1, StandardCharsets.ISO_8859_1));
    } else if (end >= 0) {
      refuse(Refusal.MALFORMED);
    } else if (count == MAX_LINE) {
      refuse(Refusal.TOO_LONG);
    } else if (wanted == 0) {
      wanted = Math.min(least(spaces), MAX_LINE - count);
    }
  }

  /** How many bytes are still to come at least. */
  private int least(int spaces) {
    byte last = bytes[count - 1];
    if (last == '\r') {
      return 1;
    }
    if (isUnknown()) {
      return 2;
    }
    // Five spaces in all, something after each, and the end of the line.
    return Math.max(0, 5 - spaces) * 2 + (last == ' ' ? 1 : 0) + 2;
  }

  private boolean isUnknown() {
    return new String(bytes, 0, Math.min(count, UNKNOWN.length()), StandardCharsets.ISO_8859_1)
        .equals(UNKNOWN);
  }

  private void text(String line) {
    // The rest of the line is to be ignored.
    if (line.equals(UNKNOWN) || line.startsWith(UNKNOWN + " ")) {
      complete(null, ProxyHeader.NO_TLVS);
      return;
    }
    String[] words = line.split(" ", -1);
    boolean ipv4 = words.length == 6 && words[1].equals("TCP4");
    if (!ipv4 && !(words.length == 6 && words[1].equals("TCP6"))) {
      refuse(Refusal.MALFORMED);
      return;
    }
    Bits source = address(words[2], ipv4);
    Bits destination = address(words[3], ipv4);
    int sourcePort = port(words[4]);
    int destinationPort = port(words[5]);
    if (source == null || destination == null || sourcePort < 0 || destinationPort < 0) {
      refuse(Refusal.MALFORMED);
      return;
    }
    complete(
        new Endpoints(
            source.high,
            source.low,
            sourcePort,
            destination.high,
            destination.low,
            destinationPort),
        ProxyHeader.NO_TLVS);
  }

  /** An address as 128 bits; IPv4 is IPv4-mapped. */
  private record Bits(long high, long low) {}

  /**
   * Strict, and without the JDK's parser: that throws, and whoever sends nonsense would have us
   * write down where we are each time.
   */
  private static @Nullable Bits address(String text, boolean ipv4) {
    if (!ipv4) {
      return ipv6(text);
    }
    int quad = 0;
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    for (String part : parts) {
      int number = number(part, 255);
      if (number < 0) {
        return null;
      }
      quad = quad << 8 | number;
    }
    return new Bits(0, mapped(quad));
  }

  /** RFC 4291, section 2.2: no brackets, no scope, no name. */
  private static @Nullable Bits ipv6(String text) {
    int[] groups = new int[GROUPS];
    int have = 0;
    int gap = -1;
    int at = 0;
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < text.length()) {
      int end = at;
      int group = 0;
      while (end < text.length() && end - at < 4 && hex(text.charAt(end)) >= 0) {
        group = group << 4 | hex(text.charAt(end++));
      }
      if (end < text.length() && text.charAt(end) == '.') {
        Bits quad = address(text.substring(at), true);
        if (quad == null || have > GROUPS - 2) {
          return null;
        }
        groups[have++] = (int) (quad.low >>> 16) & 0xffff;
        groups[have++] = (int) quad.low & 0xffff;
        break;
      }
      if (end == at || have == GROUPS) {
        return null;
      }
      groups[have++] = group;
      at = end;
      if (at == text.length()) {
        break;
      }
      if (text.charAt(at) != ':' || ++at == text.length()) {
        return null;
      }
      if (text.charAt(at) == ':') {
        if (gap >= 0) {
          return null;
        }
        gap = have;
        at++;
      }
    }
    if (gap < 0 ? have != GROUPS : have == GROUPS) {
      return null;
    }
    return bits(groups, gap < 0 ? have : gap, GROUPS - have);
  }

  /** With so many zeros where the two colons were. */
  private static Bits bits(int[] groups, int gap, int zeros) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < GROUPS; i++) {
      int group = i < gap ? groups[i] : i < gap + zeros ? 0 : groups[i - zeros];
      high = high << 16 | low >>> 48;
      low = low << 16 | group;
    }
    return new Bits(high, low);
  }

  private static int hex(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static int port(String text) {
    return number(text, 65_535);
  }

  /** Decimal without leading zeros; -1 when it is none. */
  private static int number(String text, int most) {
    if (text.isEmpty() || text.length() > 5 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value <= most ? value : -1;
  }

  private static long mapped(int ipv4) {
    return 0xffff_0000_0000L | (ipv4 & 0xffff_ffffL);
  }

  // ---- version 2 ----

  private void binary() {
    if (!beginsWith(SIGNATURE)) {
      refuse(Refusal.MISSING);
      return;
    }
    if (count < FIXED) {
      if (wanted == 0) {
        wanted = FIXED - count;
      }
      return;
    }
    int version = (bytes[12] & 0xf0) >> 4;
    int command = bytes[12] & 0x0f;
    int length = (bytes[14] & 0xff) << 8 | (bytes[15] & 0xff);
    if (version != 2 || command > 1) {
      refuse(Refusal.MALFORMED);
    } else if (FIXED + length > MAX_HEADER) {
      refuse(Refusal.TOO_LONG);
    } else if (count < FIXED + length) {
      wanted = FIXED + length - count;
    } else if (command == 0) {
      // LOCAL: "the receiver must discard the protocol block including the family".
      complete(null, ProxyHeader.NO_TLVS);
    } else {
      proxied(bytes[13] & 0xff, length);
    }
  }

  private void proxied(int family, int length) {
    int addresses =
        switch (family) {
          case 0x00 -> 0;
          case 0x11, 0x12 -> IPV4_LENGTH;
          case 0x21, 0x22 -> IPV6_LENGTH;
          case 0x31, 0x32 -> UNIX_LENGTH;
          default -> -1;
        };
    if (addresses < 0 || addresses > length) {
      refuse(Refusal.MALFORMED);
      return;
    }
    byte[] tlvs = tlvs(FIXED + addresses);
    if (tlvs == null) {
      return;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, FIXED, length);
    // Datagrams and unix sockets are known, and say nothing about a TCP client.
    complete(
        switch (family) {
          case 0x11 -> {
            long source = mapped(in.getInt());
            long destination = mapped(in.getInt());
            yield new Endpoints(0, source, port(in), 0, destination, port(in));
          }
          case 0x21 -> {
            long sourceHigh = in.getLong();
            long sourceLow = in.getLong();
            long destinationHigh = in.getLong();
            long destinationLow = in.getLong();
            yield new Endpoints(
                sourceHigh, sourceLow, port(in), destinationHigh, destinationLow, port(in));
          }
          default -> null;
        },
        tlvs);
  }

  private static int port(ByteBuffer in) {
    return in.getShort() & 0xffff;
  }

  /** What is to be passed on; null when it is refused. */
  private byte @Nullable [] tlvs(int from) {
    ByteBuffer kept = ByteBuffer.allocate(count - from);
    int crcAt = -1;
    for (int at = from; at < count; ) {
      int valueAt = at + 3;
      int length = valueAt > count ? 0 : (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
      int next = valueAt + length;
      if (next > count) {
        refuse(Refusal.MALFORMED);
        return null;
      }
      int type = bytes[at];
      if (type == TYPE_CRC32C) {
        if (length != 4 || crcAt >= 0) {
          refuse(Refusal.MALFORMED);
          return null;
        }
        crcAt = valueAt;
      } else if (type != TYPE_NOOP) {
        kept.put(bytes, at, next - at);
      }
      at = next;
    }
    if (crcAt >= 0 && !isIntact(crcAt)) {
      refuse(Refusal.CHECKSUM);
      return null;
    }
    return kept.position() == 0
        ? ProxyHeader.NO_TLVS
        : Arrays.copyOf(kept.array(), kept.position());
  }

  /** The checksum is that of the whole header with zeros in its own place. */
  private boolean isIntact(int crcAt) {
    int expected = ByteBuffer.wrap(bytes).getInt(crcAt);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, crcAt);
    crc.update(new byte[4]);
    crc.update(bytes, crcAt + 4, count - crcAt - 4);
    return (int) crc.getValue() == expected;
  }
}
