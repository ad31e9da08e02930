package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * When and for how long a JVM stood still, from its own log.
 *
 * <p>A pause is counted from the wish to stop to the last thread's leave, so that the time until
 * all threads have stopped is part of it: a timer on the control thread is late by that much.
 *
 * @param nanos length of each pause, in their order
 * @param collectionNanos those for a garbage collection
 */
public record SafepointLog(List<Long> nanos, List<Long> collectionNanos) {

  private static final Pattern LINE = Pattern.compile("Safepoint \"([^\"]+)\".*Total: +(\\d+) ns");

  public SafepointLog {
    nanos = List.copyOf(nanos);
    collectionNanos = List.copyOf(collectionNanos);
  }

  /** What FAIRLEAD_JAVA_OPTS must hold for a log in {@code file}. */
  public static String option(Path file) {
    return "-Xlog:safepoint:file=" + file + ":none:filecount=0";
  }

  public static SafepointLog read(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return parse(lines);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  static SafepointLog parse(Stream<String> lines) {
    List<Matcher> pauses = lines.map(LINE::matcher).filter(Matcher::find).toList();
    return new SafepointLog(
        pauses.stream().map(pause -> Long.parseLong(pause.group(2))).toList(),
        pauses.stream()
            .filter(pause -> isCollection(pause.group(1)))
            .map(pause -> Long.parseLong(pause.group(2)))
            .toList());
  }

  private static boolean isCollection(String operation) {
    return operation.contains("Collect") || operation.startsWith("G1") || operation.contains("GC");
  }

  /** Only what came after an earlier look at the same log. */
  public SafepointLog without(SafepointLog earlier) {
    return new SafepointLog(
        nanos.subList(earlier.nanos.size(), nanos.size()),
        collectionNanos.subList(earlier.collectionNanos.size(), collectionNanos.size()));
  }

  /** Milliseconds; 0 when there was none. */
  public double longestMillis() {
    return longest(nanos);
  }

  /** The longest for a garbage collection, milliseconds; 0 when there was none. */
  public double longestCollectionMillis() {
    return longest(collectionNanos);
  }

  private static double longest(List<Long> pauses) {
    return pauses.stream().mapToLong(Long::longValue).max().orElse(0) / 1e6;
  }
}
