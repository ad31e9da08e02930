package dev.fairlead.daemon.track;

import dev.fairlead.config.TrackConfig.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts the processes of one configuration. A whole look reads two lines of every process there
 * is, so those that were found last are asked first; mostly they are still enough.
 */
final class ProcessCount {

  /** What the kernel keeps of a process's name. */
  private static final int MAX_NAME_BYTES = 15;

  private final Path proc;
  private final Processes config;
  private Set<String> found = new LinkedHashSet<>();

  /**
   * @param proc usually {@code /proc}
   */
  ProcessCount(Path proc, Processes config) {
    this.proc = proc;
    this.config = config;
  }

  /** One thread at a time. */
  Look look() {
    long startedAt = System.nanoTime();
    try {
      found.removeIf(pid -> !matches(proc.resolve(pid)));
      if (config.maximum() > 0 || found.size() < config.minimum()) {
        found = all();
      }
    } catch (IOException e) {
      return new Look(Look.Outcome.IMPOSSIBLE, 0, e.toString(), since(startedAt));
    }
    int count = found.size();
    boolean good =
        count >= config.minimum() && (config.maximum() == 0 || count <= config.maximum());
    String wanted =
        config.maximum() == 0
            ? "at least " + config.minimum()
            : config.minimum() + ".." + config.maximum();
    return new Look(
        good ? Look.Outcome.GOOD : Look.Outcome.BAD,
        0,
        count + " running, wanted " + wanted,
        since(startedAt));
  }

  private Set<String> all() throws IOException {
    Set<String> all = new LinkedHashSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path entry : entries) {
        if (matches(entry)) {
          all.add(entry.getFileName().toString());
          // One too many is as bad as a thousand.
          if (config.maximum() > 0 && all.size() > config.maximum()) {
            break;
          }
        }
      }
    }
    return all;
  }

  private boolean matches(Path entry) {
    try {
      boolean byPath = config.executable().indexOf('/') >= 0;
      String stat = Files.readString(entry.resolve("stat"), StandardCharsets.ISO_8859_1);
      // pid (name) state …, where the name may itself hold parentheses and spaces.
      int end = stat.lastIndexOf(')');
      String name = stat.substring(stat.indexOf('(') + 1, end);
      boolean dead = "ZXx".indexOf(stat.charAt(end + 2)) >= 0;
      if (dead || (!byPath && !name.equals(kernelName(config.executable())))) {
        return false;
      }
      if (!byPath && config.arguments().isEmpty()) {
        return true;
      }
      List<String> line = commandLine(entry);
      return !line.isEmpty()
          && (!byPath || line.getFirst().equals(config.executable()))
          && line.size() > config.arguments().size()
          && line.subList(1, config.arguments().size() + 1).equals(config.arguments());
    } catch (IOException | IndexOutOfBoundsException e) {
      return false; // it ended while we looked
    }
  }

  private static List<String> commandLine(Path entry) throws IOException {
    String text = Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      return List.of();
    }
    String utf8 = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    return Arrays.asList(utf8.split("\0"));
  }

  /** As the kernel has it, byte by byte. */
  private static String kernelName(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return new String(
        bytes, 0, Math.min(bytes.length, MAX_NAME_BYTES), StandardCharsets.ISO_8859_1);
  }

  private static Duration since(long startedAt) {
    return Duration.ofNanos(System.nanoTime() - startedAt);
  }
}
