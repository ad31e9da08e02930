package dev.fairlead.health.probe;

import java.util.Locale;

/**
 * Reads the head of an HTTP/1 response byte by byte and keeps its status, and what is needed to
 * find the end of its body.
 *
 * <p>A health check wants a number, not headers, so this replaces a full decoder: what is not HTTP
 * is refused at its first wrong byte, and everything is bounded. Interim 1xx responses are skipped.
 */
final class ResponseHead {

  /** A head longer than this is no answer to a health check. */
  static final int MAX_BYTES = 16 * 1024;

  /** The three headers that matter are shorter; of longer lines the rest is not kept. */
  private static final int MAX_LINE_CHARS = 128;

  /** A health answer's body; a longer one is not worth waiting for. */
  private static final int MAX_LENGTH_DIGITS = 9;

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
  private final StringBuilder line = new StringBuilder();

  private boolean closes;
  private boolean chunked;
  private boolean unknownFraming;
  private long contentLength = -1;

  /** 100..599 once complete. */
  int status() {
    return status;
  }

  boolean isEmpty() {
    return total == 0;
  }

  /** Whether the connection can take another request, once the body has ended. */
  boolean keepsConnection() {
    boolean endIsKnown = chunked || contentLength >= 0 || hasNoBody();
    return !closes && !unknownFraming && endIsKnown && status != 101;
  }

  /** The body that follows; only of a connection that is kept. */
  ResponseBody body() {
    if (hasNoBody()) {
      return ResponseBody.ofLength(0);
    }
    return chunked ? ResponseBody.chunked() : ResponseBody.ofLength(contentLength);
  }

  private boolean hasNoBody() {
    return status == 204 || status == 304;
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
      // HTTP/1.0 ends its connections unless it says otherwise, which is not worth the trouble.
      closes = c == '0';
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
      header(line.toString());
      line.setLength(0);
      lineIsEmpty = true;
    } else if (next != '\r') {
      lineIsEmpty = false;
      if (line.length() < MAX_LINE_CHARS) {
        line.append((char) (next & 0xff));
      }
    }
    return Progress.MORE;
  }

  private void header(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return;
    }
    String value = text.substring(colon + 1).strip().toLowerCase(Locale.ROOT);
    switch (text.substring(0, colon).toLowerCase(Locale.ROOT)) {
      case "connection" -> closes |= value.contains("close");
      case "transfer-encoding" -> {
        chunked = value.equals("chunked");
        unknownFraming |= !chunked;
      }
      case "content-length" -> contentLength(value);
      default -> {
        // Of no use to a check.
      }
    }
  }

  private void contentLength(String value) {
    boolean number =
        !value.isEmpty()
            && value.length() <= MAX_LENGTH_DIGITS
            && value.chars().allMatch(c -> isDigit((char) c));
    if (number) {
      contentLength = Long.parseLong(value);
    } else {
      unknownFraming = true;
    }
  }

  private Progress endOfHead() {
    if (status >= 200 || status == 101) {
      return Progress.COMPLETE;
    }
    inStatusLine = true;
    position = 0;
    status = 0;
    chunked = false;
    unknownFraming = false;
    contentLength = -1;
    return Progress.MORE;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
