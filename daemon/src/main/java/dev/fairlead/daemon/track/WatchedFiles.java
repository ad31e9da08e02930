package dev.fairlead.daemon.track;

import dev.fairlead.config.TrackConfig.WatchedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** Looks at files; blocks as long as their file system does. */
final class WatchedFiles {

  /** More than any number needs. */
  private static final int MAX_BYTES = 64;

  /** Beyond it every priority would leave its bounds whatever the weight. */
  private static final int MAX_NUMBER = 254;

  private WatchedFiles() {}

  static Look look(WatchedFile file) {
    long startedAt = System.nanoTime();
    return switch (file.means()) {
      case EXISTS -> {
        boolean exists = Files.exists(file.path());
        yield look(exists, exists ? "exists" : "does not exist", startedAt);
      }
      case ABSENT -> {
        boolean exists = Files.exists(file.path());
        yield look(!exists, exists ? "exists" : "does not exist", startedAt);
      }
      case INTEGER -> number(file.path(), startedAt);
    };
  }

  private static Look number(Path path, long startedAt) {
    try (InputStream in = Files.newInputStream(path)) {
      String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip();
      // A file that is just being written is empty for a moment.
      int number = text.isEmpty() ? 0 : Integer.parseInt(text);
      int bounded = Math.clamp(number, -MAX_NUMBER, MAX_NUMBER);
      return new Look(
          bounded == 0 ? Look.Outcome.GOOD : Look.Outcome.BAD,
          bounded,
          String.valueOf(bounded),
          since(startedAt));
    } catch (NoSuchFileException e) {
      return new Look(Look.Outcome.GOOD, 0, "does not exist", since(startedAt));
    } catch (NumberFormatException e) {
      // As keepalived: what is no number counts as 0, but somebody shall read it.
      return new Look(Look.Outcome.IMPOSSIBLE, 0, "holds no number", since(startedAt));
    } catch (IOException e) {
      return new Look(Look.Outcome.IMPOSSIBLE, 0, e.toString(), since(startedAt));
    }
  }

  private static Look look(boolean good, String detail, long startedAt) {
    return new Look(good ? Look.Outcome.GOOD : Look.Outcome.BAD, 0, detail, since(startedAt));
  }

  private static Duration since(long startedAt) {
    return Duration.ofNanos(System.nanoTime() - startedAt);
  }
}
