package dev.fairlead.lb.relay;

import java.util.BitSet;

/**
 * Whether a client's first bytes are one whole TLS ClientHello and nothing else (RFC 8446, sections
 * 4.1.2, 4.2 and 5.1).
 *
 * <p>Strict, because what passes may be sent to two servers: nothing of an application is in it. A
 * length that does not add up, an extension that comes twice, early data, a byte too many: no.
 */
final class ClientHello {

  /** Longer ones are not looked at. */
  static final int MOST_BYTES = 16 * 1024;

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int MOST_PER_RECORD = 1 << 14;
  private static final int RANDOM = 32;
  private static final int MOST_SESSION_ID = 32;
  private static final int PRE_SHARED_KEY = 41;
  private static final int EARLY_DATA = 42;

  /** What the bytes so far are. */
  enum Look {
    /** The beginning of one, as far as can be said. */
    INCOMPLETE,
    /** One, exactly. */
    COMPLETE,
    /** Something else, or one with more behind it, or with early data, or too long. */
    OTHER
  }

  private ClientHello() {}

  /** Whether bytes that start like this may be one. */
  static boolean mayBegin(byte first) {
    return first == HANDSHAKE;
  }

  /**
   * Looks at a client's first bytes.
   *
   * @param length how many of {@code bytes} there are
   */
  static Look look(byte[] bytes, int length) {
    if (length > MOST_BYTES) {
      return Look.OTHER;
    }
    byte[] message = new byte[length];
    int have = 0;
    int at = 0;
    while (at < length) {
      if (bytes[at] != HANDSHAKE
          || (at + 1 < length && bytes[at + 1] != 3)
          || (at + 2 < length && (bytes[at + 2] < 0 || bytes[at + 2] > 4))) {
        return Look.OTHER;
      }
      if (at + RECORD_HEADER > length) {
        return Look.INCOMPLETE;
      }
      int fragment = u16(bytes, at + 3);
      if (fragment == 0 || fragment > MOST_PER_RECORD) {
        return Look.OTHER;
      }
      at += RECORD_HEADER;
      int here = Math.min(fragment, length - at);
      System.arraycopy(bytes, at, message, have, here);
      have += here;
      at += here;
      if (have > 0 && message[0] != CLIENT_HELLO) {
        return Look.OTHER;
      }
      if (have >= MESSAGE_HEADER) {
        int end = MESSAGE_HEADER + u24(message, 1);
        if (end > MOST_BYTES || have > end) {
          return Look.OTHER;
        }
        if (have == end) {
          boolean isRecordWhole = here == fragment;
          return isRecordWhole && at == length && isSound(message, end)
              ? Look.COMPLETE
              : Look.OTHER;
        }
      }
    }
    return Look.INCOMPLETE;
  }

  /** Whether the lengths add up and there is no early data. */
  private static boolean isSound(byte[] message, int end) {
    int at = MESSAGE_HEADER;
    if (at + 2 + RANDOM + 1 > end || message[at] != 3) {
      return false;
    }
    at += 2 + RANDOM;
    int sessionId = message[at] & 0xff;
    at += 1 + sessionId;
    if (sessionId > MOST_SESSION_ID || at + 2 > end) {
      return false;
    }
    int suites = u16(message, at);
    at += 2 + suites;
    if (suites == 0 || suites % 2 != 0 || at + 1 > end) {
      return false;
    }
    int methods = message[at] & 0xff;
    at += 1 + methods;
    if (methods == 0 || at > end) {
      return false;
    }
    // A client of TLS 1.2 may have none.
    return at == end || areSound(message, at, end);
  }

  private static boolean areSound(byte[] message, int from, int end) {
    if (from + 2 > end || from + 2 + u16(message, from) != end) {
      return false;
    }
    BitSet seen = new BitSet();
    int at = from + 2;
    while (at < end) {
      if (at + 4 > end) {
        return false;
      }
      int type = u16(message, at);
      at += 4 + u16(message, at + 2);
      if (at > end || type == EARLY_DATA || seen.get(type)) {
        return false;
      }
      if (type == PRE_SHARED_KEY && at != end) {
        return false;
      }
      seen.set(type);
    }
    return true;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private static int u24(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 16 | u16(bytes, at + 1);
  }
}
