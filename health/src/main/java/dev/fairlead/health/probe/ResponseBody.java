package dev.fairlead.health.probe;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of a response's body, and keeps nothing of it: behind it the connection can carry
 * the next check.
 */
final class ResponseBody {

  /** Hexadecimal digits of a chunk's size. */
  private static final int MAX_SIZE_DIGITS = 7;

  private enum Place {
    /** So many bytes, and nothing behind them. */
    FIXED,
    SIZE,
    EXTENSION,
    DATA,
    END_OF_DATA,
    TRAILER,
    END,
    BROKEN
  }

  private Place place;
  private long left;
  private int digits;
  private boolean lineIsEmpty = true;

  private ResponseBody(Place place, long left) {
    this.place = place;
    this.left = left;
  }

  static ResponseBody ofLength(long bytes) {
    return new ResponseBody(bytes == 0 ? Place.END : Place.FIXED, bytes);
  }

  static ResponseBody chunked() {
    return new ResponseBody(Place.SIZE, 0);
  }

  boolean isComplete() {
    return place == Place.END;
  }

  /** What came is no chunk: the connection cannot be used any more. */
  boolean isBroken() {
    return place == Place.BROKEN;
  }

  /** Takes what belongs to the body; what is left in {@code bytes} does not. */
  void accept(ByteBuf bytes) {
    while (bytes.isReadable() && place != Place.END && place != Place.BROKEN) {
      switch (place) {
        case FIXED, DATA -> {
          int taken = (int) Math.min(left, bytes.readableBytes());
          bytes.skipBytes(taken);
          left -= taken;
          if (left == 0) {
            place = place == Place.FIXED ? Place.END : Place.END_OF_DATA;
          }
        }
        case SIZE, EXTENSION, END_OF_DATA, TRAILER ->
            place = next((char) (bytes.readByte() & 0xff));
        case END, BROKEN -> throw new IllegalStateException("unreachable: " + place);
      }
    }
  }

  private Place next(char c) {
    return switch (place) {
      case SIZE -> inSize(c);
      case EXTENSION -> c == '\n' ? endOfSize() : Place.EXTENSION;
      case END_OF_DATA ->
          switch (c) {
            case '\r' -> Place.END_OF_DATA;
            case '\n' -> startOfSize();
            default -> Place.BROKEN;
          };
      case TRAILER -> inTrailer(c);
      case FIXED, DATA, END, BROKEN -> Place.BROKEN;
    };
  }

  private Place startOfSize() {
    digits = 0;
    left = 0;
    return Place.SIZE;
  }

  private Place inSize(char c) {
    int digit = Character.digit(c, 16);
    if (digit >= 0 && c < 0x7f) {
      left = left * 16 + digit;
      return ++digits > MAX_SIZE_DIGITS ? Place.BROKEN : Place.SIZE;
    }
    if (digits == 0) {
      return Place.BROKEN;
    }
    return switch (c) {
      case '\n' -> endOfSize();
      case '\r', ';', ' ' -> Place.EXTENSION;
      default -> Place.BROKEN;
    };
  }

  private Place endOfSize() {
    lineIsEmpty = true;
    return left == 0 ? Place.TRAILER : Place.DATA;
  }

  private Place inTrailer(char c) {
    if (c == '\n') {
      boolean end = lineIsEmpty;
      lineIsEmpty = true;
      return end ? Place.END : Place.TRAILER;
    }
    lineIsEmpty &= c == '\r';
    return Place.TRAILER;
  }
}
