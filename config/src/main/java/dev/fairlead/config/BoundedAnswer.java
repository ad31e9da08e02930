package dev.fairlead.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Questions about files, answered in bounded time.
 *
 * <p>On a file server that is gone even stat(2) waits for ever, and with it a start or a reload. A
 * question that hangs costs one thread, which nobody waits for, and only one for each file: until
 * it ends, the answer about that file is no at once.
 */
final class BoundedAnswer {

  /** Generous for a disk under load, short for an operator who waits for a reload. */
  static final Duration LIMIT = Duration.ofSeconds(3);

  private static final Set<Path> HANGING = ConcurrentHashMap.newKeySet();

  private BoundedAnswer() {}

  /** What the question says; false when it has no answer within the limit. */
  static boolean of(Path file, Duration limit, BooleanSupplier question) {
    Path path = file.toAbsolutePath().normalize();
    if (HANGING.contains(path)) {
      return false;
    }
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    // Not a virtual thread: what hangs in the kernel would keep one of their few carriers.
    Thread.ofPlatform()
        .daemon()
        .name("file-question")
        .start(() -> {
          try {
            boolean said = question.getAsBoolean();
            HANGING.remove(path);
            answer.complete(said);
          } catch (RuntimeException | Error e) {
            HANGING.remove(path);
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      HANGING.add(path);
      if (answer.isDone()) {
        // It came in this moment: nothing hangs.
        HANGING.remove(path);
      }
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot ask about " + path, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
