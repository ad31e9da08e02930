package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A keepalived that runs beside us: in our view of processes and in our network namespace. Two
 * programs that add and remove the same addresses on one node can only lose.
 *
 * @param id of the process
 */
record KeepalivedProcess(long id) {

  private static final Path PROC = Path.of("/proc");

  /** The one with the lowest number, which is the parent of the others. */
  static Optional<KeepalivedProcess> find() {
    Optional<Object> ours = network(PROC.resolve("thread-self"));
    long lowest = Long.MAX_VALUE;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
      for (Path process : processes) {
        // Its children are called keepalived_vrrp and the like.
        if (name(process).startsWith("keepalived") && network(process).equals(ours)) {
          lowest = Math.min(lowest, Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return lowest == Long.MAX_VALUE ? Optional.empty() : Optional.of(new KeepalivedProcess(lowest));
  }

  /** Empty for a process that has just ended. */
  private static String name(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * What tells one network namespace from another: the inode of a file that each has of its own.
   * {@code ns/net} would say it in so many words, but not to us about a keepalived of root when we
   * are another user, with capabilities for the network only.
   */
  private static Optional<Object> network(Path process) {
    try {
      return Optional.of(Files.getAttribute(process.resolve("net/dev"), "unix:ino"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
