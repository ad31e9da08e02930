package dev.fairlead.health.probe;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads small files that a check needs. Blocks: call it on a virtual thread. */
final class CheckFiles {

  /** A CA bundle of a whole distribution has about 220 KB. */
  static final int MAX_PEM_BYTES = 1024 * 1024;

  /** A service-account token has 1–2 KB; a request head beyond 64 KB is refused by any server. */
  static final int MAX_TOKEN_BYTES = 32 * 1024;

  private CheckFiles() {}

  static byte[] read(Path file, int maxBytes) throws UnusableFileException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new UnusableFileException(file + " is longer than " + maxBytes + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static UnusableFileException unreadable(Path file, IOException cause) {
    String why =
        switch (cause) {
          case NoSuchFileException e -> "no such file";
          case AccessDeniedException e -> "permission denied";
          default -> String.valueOf(cause.getMessage());
        };
    return new UnusableFileException("cannot read " + file + ": " + why);
  }

  /** The token alone; what surrounds it must not end up in a request head. */
  static String bearerToken(Path file) throws UnusableFileException {
    String token = new String(read(file, MAX_TOKEN_BYTES), StandardCharsets.ISO_8859_1).strip();
    if (token.isEmpty()) {
      throw new UnusableFileException(file + " holds no token");
    }
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new UnusableFileException(file + " holds more than one word, or no ASCII: not a token");
    }
    return token;
  }
}
