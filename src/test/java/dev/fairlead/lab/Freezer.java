package dev.fairlead.lab;

import dev.fairlead.daemon.demo.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes a process stand still, and go on: by the freezer of cgroup v2, as a container runtime's
 * pause does, or by SIGSTOP. To its kernel it lives all the time, either way.
 */
public final class Freezer implements AutoCloseable {

  /** How the process is stopped. */
  public enum Means {
    SIGSTOP,
    /** Where no cgroup v2 can be had it is SIGSTOP again. */
    CGROUP
  }

  private final ChildProcess process;
  private final Optional<Path> group;

  private Freezer(ChildProcess process, Optional<Path> group) {
    this.process = process;
    this.group = group;
  }

  /** For a process that runs. */
  public static Freezer of(ChildProcess process, Means means) throws IOException {
    Optional<Path> group =
        means == Means.CGROUP
            ? hierarchy().flatMap(root -> made(root.resolve("fairlead-lab-" + process.pid())))
            : Optional.empty();
    if (group.isPresent()) {
      write(group.get(), "cgroup.procs", Long.toString(process.pid()));
    }
    return new Freezer(process, group);
  }

  /** Where cgroup v2 is mounted, alone or beside version 1. */
  private static Optional<Path> hierarchy() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields[2].equals("cgroup2"))
        .map(fields -> Path.of(fields[1]))
        .findFirst();
  }

  private static Optional<Path> made(Path group) {
    try {
      Files.createDirectory(group);
      return Files.exists(group.resolve("cgroup.freeze")) ? Optional.of(group) : Optional.empty();
    } catch (IOException e) {
      // Mounted read-only, as in a container.
      return Optional.empty();
    }
  }

  private static void write(Path group, String file, String text) throws IOException {
    // Not Files.writeString, which truncates: a kernel may refuse that.
    try (var out = Files.newOutputStream(group.resolve(file), StandardOpenOption.WRITE)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Returns when it stands still. */
  public void freeze() throws Exception {
    if (group.isEmpty()) {
      process.signal("STOP");
      return;
    }
    write(group.get(), "cgroup.freeze", "1");
    Await.until(
        "the process is frozen",
        Duration.ofSeconds(5),
        () -> Files.readString(group.get().resolve("cgroup.events")).contains("frozen 1"));
  }

  public void thaw() throws IOException, InterruptedException {
    if (group.isEmpty()) {
      process.signal("CONT");
      return;
    }
    write(group.get(), "cgroup.freeze", "0");
  }

  /** Thaws it and gives it back to where all others are. */
  @Override
  public void close() throws IOException, InterruptedException {
    thaw();
    if (group.isPresent()) {
      if (process.isAlive()) {
        write(group.get().resolve(".."), "cgroup.procs", Long.toString(process.pid()));
      }
      Files.delete(group.get());
    }
  }
}
