package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A contender that runs, or the bare server for none. */
final class Instance implements AutoCloseable {
  /** Longer than a proxy may drain. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final Contender contender;
  private final String target;
  private final String tlsTarget;
  private final @Nullable Process process;
  private final Contender.@Nullable Place place;
  private long startedAtMicros;
  private long answeredAtMicros;

  private Instance(
      Contender contender,
      String target,
      String tlsTarget,
      @Nullable Process process,
      Contender.@Nullable Place place) {
    this.contender = contender;
    this.target = target;
    this.tlsTarget = tlsTarget;
    this.process = process;
    this.place = place;
  }

  /**
   * Starts it and waits for the first answer through it.
   *
   * @param before words in front of its command: namespace, CPU, limits, user
   * @param client asks for the first answer
   */
  static Instance start(
      Contender contender,
      Contender.Place place,
      List<String> before,
      String owner,
      Generator client) {
    Optional<Contender.Launch> launch = contender.launch(place);
    if (launch.isEmpty()) {
      return new Instance(
          contender,
          Lab.DIRECT_ADDRESS + ":" + Compare.SERVER_PORT,
          Lab.DIRECT_ADDRESS + ":" + Compare.TLS_SERVER_PORT,
          null,
          null);
    }
    try {
      Files.createDirectories(place.directory());
      Files.writeString(place.configuration(), launch.get().configuration());
      Command.run("chown", "-R", owner, place.directory().toString());
      Path startedFile = place.directory().resolve("started");
      List<String> words = new ArrayList<>(before);
      // The clock is read by the process that becomes the proxy, in the instruction before exec.
      words.addAll(
          List.of(
              "bash",
              "-c",
              "echo ${EPOCHREALTIME/[.,]/} > \"$0\"; exec \"$@\"",
              startedFile.toString()));
      words.addAll(launch.get().command());
      Process process =
          new ProcessBuilder(words)
              .directory(place.directory().toFile())
              .redirectErrorStream(true)
              .redirectOutput(place.directory().resolve("output").toFile())
              .start();
      Instance instance =
          new Instance(
              contender,
              Lab.PROXY_ADDRESS + ":" + place.port(),
              Lab.PROXY_ADDRESS + ":" + place.tlsPort(),
              process,
              place);
      try {
        instance.answeredAtMicros = client.ask("first " + instance.target).of("answeredAt");
      } catch (IllegalStateException silent) {
        instance.close();
        throw new IllegalStateException(
            contender.name() + " does not serve: " + instance.output(), silent);
      }
      instance.startedAtMicros = Long.parseLong(Files.readString(startedFile).strip());
      return instance;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  Contender contender() {
    return contender;
  }

  /** ADDRESS:PORT that leads to the load server. */
  String target() {
    return target;
  }

  /** ADDRESS:PORT that leads to the TLS server. */
  String tlsTarget() {
    return tlsTarget;
  }

  /**
   * Its process and all below it, looked for anew: nginx has not made its second worker yet when
   * the first one answers. Empty for none.
   */
  List<Long> pids() {
    return process == null
        ? List.of()
        : Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .map(ProcessHandle::pid)
            .toList();
  }

  /** When its program was called, of the clock that also stamps packets. */
  long startedAtMicros() {
    return startedAtMicros;
  }

  double millisToFirstAnswer() {
    return (answeredAtMicros - startedAtMicros) / 1000.0;
  }

  private String output() {
    try {
      return place == null ? "" : Files.readString(place.directory().resolve("output")).strip();
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  boolean isAlive() {
    return process == null || process.isAlive();
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    List<ProcessHandle> below = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
    below.forEach(ProcessHandle::destroyForcibly);
  }
}
