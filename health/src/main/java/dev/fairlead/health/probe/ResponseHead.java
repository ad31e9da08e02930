package dev.fairlead.health.probe;

/**
 * Reads the head of an HTTP/1 response byte by byte and keeps only its status.
 *
 * <p>A health check wants a number, not headers, so this replaces a full decoder: nothing is
 * stored, what is not HTTP is refused at its first wrong byte, and the length is bounded. Interim
 * 1xx responses are skipped.
 */
final class ResponseHead {

  /** A head longer than this is no answer to a health check. */
  static final int MAX_BYTES = 16 * 1024;

  /** What the bytes so far amount to. */
  enum Progress {
    MORE,
    COMPLETE,
    NOT_HTTP,
    TOO_LONG
  }

  private static final String PREFIX = "HTTP/1.";
  private static final int MINOR_AT = PREFIX.length();
  private static final int SPACE_AT = MINOR_AT + 1;
  private static final int STATUS_AT = SPACE_AT + 1;
  private static final int STATUS_END = STATUS_AT + 3;

  private int total;
  private int position;
  private int status;
  private boolean inStatusLine = true;
  private boolean lineIsEmpty;

  /** 100..599 once complete. */
  int status() {
    return status;
  }

  boolean isEmpty() {
    return total == 0;
  }

  Progress accept(byte next) {
    if (++total > MAX_BYTES) {
      return Progress.TOO_LONG;
    }
    return inStatusLine ? inStatusLine((char) (next & 0xff)) : inHeaders(next);
  }

  private Progress inStatusLine(char c) {
    int at = position++;
    if (at < MINOR_AT) {
      return c == PREFIX.charAt(at) ? Progress.MORE : Progress.NOT_HTTP;
    }
    if (at == MINOR_AT) {
      return isDigit(c) ? Progress.MORE : Progress.NOT_HTTP;
    }
    if (at == SPACE_AT) {
      return c == ' ' ? Progress.MORE : Progress.NOT_HTTP;
    }
    if (at < STATUS_END) {
      status = status * 10 + (c - '0');
      boolean plausible = isDigit(c) && (at > STATUS_AT || (c >= '1' && c <= '5'));
      return plausible ? Progress.MORE : Progress.NOT_HTTP;
    }
    if (at == STATUS_END && c != ' ' && c != '\r' && c != '\n') {
      return Progress.NOT_HTTP;
    }
    if (c == '\n') {
      inStatusLine = false;
      lineIsEmpty = true;
    }
    return Progress.MORE;
  }

  private Progress inHeaders(byte next) {
    if (next == '\n' && lineIsEmpty) {
      return endOfHead();
    }
    if (next == '\n') {
      lineIsEmpty = true;
    } else if (next != '\r') {
      lineIsEmpty = false;
    }
    return Progress.MORE;
  }

  private Progress endOfHead() {
    if (status >= 200 || status == 101) {
      return Progress.COMPLETE;
    }
    inStatusLine = true;
    position = 0;
    status = 0;
    return Progress.MORE;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
