package dev.fairlead.daemon;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.daemon.track.NodeTracks;
import dev.fairlead.program.Program;
import dev.fairlead.program.Program.Leftovers;
import dev.fairlead.vrrp.net.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a configuration needs to be allowed to do, and what is lost where it is not. */
public final class Privileges {

  private static final Path FIRST_UNPRIVILEGED_PORT =
      Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

  private Privileges() {}

  /** One line of {@code fairlead check} about what is needed, and one for each that is missing. */
  public static List<String> lines(Configuration configuration) {
    Map<Capability, String> needs = needs(configuration, firstUnprivilegedPort());
    List<String> lines = new ArrayList<>();
    lines.add(
        needs.isEmpty()
            ? "needs no capabilities"
            : "needs "
                + needs.keySet().stream()
                    .map(capability -> capability + " " + capability.purpose())
                    .collect(Collectors.joining(", ")));
    lines.addAll(missing(needs, Capability.effective()));
    lines.addAll(programProblems(configuration));
    return lines;
  }

  /** Sentences about what this process lacks. */
  static List<String> missing(Configuration configuration) {
    return missing(needs(configuration, firstUnprivilegedPort()), Capability.effective());
  }

  /**
   * Sentences about what is lacking.
   *
   * @param effective the process's own; empty = not known, so nothing is said
   */
  static List<String> missing(Map<Capability, String> needs, OptionalLong effective) {
    return effective.isEmpty()
        ? List.of()
        : needs.entrySet().stream()
            .filter(need -> !need.getKey().isIn(effective.getAsLong()))
            .filter(need -> !hasLimitInstead(need.getKey()))
            .map(need ->
                "this user lacks %s, without which %s".formatted(need.getKey(), need.getValue()))
            .toList();
  }

  /**
   * What is needed, and what is lost without it.
   *
   * @param firstUnprivilegedPort ports below it need a capability
   */
  static Map<Capability, String> needs(Configuration configuration, int firstUnprivilegedPort) {
    Map<Capability, String> needs = new EnumMap<>(Capability.class);
    AdminConfig admin = configuration.admin();
    TreeSet<String> low =
        Stream.concat(
                configuration.frontends().stream()
                    .map(FrontendConfig::listeners)
                    .flatMap(List::stream),
                Stream.concat(admin.metrics().stream(), admin.probes().stream()))
            .filter(listener -> listener.port() > 0 && listener.port() < firstUnprivilegedPort)
            .map(ListenerConfig::toString)
            .collect(Collectors.toCollection(TreeSet::new));
    if (!low.isEmpty()) {
      needs.put(Capability.CAP_NET_BIND_SERVICE, "it cannot listen on " + String.join(", ", low));
    }
    if (!configuration.virtualRouters().isEmpty()) {
      needs.put(Capability.CAP_NET_ADMIN, "no virtual address can be held, and it will not start");
      needs.put(Capability.CAP_NET_RAW, "there is no VRRP, and it will not start");
    }
    edges(configuration)
        .ifPresent(what ->
            needs.merge(Capability.CAP_NET_ADMIN, what, (one, other) -> one + ", and " + other));
    List<String> bound =
        configuration.frontends().stream()
            .filter(frontend -> frontend.entrance().socket().device().isPresent())
            .map(FrontendConfig::name)
            .toList();
    if (!bound.isEmpty()) {
      // Who has bound a socket to a device needs it to bind it to another.
      needs.merge(
          Capability.CAP_NET_RAW,
          "no reload can change the interface of frontend " + String.join(", ", bound),
          (one, other) -> one + ", and " + other);
    }
    if (configuration.process().realtime()) {
      needs.put(Capability.CAP_SYS_NICE, "a busy CPU can delay advertisements");
    }
    if (configuration.process().lockMemory()) {
      needs.put(Capability.CAP_IPC_LOCK, "swapping can delay advertisements");
    }
    return needs;
  }

  /** What at the edges takes a privilege: empty = nothing. */
  private static Optional<String> edges(Configuration configuration) {
    List<String> parts = new ArrayList<>();
    for (FrontendConfig frontend : configuration.frontends()) {
      if (frontend.entrance().transparent()) {
        parts.add("frontend " + frontend.name() + " cannot be transparent");
      }
      if (frontend.entrance().socket().mark() != 0) {
        parts.add("frontend " + frontend.name() + " cannot mark its connections");
      }
    }
    for (BackendConfig backend : configuration.backends()) {
      if (backend.outgoing().source().client()) {
        parts.add("backend " + backend.name() + " cannot use addresses of clients");
      }
      if (backend.outgoing().socket().mark() != 0) {
        parts.add("backend " + backend.name() + " cannot mark its connections");
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", parts));
  }

  /** Two of them can be granted as a resource limit, too. */
  private static boolean hasLimitInstead(Capability capability) {
    String key =
        switch (capability) {
          case CAP_SYS_NICE -> "Max realtime priority";
          case CAP_IPC_LOCK -> "Max locked memory";
          case CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE -> "";
        };
    if (key.isEmpty()) {
      return false;
    }
    String enough = capability == Capability.CAP_IPC_LOCK ? "unlimited" : "[1-9].*|unlimited";
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).strip().split(" +")[0])
          .anyMatch(soft -> soft.matches(enough));
    } catch (IOException e) {
      return false;
    }
  }

  /** Programs that cannot run as whom they should. */
  static List<String> programProblems(Configuration configuration) {
    List<String> problems = new ArrayList<>();
    for (TrackConfig track : configuration.tracks()) {
      if (track instanceof TrackConfig.Script script) {
        NodeTracks.program(script)
            .problem()
            .ifPresent(problem -> problems.add("track-scripts." + script.name() + ": " + problem));
      }
    }
    for (HookConfig hook : configuration.hooks()) {
      if (hook.action() instanceof HookConfig.Action.Command command) {
        new Program(command.command(), command.user(), hook.timeout(), Leftovers.STAY)
            .problem()
            .ifPresent(problem -> problems.add("hooks." + hook.name() + ": " + problem));
      }
    }
    return problems;
  }

  static int firstUnprivilegedPort() {
    // In one piece: the kernel gives a number of /proc/sys to the first read only, however short.
    try (InputStream in = Files.newInputStream(FIRST_UNPRIVILEGED_PORT)) {
      byte[] text = in.readNBytes(32);
      return Integer.parseInt(new String(text, StandardCharsets.US_ASCII).strip());
    } catch (IOException | NumberFormatException e) {
      return 1024;
    }
  }
}
