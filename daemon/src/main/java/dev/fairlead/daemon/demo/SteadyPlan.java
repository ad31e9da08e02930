package dev.fairlead.daemon.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a steady client does.
 *
 * @param target address and port
 * @param trust PEM certificate that the servers' must lead to
 * @param rate new connections per second
 * @param path of the GET request that each of them carries
 * @param deadline for a request as a whole, from the moment it was due
 * @param sources local addresses that connections come from, in turn; empty = the kernel's choice
 * @param identity certificate and key (PEM) of the client
 * @param watches that are kept open besides
 */
public record SteadyPlan(
    String target,
    Path trust,
    int rate,
    String path,
    Duration deadline,
    List<String> sources,
    Optional<Identity> identity,
    Optional<Watches> watches) {

  /** Of a client. */
  public record Identity(Path certificate, Path key) {}

  /**
   * Long answers that are opened again whenever they end.
   *
   * @param body of a POST; empty = GET
   */
  public record Watches(int count, String path, String body) {}

  public SteadyPlan {
    sources = List.copyOf(sources);
  }

  /**
   * {@code GET /version}, with a deadline longer than the connect timeout to a dead server (2 s)
   * and shorter than anybody's patience.
   */
  public static SteadyPlan to(String target, Path trust, int rate) {
    return new SteadyPlan(
        target,
        trust,
        rate,
        "/version",
        Duration.ofSeconds(3),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** As arguments of {@link SteadyClientCommand}. */
  List<String> arguments() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--connect",
                target,
                "--trust",
                trust.toString(),
                "--rate",
                Integer.toString(rate),
                "--path",
                path,
                "--deadline",
                Long.toString(deadline.toMillis())));
    if (!sources.isEmpty()) {
      arguments.addAll(List.of("--from", String.join(",", sources)));
    }
    identity.ifPresent(own ->
        arguments.addAll(
            List.of("--certificate", own.certificate().toString(), "--key", own.key().toString())));
    watches.ifPresent(wanted ->
        arguments.addAll(
            List.of(
                "--watches",
                Integer.toString(wanted.count()),
                "--watch-path",
                wanted.path(),
                "--watch-body",
                wanted.body())));
    return arguments;
  }
}
