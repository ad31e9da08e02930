package dev.fairlead.config.hocon;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads small text files in bounded time and size.
 *
 * <p>A FIFO without a writer, or a file server that is gone, hold whoever reads for ever, and with
 * it every reload to come. A read that hangs costs one thread, which nobody waits for, and only one
 * for each file: until it ends, asking for that file again fails at once.
 */
final class BoundedFiles {

  /** Generous for a disk under load, short for an operator who waits for a reload. */
  static final Duration LIMIT = Duration.ofSeconds(3);

  private static final Set<Path> HANGING = ConcurrentHashMap.newKeySet();

  private BoundedFiles() {}

  /** What the file holds, in UTF-8. */
  static String read(Path file, int maxBytes) throws IOException {
    return read(file, maxBytes, LIMIT);
  }

  static String read(Path file, int maxBytes, Duration limit) throws IOException {
    byte[] bytes = within(limit, file, () -> bytes(file, maxBytes));
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private static byte[] bytes(Path file, int maxBytes) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new TooLargeException(maxBytes);
      }
      return bytes;
    }
  }

  /** More than anybody means. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1;

    TooLargeException(int maxBytes) {
      super("is larger than " + maxBytes + " bytes");
    }
  }

  @FunctionalInterface
  private interface Reading {
    byte[] read() throws IOException;
  }

  private static byte[] within(Duration limit, Path file, Reading reading) throws IOException {
    Path path = file.toAbsolutePath().normalize();
    if (!HANGING.add(path)) {
      throw new IOException("an earlier attempt to read it has not ended yet");
    }
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    // Not a virtual thread: what hangs in the kernel would keep one of their few carriers.
    Thread.ofPlatform()
        .daemon()
        .name("configuration-file")
        .start(() -> {
          byte[] bytes = null;
          Throwable failure = null;
          try {
            bytes = reading.read();
          } catch (IOException | RuntimeException e) {
            failure = e;
          }
          // Before the result: whoever has it may read the same file again at once.
          HANGING.remove(path);
          if (bytes != null) {
            result.complete(bytes);
          } else if (failure != null) {
            result.completeExceptionally(failure);
          }
        });
    try {
      return result.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no end of it within " + limit.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
